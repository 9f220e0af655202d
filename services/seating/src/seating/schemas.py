"""HTTP bodies of seating, and what its answers look like."""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, Field, ValidationInfo

from chassis.bodies import Absent, RequestBody, ResponseBody
from contracts.event import UtcTime, Value
from contracts.ids import UserId, booking_of, showtime_of
from contracts.layout import Aisle, Layout, ScreenDetails, SeatLabel
from contracts.money import Currency, MinorUnits
from contracts.prices import TicketType
from seating.domain import Hold, HoldStatus, Showtime, instant
from seating.replanning import BookingMove, Replanning
from seating.usecases.replans import ReplanRequest

SeatId = Annotated[str, Field(min_length=1, max_length=10)]
TicketTypeName = Annotated[str, Field(min_length=1, max_length=40)]
TicketTypes = (
    Annotated[list[TicketTypeName], Field(max_length=10)]
    | Annotated[dict[TicketTypeName, Annotated[int, Field(strict=True, ge=1, le=10)]], Field(max_length=10)]
)
Version = Annotated[int, Field(ge=0)]


def _no_repeats(seat_ids: list[str]) -> list[str]:
    if len(set(seat_ids)) != len(seat_ids):
        raise ValueError("a seat is named twice")
    return seat_ids


def _of_chosen_seats(ticket_types: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    if not ticket_types.keys() <= set(info.data.get("seat_ids", ticket_types)):
        raise ValueError("names a seat that is not among seatIds")
    return ticket_types


class NewHold(RequestBody):
    """Which seats to hold; `expectedTotal` is what the client showed its user, `ticketTypes` names the type of ticket
    of each seat that is not an adult's."""

    showtime_id: str = Field(max_length=64)
    seat_ids: Annotated[
        list[SeatId],
        Field(min_length=1, max_length=10, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_no_repeats),
    ]
    expected_total: int | None = Field(default=None, strict=True, ge=0, le=10**12)
    ticket_types: Annotated[dict[SeatId, TicketTypeName], Field(max_length=10), AfterValidator(_of_chosen_seats)] = (
        Field(default_factory=dict)
    )


def _at_most_all(types: TicketTypes, info: ValidationInfo) -> TicketTypes:
    named = len(types) if isinstance(types, list) else sum(types.values())
    if named > info.data.get("count", named):
        raise ValueError("names more tickets than seats")
    return types


class BestSeatsWish(RequestBody):
    """How many seats, of which type of seat, and whether one of them is an accessible seat with its companions beside
    it. `ticketTypes`: how many tickets of each type (`{"child": 2}`), or the type of each in turn
    (`["adult", "child"]`); the others are adults'."""

    showtime_id: str = Field(max_length=64)
    count: int = Field(strict=True, ge=1, le=10)
    type: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    accessible: bool = Field(default_factory=bool, strict=True, examples=[False])
    ticket_types: Annotated[TicketTypes, AfterValidator(_at_most_all)] = Field(
        default_factory=list, examples=[{"child": 1}]
    )

    def types_in_turn(self) -> list[str]:
        """The type of each ticket that is named."""
        types = self.ticket_types
        return types if isinstance(types, list) else [name for name, number in types.items() for _ in range(number)]


class NewWaitlistEntry(RequestBody):
    """How many seats side by side somebody waits for, of a type or of any."""

    showtime_id: str = Field(max_length=64)
    count: Annotated[int, Field(strict=True, ge=1, le=10)]
    type: Annotated[str, Field(min_length=1, max_length=40)] | None = None


class OfferView(ResponseBody):
    """What is offered: a hold of the user's, and when it ends."""

    hold_id: str
    expires_at: datetime


class WaitlistEntryView(ResponseBody):
    """One who waits; `offer` while `status` is `offered`."""

    id: str
    showtime_id: str
    count: Annotated[int, Field(ge=1, le=10)]
    type: Absent[str] = None
    status: Literal["waiting", "offered", "taken", "lapsed", "left"]
    offer: Absent[OfferView] = None
    created_at: datetime


class WaitlistView(ResponseBody):
    """The caller's entries, newest first, 100 at most."""

    items: list[WaitlistEntryView]
    total: Annotated[int, Field(ge=0)]


class RuleView(ResponseBody):
    """A pricing rule that fired, and by how much it moved the price."""

    name: str
    amount: int


class LineView(ResponseBody):
    """One seat's price before fees and taxes: its `base`, moved by each rule, and of that what the `ticket` pays."""

    seat_id: str
    label: SeatLabel
    type: str
    ticket_type: str
    price: MinorUnits
    base: MinorUnits
    tax: MinorUnits
    rules: list[RuleView]
    ticket: TicketType | None


class ChargeView(ResponseBody):
    """A fee or tax, summed over the seats."""

    name: str
    amount: MinorUnits


class QuoteView(ResponseBody):
    """What the seats cost; kept for the hold."""

    lines: list[LineView]
    fee_lines: list[ChargeView]
    tax_lines: list[ChargeView]
    subtotal: MinorUnits
    fees: MinorUnits
    taxes: MinorUnits
    total: MinorUnits
    currency: Currency


class HoldView(ResponseBody):
    """A hold."""

    id: str
    showtime_id: str
    seat_ids: Annotated[list[str], Field(min_length=1, max_length=10, json_schema_extra={"uniqueItems": True})]
    status: HoldStatus
    expires_at: datetime
    now: datetime
    booking_id: str
    quote: QuoteView

    @staticmethod
    def json_of(hold: Hold) -> bytes:
        """A hold as the JSON of this view; made by hand, for the busiest write answers with it."""
        return orjson.dumps(HoldView.members(hold))

    @staticmethod
    def members(hold: Hold) -> dict[str, Any]:
        """The same before it is JSON."""
        return {
            "id": hold.id,
            "showtimeId": showtime_of(hold.id),
            "seatIds": hold.seat_ids,
            "status": hold.status,
            "expiresAt": _rfc3339(hold.expires_at),
            "now": _rfc3339(hold.now),
            "bookingId": booking_of(hold.id),
            "quote": orjson.Fragment(hold.quote.model_dump_json(by_alias=True)),
        }


class BestSeatsView(HoldView):
    """A hold of the best seats; `split` where they are not all side by side."""

    split: Annotated[bool, Field(examples=[False])]

    @staticmethod
    def json_with(hold: Hold, *, split: bool) -> bytes:
        """The hold as the JSON of this view."""
        return orjson.dumps({**HoldView.members(hold), "split": split})


class NewPlan(Value):
    """What catalog wishes of a showtime: seats taken out (the whole list) of the screen `of_screen_id`, or another
    screen with its layout; with `of_number` only while that is the number of the newest change."""

    blocked_seats: tuple[str, ...] | None = None
    screen: ScreenDetails | None = None
    layout: Layout | None = None
    reseat: bool = False
    dry_run: bool = False
    valid_until: UtcTime | None = None
    of_screen_id: str | None = None
    of_number: int | None = None

    def request(self, user_id: UserId) -> ReplanRequest:
        """The same, for the use case."""
        return ReplanRequest(**dict(self), wished_by=user_id)


class PlanView(ResponseBody):
    """What comes of a wish, and the seats that the showtime has then; `number` is 0 before its first change."""

    kind: str
    placed: int
    moved: list[dict[str, Any]]
    unplaced: list[dict[str, Any]]
    number: int
    layout: Layout
    screen: ScreenDetails

    @classmethod
    def of(cls, replanning: Replanning, showtime: Showtime) -> "PlanView":
        """Of what the use case gives."""
        return cls(
            kind=replanning.kind,
            placed=replanning.placed,
            moved=[_booking_move(move) for move in replanning.moved],
            unplaced=[_booking_move(move) for move in replanning.unplaced],
            number=showtime.plan_number,
            layout=showtime.snapshot.layout,
            screen=showtime.snapshot.screen,
        )


def _booking_move(move: BookingMove) -> dict[str, Any]:
    return {"bookingId": move.booking_id, "from": move.from_seat_ids, "to": move.to_seat_ids}


class LayoutView(ResponseBody):
    """Rows and columns, and the aisles: a column that one follows, in all rows or in some."""

    rows: Annotated[int, Field(ge=1, le=100)]
    cols: Annotated[int, Field(ge=1, le=100)]
    aisles: list[int | Aisle]


class SeatView(ResponseBody):
    """One seat as it is now; `mine` and `holdId` for the caller's own.

    `companionOf` names the accessible seat that it is beside for a companion, `pairedWith` the seat it is sold with.
    """

    seat_id: str
    row: str
    number: Annotated[int, Field(ge=1)]
    label: SeatLabel
    type: str
    price: MinorUnits
    status: Literal["available", "held", "sold", "blocked"]
    accessible: Absent[bool] = None
    companion_of: Absent[str] = None
    paired_with: Absent[str] = None
    mine: Absent[bool] = None
    hold_id: Absent[str] = None


class AvailabilityView(ResponseBody):
    """A showtime's seats."""

    showtime_id: str
    version: Version
    currency: Currency
    layout: LayoutView
    seats: list[SeatView]


class StateView(ResponseBody):
    """The live part alone: a letter per seat, in the order of `seats`."""

    showtime_id: str
    version: Version
    state: Annotated[str, Field(pattern="^[ahsb]*$")]


def _rfc3339(milliseconds: int) -> str:
    """Milliseconds of the clock as a time in UTC."""
    return instant(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
