"""What every endpoint gets: the use cases of this process."""

from typing import Annotated

from fastapi import Depends, Request

from payment.assembly import State


def _state(request: Request) -> State:
    found: State = request.state.payment
    return found


StateDep = Annotated[State, Depends(_state)]
