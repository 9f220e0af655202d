"""Letting guests in: what a scan at a gate makes of a booking, by the rule of `checkin` that gates without a network
apply too. Pure; the clock is an argument."""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.domain.scans import RecordedOutcome, Scan
from booking.domain.shows import show_of
from checkin.rules import Doors, FirstScan, KnownBooking, ScanResult, scan_result
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import UserId

_RECORDED = frozenset(get_args(RecordedOutcome))
_MOST_SCANS = 100  # who is refused more often than that is refused without a record


@dataclass(frozen=True, slots=True)
class GateScan:
    """A scan: when, who worked at the gate, and the ticket's version, None for a reference. `repeat` counts, from 0,
    the scans of one upload that have the same booking and time."""

    at: datetime
    by: UserId
    device_id: str | None = None
    version: int | None = None
    repeat: int = 0


class NotLetIn(Exception):
    """The guest is not let in; `result` says why."""

    def __init__(self, result: ScanResult) -> None:
        super().__init__(result.outcome)
        self.result = result


def doors_of(snapshot: ShowtimeSnapshot) -> Doors:
    """When the showtime lets guests in."""
    return Doors.of_show(snapshot.showtime_id, snapshot.start_at, snapshot.end_at)


def known_at_gate(booking: Booking, snapshot: ShowtimeSnapshot) -> KnownBooking:
    """The booking as the rule sees it. `snapshot` is that of the gate's show: that it is cancelled counts before it has
    become a fact of the booking."""
    status = booking.state.status
    is_over = snapshot.status == "cancelled" and snapshot.showtime_id == booking.sale.showtime_id
    refusal = "cancelled" if is_over else None if status in {"confirmed", "checked_in"} else status
    return KnownBooking(booking.sale.showtime_id, booking.facts.ticket_version, refusal, first_scan(booking.facts))


def first_scan(facts: Facts) -> FirstScan | None:
    """The scan that let the booking in."""
    return FirstScan(facts.check_in.at, facts.check_in.device_id) if facts.check_in else None


def let_in(booking: Booking | None, snapshot: ShowtimeSnapshot, scan: GateScan) -> Facts:
    """The fact that the guest is inside. Raises `NotLetIn`, and then nothing is recorded."""
    result = _result(booking, snapshot, scan)
    if booking is None or result.outcome != "checked_in":
        raise NotLetIn(result)
    return _recorded(booking, snapshot, scan, result, scan.at)


def uploaded(
    booking: Booking | None, snapshot: ShowtimeSnapshot, scan: GateScan, now: datetime
) -> tuple[ScanResult, Facts]:
    """What comes of a scan that a gate made without a network, and the fact of it; sent again: the same, and nothing
    new."""
    if booking and (earlier := _same_scan(booking.facts, scan)):
        first = first_scan(booking.facts) if earlier.outcome == "already_checked_in" else None
        return ScanResult(earlier.outcome, first, earlier.reason), Facts()
    result = _result(booking, snapshot, scan)
    if booking is None or result.outcome not in _RECORDED:
        return result, Facts()
    if result.outcome != "checked_in" and len(booking.facts.scans) >= _MOST_SCANS:
        return result, Facts()
    return result, _recorded(booking, snapshot, scan, result, now)


def _result(booking: Booking | None, snapshot: ShowtimeSnapshot, scan: GateScan) -> ScanResult:
    known = known_at_gate(booking, snapshot) if booking else None
    return scan_result(known, scan.version, doors_of(snapshot), scan.at)


def _same_scan(facts: Facts, scan: GateScan) -> Scan | None:
    """The scan as it was recorded before."""
    same = (scan.at, scan.device_id, scan.version, scan.repeat)
    recorded = (each for each in facts.scans if each.device_id is not None)
    return next(
        (each for each in recorded if (each.at, each.device_id, each.ticket_version, each.repeat) == same), None
    )


def _recorded(booking: Booking, snapshot: ShowtimeSnapshot, scan: GateScan, result: ScanResult, now: datetime) -> Facts:
    fact = Scan(
        number=len(booking.facts.scans) + 1,
        at=scan.at,
        by=scan.by,
        outcome=result.outcome,
        recorded_at=now,
        device_id=scan.device_id,
        repeat=scan.repeat,
        ticket_version=scan.version,
        reason=result.reason,
    )
    return Facts(scans=(fact,), show=show_of(snapshot))
