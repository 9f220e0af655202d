"""Values of contracts as the tests of any member need them: snapshots of showtimes, quotes, sales.

Each call gives other ids, so that tests share servers; what a test is about it names itself.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.catalog import MovieDetails, ShowtimeSnapshot, TheaterDetails
from contracts.ids import (
    HoldId,
    MovieId,
    ScreenId,
    ShowtimeId,
    TheaterId,
    UserId,
    booking_of,
    new_hold_id,
    new_id,
    payment_of,
)
from contracts.layout import Layout, ScreenDetails, SeatLabel
from contracts.prices import PriceTable, Quote, QuoteLine
from contracts.sale import Sale

BEGAN = datetime.now(UTC).replace(microsecond=0)
START = BEGAN + timedelta(days=1)  # of every show that is given no other: a sale and the snapshot of its show agree


def at(seconds: float) -> datetime:
    """So many seconds after the tests began."""
    return BEGAN + timedelta(seconds=seconds)


def a_snapshot(
    showtime_id: str | None = None,
    *,
    start_at: datetime = START,
    rows: int = 5,
    cols: int = 8,
    layout: Mapping[str, Any] | None = None,
    prices: Mapping[str, Any] | None = None,
    theater: Mapping[str, Any] | None = None,
    **fields: Any,
) -> ShowtimeSnapshot:
    """The first snapshot of a show of two hours, all seats at 100 rupees. `layout` takes the place of `rows` and
    `cols`; `prices` and `theater` change these parts, `fields` the snapshot itself."""
    venue = {
        "theater_id": TheaterId(new_id("thr")),
        "name": "Regal",
        "address": "1 Main Road",
        "city": "Chennai",
        "timezone": "Asia/Kolkata",
    }
    values: dict[str, Any] = {
        "showtime_id": ShowtimeId(showtime_id or new_id("sho")),
        "revision": 1,
        "status": "scheduled",
        "start_at": start_at,
        "end_at": start_at + timedelta(hours=2),
        "language": "ta",
        "format": "2D",
        "movie": MovieDetails(movie_id=MovieId(new_id("mov")), title="The Long Reel", runtime_minutes=120),
        "theater": TheaterDetails.model_validate({**venue, **(theater or {})}),
        "screen": ScreenDetails(screen_id=ScreenId(new_id("scr")), name="Screen 2"),
        "layout": Layout.model_validate(layout or {"rows": rows, "cols": cols}),
        "prices": PriceTable.model_validate({"base_price": 10_000, "currency": "INR", **(prices or {})}),
    }
    return ShowtimeSnapshot.model_validate(values | fields)


def a_quote_of(
    seats: Mapping[str, tuple[int, int]], *, fees: int = 0, fee_taxes: int = 0, currency: str = "INR"
) -> Quote:
    """The quote of these seats by id, each with its price and the tax on it in minor units."""
    lines = tuple(
        QuoteLine(
            seat_id=seat_id,
            label=SeatLabel(row=seat_id[0], number=seat_id[1:]),
            type="standard",
            price=price,
            base=price,
            tax=tax,
        )
        for seat_id, (price, tax) in seats.items()
    )
    subtotal, taxes = sum(line.price for line in lines), sum(line.tax for line in lines) + fee_taxes
    return Quote(
        lines=lines, subtotal=subtotal, fees=fees, taxes=taxes, total=subtotal + fees + taxes, currency=currency
    )


def a_sale(
    user_id: str = "usr_1",
    showtime_id: str | None = None,
    *,
    hold_id: str | None = None,
    quote: Quote | None = None,
    **fields: Any,
) -> Sale:
    """The sale of a hold on the quote's seats, C7 and C8 at 250 rupees each unless it says otherwise; the hold ends
    five minutes from now."""
    showtime = ShowtimeId(showtime_id or new_id("sho"))
    hold = HoldId(hold_id) if hold_id else new_hold_id(showtime)
    priced = quote or a_quote_of({"C7": (25_000, 0), "C8": (25_000, 0)}, fees=2_000, fee_taxes=360)
    values: dict[str, Any] = {
        "booking_id": booking_of(hold),
        "hold_id": hold,
        "payment_id": payment_of(hold),
        "showtime_id": showtime,
        "user_id": UserId(user_id),
        "seat_ids": tuple(line.seat_id for line in priced.lines),
        "quote": priced,
        "hold_expires_at": (datetime.now(UTC) + timedelta(minutes=5)).replace(microsecond=0),
        "showtime_revision": 1,
        "start_at": START,
    }
    return Sale.model_validate(values | fields)
