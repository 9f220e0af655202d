"""Whether a ticket admits to a show: the one rule, which booking applies to what it has stored and a gate without a
network to its manifest. Pure; the clock is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

OPENS_BEFORE = timedelta(hours=2)
UPLOADS_AFTER = timedelta(hours=24)
MOST_SCANS = 500  # of one upload
MOST_CODE, MOST_REFERENCE = 500, 40  # characters of what an upload may say was scanned

Outcome = Literal[
    "checked_in", "already_checked_in", "not_admitted", "wrong_showtime", "invalid_ticket", "checkin_closed"
]
OLD_VERSION = "old_version"


@dataclass(frozen=True, slots=True)
class FirstScan:
    """The scan that let a booking in: when, and at which device, where that is known."""

    at: datetime
    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class Doors:
    """When a showtime lets guests in: from `opens_at` on, no more from `closes_at` on."""

    showtime_id: str
    opens_at: datetime
    closes_at: datetime

    @classmethod
    def of_show(cls, showtime_id: str, start_at: datetime, end_at: datetime) -> "Doors":
        """Two hours before the start they open, at the end they close."""
        return cls(showtime_id, start_at - OPENS_BEFORE, end_at)

    def are_open(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at

    def take_uploads(self, now: datetime) -> bool:
        """Whether scans may still be uploaded: until a day after the end."""
        return now <= self.closes_at + UPLOADS_AFTER


@dataclass(frozen=True, slots=True)
class KnownBooking:
    """What is known of a booking: `version` is that of its newest ticket, `refusal` why it does not admit (a word such
    as `cancelled`), `first` the scan that let it in."""

    showtime_id: str
    version: int
    refusal: str | None = None
    first: FirstScan | None = None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What comes of a scan; `first` where its guest is inside already, `reason` where it is not admitted."""

    outcome: Outcome
    first: FirstScan | None = None
    reason: str | None = None


def scan_result(booking: KnownBooking | None, version: int | None, doors: Doors, at: datetime) -> ScanResult:
    """What comes of a ticket that is scanned at these doors at this time.

    `booking` is None where ticket or reference are nobody's; `version` is the scanned ticket's, None for a reference,
    which stands for the newest. A booking that does not admit is refused as such, whenever it is scanned.
    """
    if booking is None:
        return ScanResult("invalid_ticket")
    if booking.showtime_id != doors.showtime_id:
        return ScanResult("wrong_showtime")
    if booking.refusal is not None:
        return ScanResult("not_admitted", reason=booking.refusal)
    if version is not None and version < booking.version:
        return ScanResult("not_admitted", reason=OLD_VERSION)
    if booking.first is not None:
        return ScanResult("already_checked_in", first=booking.first)
    return ScanResult("checked_in") if doors.are_open(at) else ScanResult("checkin_closed")
