"""What gates said of a booking: each scan of its ticket that was recorded, and what came of it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import PlainSerializer

from contracts.event import UtcTime, Value
from contracts.ids import UserId

RecordedOutcome = Literal["checked_in", "already_checked_in", "not_admitted", "checkin_closed"]


def _exactly(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


ExactTime = Annotated[UtcTime, PlainSerializer(_exactly)]
"""Written as text, for Mongo's own times end at the millisecond and a gate's scan is known by its time."""


class Scan(Value):
    """A ticket was read at a gate. `number`, from 1, is chosen by the write that records it: it is the order in which
    scans arrived, not that of their times `at`, for one that a gate uploads later may have been earlier.

    `outcome` is what came of it, decided by that write; the first `checked_in` is what counts. `reason` says why it was
    not admitted. A device that sends the same time more than once counts those scans by `repeat`, from 0.
    """

    number: int
    at: ExactTime
    by: UserId
    outcome: RecordedOutcome
    recorded_at: UtcTime
    device_id: str | None = None
    repeat: int = 0
    ticket_version: int | None = None
    reason: str | None = None

    @property
    def key(self) -> int:
        return self.number
