"""Dynamic pricing rules, by which prices move, and types of tickets, as clients send and read them."""

from datetime import date, time
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from catalog.schemas.fields import Short
from catalog.schemas.views import view_of
from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.times import Day, LocalTime
from contracts.money import MinorUnits
from contracts.prices import Adjust, PricingRule, Span, TicketType, Weekday, When

_RULES_CHARACTERS = 32_000


class SpanBody(Span, RequestBody):
    """A closed interval; an end that is left out is open."""


class WhenBody(When, RequestBody):
    """All that is given must hold. `from` and `to` are local times at the theater (`to` before `from` wraps midnight);
    `hoursBefore` counts from now to the start; `occupancy` is sold and held over the seats that are not blocked, 0 to
    1."""

    from_: LocalTime | None = Field(default=None, alias="from")
    to: LocalTime | None = None
    dates: Annotated[tuple[Day, ...], Field(max_length=400)] | None = None
    hours_before: SpanBody | None = None
    occupancy: SpanBody | None = None
    format: Short | None = None
    seat_type: Short | None = None
    ticket_type: Short | None = None


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


class SpanView(ResponseBody):
    """A closed interval; an end that is left out is open."""

    gte: Absent[float] = None
    lte: Absent[float] = None


class WhenView(ResponseBody):
    """All that is given must hold; times are the theater's."""

    days_of_week: Absent[tuple[Weekday, ...]] = None
    from_: Absent[time] = Field(default=None, alias="from")
    to: Absent[time] = None
    dates: Absent[tuple[date, ...]] = None
    hours_before: Absent[SpanView] = None
    occupancy: Absent[SpanView] = None
    format: Absent[str] = None
    seat_type: Absent[str] = None
    ticket_type: Absent[str] = None


class AdjustView(ResponseBody):
    """One of: a percentage of the price so far, an amount on top, a price."""

    percent: Absent[float] = None
    amount: Absent[int] = None
    set_to: Absent[MinorUnits] = None


class PricingRuleView(ResponseBody):
    """A dynamic pricing rule; rules apply in order, and the result is clamped to `minPrice` and `maxPrice`."""

    name: str
    when: WhenView
    adjust: AdjustView
    min_price: Absent[MinorUnits] = None
    max_price: Absent[MinorUnits] = None

    @classmethod
    def of(cls, rule: PricingRule) -> Self:
        """The rule as it is shown."""
        return view_of(cls, rule)


class OfferedTicketTypeView(ResponseBody):
    """A type of ticket and the share of the price that it pays; `proof` is asked for at the gate."""

    type: str
    label: str
    percent: Annotated[int, Field(ge=0, le=200)]
    proof: Absent[bool | str] = None

    @classmethod
    def of(cls, ticket: TicketType) -> Self:
        """The type of ticket as it is shown."""
        return view_of(cls, ticket)
