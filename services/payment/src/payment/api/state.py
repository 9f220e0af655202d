"""What every endpoint gets: the use cases of this process."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from chassis.routing import Endpoint
from payment.usecases import UseCases


async def use_cases_of(request: Request) -> UseCases:
    """The use cases of the process that got the request."""
    use_cases: UseCases = request.state.payment
    return use_cases


FastPath = Mapping[tuple[str, str], Endpoint]
"""Endpoints by method and path that read their request themselves, because each sale calls them."""
UseCasesDep = Annotated[UseCases, Depends(use_cases_of)]
