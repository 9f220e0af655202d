"""The one call to seating: may this caller pay for this hold, and what is its sale?"""

from pydantic import ValidationError

from chassis.calls import Answer, Peer
from chassis.problems import Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable
from contracts.sale import Sale
from payment.errors import from_seating

_TIMEOUT_SECONDS = 4.0


class HttpHolds:
    """The port `Holds`."""

    def __init__(self, seating: Peer) -> None:
        self._seating = seating

    async def checkout(self, hold_id: str, token: str) -> Sale:
        """A repeat gives the same answer."""
        path = f"/internal/holds/{hold_id}/checkout"
        try:
            answer = await self._seating.call("POST", path, json={}, token=token, timeout_seconds=_TIMEOUT_SECONDS)
        except (PeerUnavailable, PeerTimeout):
            raise Unavailable("seats cannot be checked just now") from None
        if answer.status == 200:
            return _sale(answer)
        raise from_seating(answer.body if isinstance(answer.body, dict) else {})


def _sale(answer: Answer) -> Sale:
    try:
        return Sale.model_validate(answer.body)
    except ValidationError as error:
        raise Unavailable("seating gave an answer that is not understood") from error
