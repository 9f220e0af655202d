"""Pricing rules: when one applies to a seat type of a showtime, and what it makes of a price."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from contracts.catalog import ShowtimeSnapshot
from contracts.prices import PricingRule, When

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_PRICE = 10**9


@dataclass(frozen=True, slots=True)
class Moment:
    """What rules look at beside the seat: a showtime `now`, its `occupancy` then (sold and held over the seats that are
    not blocked), and the type of ticket."""

    snapshot: ShowtimeSnapshot
    ticket_type: str
    now: datetime
    occupancy: float


def half_up(amount: Decimal) -> int:
    """An amount rounded to the minor unit."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def adjusted(rule: PricingRule, price: int) -> int:
    """What the rule makes of a price: set or moved by an amount or a percentage, then kept within its limits."""
    adjust = rule.adjust
    if adjust.set_to is not None:
        price = adjust.set_to
    elif adjust.amount is not None:
        price += adjust.amount
    else:
        price = half_up(price * (100 + Decimal(str(adjust.percent or 0))) / 100)
    if rule.min_price is not None:
        price = max(price, rule.min_price)
    if rule.max_price is not None:
        price = min(price, rule.max_price)
    return min(MAX_PRICE, max(0, price))


def applies(when: When, moment: Moment, seat_type: str) -> bool:
    """Whether all that a rule asks for holds for a seat of this type."""
    snapshot = moment.snapshot
    hours_before = (snapshot.start_at - moment.now).total_seconds() / 3600
    return (
        (when.format is None or when.format == snapshot.format)
        and (when.seat_type is None or when.seat_type == seat_type)
        and (when.ticket_type is None or when.ticket_type == moment.ticket_type)
        and (when.hours_before is None or when.hours_before.holds(hours_before))
        and (when.occupancy is None or when.occupancy.holds(moment.occupancy))
        and _starts_when(when, snapshot.start_at.astimezone(ZoneInfo(snapshot.theater.timezone)))
    )


def _starts_when(when: When, local_start: datetime) -> bool:
    """Whether weekday, date and time of the start, as the theater's clock shows them, are those the rule asks for."""
    if when.days_of_week is not None and WEEKDAYS[local_start.weekday()] not in when.days_of_week:
        return False
    if when.dates is not None and local_start.date() not in when.dates:
        return False
    return _is_between(local_start.time(), when.from_, when.to)


def _is_between(start: time, first: time | None, last: time | None) -> bool:
    """Whether `start` lies in the closed interval; one whose end is before its beginning goes past midnight."""
    start = start.replace(tzinfo=None)
    is_after_first = first is None or start >= first.replace(tzinfo=None)
    is_before_last = last is None or start <= last.replace(tzinfo=None)
    if first is not None and last is not None and last < first:
        return is_after_first or is_before_last
    return is_after_first and is_before_last
