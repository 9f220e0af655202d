"""The service notify, over its internal HTTP: where the messages about a booking stand."""

from pydantic import TypeAdapter, ValidationError

from booking.usecases.ports import Message
from chassis.calls import Peer
from chassis.logs import logger
from chassis.problems import Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable

log = logger(__name__)
_MESSAGES = TypeAdapter(tuple[Message, ...])


class HttpMessages:
    """Notify's internal call, with the caller's token passed on."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def about(self, booking_id: str, token: str) -> tuple[Message, ...]:
        """As the port has it, within 3 s."""
        try:
            answer = await self._peer.call("GET", f"/internal/bookings/{booking_id}/messages", token=token)
            items = answer.body.get("items") if answer.status == 200 and isinstance(answer.body, dict) else None
            return _MESSAGES.validate_python(items)
        except (PeerUnavailable, PeerTimeout, ValidationError) as error:
            log.warning("notify does not say where messages stand", error=repr(error))
            raise Unavailable("notify cannot be asked now") from None
