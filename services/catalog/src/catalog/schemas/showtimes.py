"""Showtimes and the rules by which their prices move."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from catalog.schemas.fields import Currency, Id, Price, Short
from chassis.bodies import RequestBody
from chassis.changes import Change
from chassis.times import Day, LocalTime, Moment
from contracts.prices import Adjust, PricingRule, Span, Weekday, When

_AHEAD = timedelta(days=3 * 366)
_RULES_CHARACTERS = 32_000


def _start(value: datetime) -> datetime:
    try:
        start = value.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None
    if not timedelta(0) < start - datetime.now(UTC) < _AHEAD:
        raise ValueError("must be in the future, and within three years")
    return start.replace(microsecond=start.microsecond // 1000 * 1000)


def _minute(value: time) -> time:
    if value.second or value.microsecond:
        raise ValueError("a local time in whole minutes, such as 18:30")
    return value


Start = Annotated[Moment, AfterValidator(_start)]
Minute = Annotated[LocalTime, AfterValidator(_minute)]


class SpanBody(Span, RequestBody):
    """A closed interval; an end that is left out is open."""


class WhenBody(When, RequestBody):
    """All that is given must hold. `from` and `to` are local times at the theater (`to` before `from` wraps midnight);
    `hoursBefore` counts from now to the start; `occupancy` is sold and held over all seats, 0 to 1."""

    from_: LocalTime | None = Field(default=None, alias="from")
    to: LocalTime | None = None
    dates: Annotated[tuple[Day, ...], Field(max_length=400)] | None = None
    hours_before: SpanBody | None = None
    occupancy: SpanBody | None = None
    format: Short | None = None
    seat_type: Short | None = None


class AdjustBody(Adjust, RequestBody):
    """Exactly one of: a percentage of the price so far, an amount on top (minor units), a price."""


class PricingRuleBody(PricingRule, RequestBody):
    """A dynamic pricing rule; rules apply in order, and the result is clamped to `minPrice` and `maxPrice`."""

    name: Annotated[Short, StringConstraints(max_length=80)]
    when: WhenBody = WhenBody()
    adjust: AdjustBody

    @model_validator(mode="after")
    def _floor_below_ceiling(self) -> "PricingRuleBody":
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ValueError("minPrice is above maxPrice")
        return self


def _of_moderate_length(rules: tuple[PricingRuleBody, ...]) -> tuple[PricingRuleBody, ...]:
    if sum(len(rule.model_dump_json()) for rule in rules) > _RULES_CHARACTERS:
        raise ValueError(f"all rules together may have {_RULES_CHARACTERS} characters")
    return rules


Rules = Annotated[tuple[PricingRuleBody, ...], Field(max_length=50), AfterValidator(_of_moderate_length)]


class Repeat(RequestBody):
    """Local times on weekdays (none: every day) from the day of `startAt` until that day, included."""

    days: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    times: Annotated[tuple[Minute, ...], Field(min_length=1, max_length=50)]
    until: Day


class NewShowtime(RequestBody):
    """A new showtime, or many with `repeat`."""

    movie_id: Id
    theater_id: Id
    screen_id: Id
    start_at: Start
    language: Short
    format: Short
    base_price: Price
    currency: Currency
    dynamic_pricing_rules: Rules = ()
    repeat: Repeat | None = None


class ShowtimeTerms(RequestBody):
    """What a showtime was scheduled with."""

    movie_id: Id
    theater_id: Id
    screen_id: Id
    currency: Currency
    start_at: Start
    language: Short
    format: Short
    base_price: Price
    dynamic_pricing_rules: Rules
    status: Literal["scheduled", "cancelled"]


class ShowtimePatch(Change[ShowtimeTerms]):
    """What to change of a showtime that has not begun. Film, screen and currency stay: cancel it and schedule anew."""


def snapshot_values(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were sent of those that the snapshot has, as it names them."""
    names = {"base_price": "base_price", "dynamic_pricing_rules": "rules"}
    prices = {within: sent[name] for name, within in names.items() if name in sent}
    values = {name: sent[name] for name in ("start_at", "language", "format") if name in sent}
    return {**values, "prices": prices} if prices else values
