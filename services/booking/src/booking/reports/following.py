"""Keeping the reports up to date: bookings that changed are found by an index and applied many at once."""

from booking.domain.booking import Booking
from booking.domain.contributions import contribution_of
from booking.domain.corrections import Applied
from booking.reports.store import Builds
from booking.store import MongoBookings
from chassis.loops import Signal

GATHER_SECONDS = 1.0
LONGEST_SECONDS = 5.0  # within this time a process sees what another has written
_BATCH = 200


class Following:
    """A crash between the reports and the bookings leaves these unreported: they are applied again, which changes
    nothing."""

    def __init__(self, bookings: MongoBookings, builds: Builds) -> None:
        self._bookings, self._builds = bookings, builds
        self.news = Signal()

    def note(self, booking: Booking) -> None:
        """A booking was written by this process."""
        if booking.confirmed_at is not None:
            self.news.give()

    async def follow(self) -> None:
        """Apply all that is unreported, a batch at a time."""
        while bookings := await self._bookings.unreported(_BATCH):
            await self._builds.apply([applied_now(booking) for booking in bookings])
            await self._bookings.note_reported(bookings)
            if len(bookings) < _BATCH:
                return


def applied_now(booking: Booking) -> Applied:
    """What the booking contributes as it is here."""
    return Applied(booking.id, booking.version, contribution_of(booking))
