"""By what the reports have to be corrected once bookings have changed. Pure: whatever was applied before, in whatever
order and however often, the sums are those of each booking's newest contribution."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from booking.domain.contributions import Attendance, Contribution, Figures, SalesKey

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Applied:
    """What a booking contributed in a version; nothing, where it was never sold."""

    booking_id: str
    version: int
    contribution: Contribution | None


@dataclass(frozen=True, slots=True)
class Corrections:
    """What is to be stored in one step: the newest contributions, and what is to be added to the sums."""

    applied: dict[str, Applied] = field(default_factory=dict)
    sales: dict[SalesKey, Figures] = field(default_factory=dict)
    attendance: dict[str, Attendance] = field(default_factory=dict)


def corrections(before: Mapping[str, Applied], newest: Iterable[Applied]) -> Corrections:
    """From what was applied `before`, by booking, to the `newest`; what is older than what was applied is left out."""
    after: dict[str, Applied] = {}
    for each in newest:
        known = after.get(each.booking_id) or before.get(each.booking_id)
        if known is None or known.version < each.version:
            after[each.booking_id] = each
    changed = Corrections(after)
    for booking_id, each in after.items():
        known = before.get(booking_id)
        _add(changed, known.contribution if known else None, sign=-1)
        _add(changed, each.contribution, sign=1)
    return Corrections(after, _without_zeros(changed.sales), _without_zeros(changed.attendance))


def _add(changed: Corrections, contribution: Contribution | None, *, sign: int) -> None:
    if contribution is None:
        return
    for key, figures in contribution.sales.items():
        changed.sales[key] = changed.sales.get(key, Figures()) + (figures if sign > 0 else -figures)
    showtime_id, seats = contribution.line.showtime_id, contribution.attendance
    before = changed.attendance.get(showtime_id, Attendance())
    changed.attendance[showtime_id] = before + (seats if sign > 0 else -seats)


def _without_zeros(sums: Mapping[_K, _V]) -> dict[_K, _V]:
    return {key: value for key, value in sums.items() if value}
