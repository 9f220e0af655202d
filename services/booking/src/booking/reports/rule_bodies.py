"""Pricing rules as clients propose them: as they send them where prices are set."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from chassis.bodies import RequestBody
from chassis.text import Line
from chassis.times import Day, LocalTime
from contracts.prices import Adjust, PricingRule, Span, When

_RULES_CHARACTERS = 32_000
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Line]


class ProposedSpanBody(Span, RequestBody):
    """A closed interval; an end that is left out is open."""


class ProposedWhenBody(When, RequestBody):
    """All that is given must hold. `from` and `to` are local times at the theater (`to` before `from` wraps midnight);
    `hoursBefore` counts from now to the start; `occupancy` is sold and held over the seats that are not blocked, 0 to
    1."""

    from_: LocalTime | None = Field(default=None, alias="from")
    to: LocalTime | None = None
    dates: Annotated[tuple[Day, ...], Field(max_length=400)] | None = None
    hours_before: ProposedSpanBody | None = None
    occupancy: ProposedSpanBody | None = None
    format: Short | None = None
    seat_type: Short | None = None
    ticket_type: Short | None = None


class ProposedAdjustBody(Adjust, RequestBody):
    """Exactly one of: a percentage of the price so far, an amount on top (minor units), a price."""


class ProposedRuleBody(PricingRule, RequestBody):
    """A dynamic pricing rule; rules apply in order, and the result is clamped to `minPrice` and `maxPrice`."""

    name: Annotated[Short, StringConstraints(max_length=80)]
    when: ProposedWhenBody = ProposedWhenBody()
    adjust: ProposedAdjustBody

    @model_validator(mode="after")
    def _floor_below_ceiling(self) -> "ProposedRuleBody":
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ValueError("minPrice is above maxPrice")
        return self


def _of_moderate_length(rules: tuple[ProposedRuleBody, ...]) -> tuple[ProposedRuleBody, ...]:
    if sum(len(rule.model_dump_json()) for rule in rules) > _RULES_CHARACTERS:
        raise ValueError(f"all rules together may have {_RULES_CHARACTERS} characters")
    return rules


ProposedRules = Annotated[tuple[ProposedRuleBody, ...], Field(max_length=50), AfterValidator(_of_moderate_length)]
