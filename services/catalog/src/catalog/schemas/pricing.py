"""What theaters, screens and showtimes say of prices, and a preview of them, as clients send and read them."""

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from types import NoneType
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from catalog.domain.plain import from_plain, to_plain
from catalog.domain.scopes import FIRST_FEES, Said, Scope
from catalog.schemas.fields import Id, Price, Short
from catalog.schemas.rules import OfferedTicketTypeView, PricingRuleView, Rules
from catalog.schemas.views import view_of
from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.times import Moment
from contracts.layout import Layout
from contracts.money import Currency, MinorUnits
from contracts.prices import ADULT, BasisPoints, Fee, SeatTypeFactor, TicketType
from pricing import SeatTypePrice

T = TypeVar("T")
_RULES = {"rules": "dynamic_pricing_rules"}


class PricingScope(RequestBody):
    """Exactly one of a theater, a screen and a showtime."""

    theater_id: Id | None = None
    screen_id: Id | None = None
    showtime_id: Id | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if [self.theater_id, self.screen_id, self.showtime_id].count(None) != 2:
            raise ValueError("exactly one of theaterId, screenId, showtimeId")
        return self

    @property
    def kind(self) -> Scope:
        """Which of them it is."""
        return "theater" if self.theater_id is not None else "screen" if self.screen_id is not None else "showtime"

    @property
    def id(self) -> str:
        """The id of whichever it is."""
        return self.theater_id or self.screen_id or self.showtime_id or ""


def _each_once(name: Callable[[T], Hashable]) -> Callable[[tuple[T, ...]], tuple[T, ...]]:
    def checked(values: tuple[T, ...]) -> tuple[T, ...]:
        if len({name(value) for value in values}) != len(values):
            raise ValueError("a type is named twice")
        return values

    return checked


class SeatTypeFactorBody(SeatTypeFactor, RequestBody):
    """A seat type's factor on the base price; it wins over the one in the layout."""

    type: Short


class TicketTypeBody(TicketType, RequestBody):
    """A type of ticket; `percent` is the share of the price after all rules that is paid: a child at 60 pays 60 %.
    `proof` is asked for at the gate: true, or a text that says which."""

    type: Short
    label: Annotated[Short, StringConstraints(max_length=80)]
    proof: Annotated[bool, Field(strict=True)] | Annotated[Short, StringConstraints(max_length=80)] | None = None


class FeeBody(Fee, RequestBody):
    """A fee per ticket in minor units, with its own tax rate in basis points."""

    name: Annotated[Short, StringConstraints(max_length=80)]
    per_ticket: Price


def _left_out() -> Any:
    """A field that may be left out. The schema names no default: a client that sent null would take back what it never
    saw."""
    return Field(default_factory=NoneType)


class PricingPatch(RequestBody):
    """What a scope says of prices from now on. What is left out stays as it is, lists are replaced whole; null says
    nothing any more, so that the wider scope counts, and `[]` says that there is none."""

    scope: PricingScope
    base_price: Price | None = _left_out()
    seat_types: (
        Annotated[tuple[SeatTypeFactorBody, ...], Field(max_length=100), AfterValidator(_each_once(lambda of: of.type))]
        | None
    ) = _left_out()
    ticket_types: (
        Annotated[tuple[TicketTypeBody, ...], Field(max_length=50), AfterValidator(_each_once(lambda of: of.type))]
        | None
    ) = _left_out()
    dynamic_pricing_rules: Rules | None = _left_out()
    fees: Annotated[tuple[FeeBody, ...], Field(max_length=20)] | None = _left_out()

    def revised(self, said: Said) -> Said:
        """What the scope says with the change in it."""
        sent = self.model_dump(exclude={"scope"}, exclude_unset=True)
        changes = {_field_of(name): value for name, value in sent.items()}
        return from_plain(Said, {**to_plain(said), **changes})


def _field_of(name: str) -> str:
    """The field of what is said that the body calls `name`."""
    return next((field for field, called in _RULES.items() if called == name), name)


class ScopeView(ResponseBody):
    """A theater, a screen or a showtime."""

    theater_id: Absent[str] = None
    screen_id: Absent[str] = None
    showtime_id: Absent[str] = None


class SeatTypeFactorView(ResponseBody):
    """A seat type's factor on the base price."""

    type: str
    price_factor: Annotated[float, Field(ge=0, le=100)]


class FeeView(ResponseBody):
    """A fee per ticket and its tax rate in basis points."""

    name: str
    per_ticket: MinorUnits
    tax_rate: BasisPoints


class SaidView(ResponseBody):
    """What is said of prices; a field of which nothing is said is left out."""

    base_price: Absent[MinorUnits] = None
    seat_types: Absent[list[SeatTypeFactorView]] = None
    ticket_types: Absent[list[OfferedTicketTypeView]] = None
    dynamic_pricing_rules: Absent[list[PricingRuleView]] = None
    fees: Absent[list[FeeView]] = None

    @classmethod
    def of(cls, said: Said) -> Self:
        """What a scope says, as it is shown."""
        return cls(
            base_price=said.base_price,
            seat_types=_each(said.seat_types, SeatTypeFactorView),
            ticket_types=_each(said.ticket_types, OfferedTicketTypeView),
            dynamic_pricing_rules=_each(said.rules, PricingRuleView),
            fees=_each(said.fees, FeeView),
        )


V = TypeVar("V", bound=ResponseBody)


def _each(values: Sequence[object] | None, view: type[V]) -> list[V] | None:
    return None if values is None else [view_of(view, value) for value in values]


class PricingView(ResponseBody):
    """What a scope says of prices, and what counts there: of each field what the narrowest scope says.

    `effective` of a showtime is whole. Of a theater or a screen it lacks what is said nowhere above the showtimes: a
    base price, or the fees, which then are `defaultFees` of the showtime's currency, or none.
    """

    scope: ScopeView
    said: SaidView
    effective: SaidView
    default_fees: dict[Currency, list[FeeView]]

    @classmethod
    def of(cls, scope: PricingScope, said: Said, effective: Said, layout: Layout | None) -> Self:
        """The prices of a scope; `layout` is that of the screen or showtime."""
        tickets = effective.ticket_types or ()
        adult = () if any(ticket.type == ADULT.type for ticket in tickets) else (ADULT,)
        whole: dict[str, Any] = {
            "base_price": effective.base_price,
            "seat_types": _factors(effective.seat_types or (), layout),
            "ticket_types": (*adult, *tickets),
            "rules": effective.rules or (),
            "fees": effective.fees,
        }
        return cls(
            scope=view_of(ScopeView, scope),
            said=SaidView.of(said),
            effective=SaidView.of(Said(**whole)),
            default_fees={currency: [view_of(FeeView, fee) for fee in fees] for currency, fees in FIRST_FEES.items()},
        )


def _factors(said: Sequence[SeatTypeFactor], layout: Layout | None) -> tuple[SeatTypeFactor, ...]:
    """The factors that count: those said, then those of the layout for its other types."""
    named = {factor.type for factor in said}
    others = [] if layout is None else [of for of in layout.seat_types if of.type not in named]
    return (*said, *(SeatTypeFactor(type=of.type, price_factor=of.price_factor) for of in others))


class PreviewRequest(RequestBody):
    """Prices of a showtime as they would be: with these rules, this base price, at this time (now), on a screen as full
    as this (as it is)."""

    showtime_id: Id
    dynamic_pricing_rules: Rules | None = None
    base_price: Price | None = None
    at: Moment | None = None
    occupancy: Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)] | None = None

    def revised(self, said: Said) -> Said:
        """What the showtime's scope would say."""
        changes = {"base_price": self.base_price, "rules": self.model_dump()["dynamic_pricing_rules"]}
        return from_plain(Said, {**to_plain(said), **{name: it for name, it in changes.items() if it is not None}})

    def moment(self) -> datetime:
        """When the prices are looked at."""
        return self.at or datetime.now(UTC)


class AppliedRuleView(ResponseBody):
    """A rule that fired, and by how much it moved the price."""

    name: str
    amount: int


class PreviewItemView(ResponseBody):
    """What a seat of a type costs for a type of ticket, before fees and taxes: `base`, moved by each rule, and of that
    the ticket's share."""

    type: str
    ticket_type: str
    price: MinorUnits
    base: MinorUnits
    rules: list[AppliedRuleView]

    @classmethod
    def of(cls, seat_type: str, ticket_type: str, price: SeatTypePrice) -> Self:
        """The price as it is shown."""
        rules = [view_of(AppliedRuleView, rule) for rule in price.rules]
        return cls(type=seat_type, ticket_type=ticket_type, price=price.price, base=price.base, rules=rules)


class PreviewView(ResponseBody):
    """The price of each seat type and ticket type."""

    items: list[PreviewItemView]
    currency: Currency
