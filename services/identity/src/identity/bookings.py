"""The one call to booking: for which shows to come has the caller tickets?"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from chassis.calls import Peer
from chassis.problems import Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable

_UNKNOWN = "it cannot be found out just now whether there are tickets for shows to come"


class _Upcoming(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    booking_ids: Annotated[list[str], Field()]


class Bookings:
    """Booking, as identity asks it."""

    def __init__(self, booking: Peer) -> None:
        self._booking = booking

    async def upcoming(self, token: str) -> list[str]:
        """The ids of the confirmed bookings of the token's bearer whose shows have not begun; raises `Unavailable`."""
        try:
            answer = await self._booking.call("GET", "/internal/bookings/upcoming", token=token)
            if answer.status != 200:
                raise Unavailable(_UNKNOWN)
            return _Upcoming.model_validate(answer.body).booking_ids
        except (PeerUnavailable, PeerTimeout, ValidationError):
            raise Unavailable(_UNKNOWN) from None
