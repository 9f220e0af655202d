"""How booking is put together: the one private constructor, for main and for tests, which swap the edges alone."""

from booking.usecases.cancellation import Cancellation
from booking.usecases.checkin import CheckIn
from booking.usecases.confirmation import Confirmation
from booking.usecases.lookup import Lookup
from booking.usecases.numbering import Numbering
from booking.usecases.ports import Ports
from booking.usecases.recording import Recording
from booking.usecases.resending import Resending
from booking.usecases.search import Searching
from booking.usecases.support import Support
from booking.usecases.timelines import Timelines
from booking.usecases.use_cases import UseCases
from booking.usecases.wakeups import Wakeups

LOOK_SECONDS = 0.1  # a message is acknowledged so much later; its guest has the answer before


def assemble(ports: Ports, wakeups: Wakeups, *, look_seconds: float = LOOK_SECONDS) -> UseCases:
    """The use cases over whatever implements the ports; `ports.bookings` must wake `wakeups` by id after each write."""
    recording, lookup = Recording(ports, look_seconds=look_seconds), Lookup(ports, wakeups)
    return UseCases(
        recording=recording,
        lookup=lookup,
        confirmation=Confirmation(ports, recording, wakeups),
        cancellation=Cancellation(ports, lookup),
        resending=Resending(ports, lookup),
        support=Support(ports, lookup),
        searching=Searching(ports),
        timelines=Timelines(ports, lookup),
        numbering=Numbering(ports),
        check_in=CheckIn(ports, lookup),
    )
