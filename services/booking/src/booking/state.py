"""What endpoints find in the state of their requests."""

from typing import Annotated

from fastapi import Depends, Request

from booking.usecases.use_cases import UseCases


async def use_cases_of(request: Request) -> UseCases:
    """FastAPI dependency: the use cases."""
    use_cases: UseCases = request.state.use_cases
    return use_cases


UseCasesDep = Annotated[UseCases, Depends(use_cases_of)]
