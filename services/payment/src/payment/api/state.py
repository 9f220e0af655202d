"""What every endpoint gets: the use cases of this process."""

from typing import Annotated

from fastapi import Depends, Request

from payment.usecases import UseCases


def _use_cases(request: Request) -> UseCases:
    use_cases: UseCases = request.state.payment
    return use_cases


UseCasesDep = Annotated[UseCases, Depends(_use_cases)]
