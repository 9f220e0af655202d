"""The use cases of booking, for those who call them."""

from dataclasses import dataclass

from booking.usecases.cancellation import Cancellation
from booking.usecases.checkin import CheckIn
from booking.usecases.confirmation import Confirmation
from booking.usecases.lookup import Lookup
from booking.usecases.numbering import Numbering
from booking.usecases.recording import Recording
from booking.usecases.resending import Resending
from booking.usecases.search import Searching
from booking.usecases.support import Support
from booking.usecases.timelines import Timelines


@dataclass(frozen=True, slots=True)
class UseCases:
    """One object of each."""

    recording: Recording
    lookup: Lookup
    confirmation: Confirmation
    cancellation: Cancellation
    resending: Resending
    support: Support
    searching: Searching
    timelines: Timelines
    numbering: Numbering
    check_in: CheckIn

    async def look_at(self, booking_id: str) -> None:
        """A booking is due: its hold is over and nobody has paid, or a paper waits for its number."""
        await self.recording.expire_unpaid(booking_id)
        await self.numbering.number(booking_id)
