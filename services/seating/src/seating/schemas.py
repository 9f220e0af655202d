"""HTTP bodies of seating, and what its answers look like."""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, Field

from chassis.bodies import Absent, RequestBody, ResponseBody
from contracts.ids import booking_of, showtime_of
from contracts.layout import Aisle, SeatLabel
from contracts.money import Currency, MinorUnits
from seating.domain import Hold, HoldStatus, instant

SeatId = Annotated[str, Field(min_length=1, max_length=10)]
Version = Annotated[int, Field(ge=0)]


def _no_repeats(seat_ids: list[str]) -> list[str]:
    if len(set(seat_ids)) != len(seat_ids):
        raise ValueError("a seat is named twice")
    return seat_ids


class NewHold(RequestBody):
    """Which seats to hold; `expectedTotal` is what the client showed its user."""

    showtime_id: str = Field(max_length=64)
    seat_ids: Annotated[
        list[SeatId],
        Field(min_length=1, max_length=10, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_no_repeats),
    ]
    expected_total: int | None = Field(default=None, strict=True, ge=0, le=10**12)


class RuleView(ResponseBody):
    """A pricing rule that fired, and by how much it moved the price."""

    name: str
    amount: int


class LineView(ResponseBody):
    """One seat's price before fees and taxes."""

    seat_id: str
    label: SeatLabel
    type: str
    price: MinorUnits
    base: MinorUnits
    tax: MinorUnits
    rules: list[RuleView]


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
        view: dict[str, Any] = {
            "id": hold.id,
            "showtimeId": showtime_of(hold.id),
            "seatIds": hold.seat_ids,
            "status": hold.status,
            "expiresAt": _rfc3339(hold.expires_at),
            "now": _rfc3339(hold.now),
            "bookingId": booking_of(hold.id),
            "quote": orjson.Fragment(hold.quote.model_dump_json(by_alias=True)),
        }
        return orjson.dumps(view)


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
