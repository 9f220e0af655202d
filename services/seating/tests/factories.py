"""Values for seating's tests: showtimes, sales, and the events of others."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.booking import BookingCancelled
from contracts.catalog import MovieDetails, ScreenDetails, ShowtimeSnapshot, TheaterDetails
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
from contracts.layout import Layout
from contracts.payment import PaymentSucceeded
from contracts.prices import PriceTable, Quote
from contracts.sale import Sale
from pricing import quote_of, seat_type_prices
from seating.domain import CheckedOutHold, Ledger, Showtime
from seating.usecases.ports import Claim
from stack.keys import Signer

SIGNER = Signer()


def a_token(user_id: str) -> str:
    return SIGNER.token(user_id, "user")


def a_user() -> UserId:
    return UserId(new_id("usr"))


def a_snapshot(
    *,
    rows: int = 5,
    cols: int = 8,
    layout: dict[str, Any] | None = None,
    prices: dict[str, Any] | None = None,
    starts_in: timedelta = timedelta(days=2),
    forbids_single_seats: bool = False,
    **fields: Any,
) -> ShowtimeSnapshot:
    """A showtime of 40 seats in two days, at 100 rupees each; `fields` are of the snapshot itself."""
    start = datetime.now(UTC).replace(microsecond=0) + starts_in
    theater = TheaterDetails(
        theater_id=TheaterId("thr_1"),
        name="Regal",
        address="1 Road",
        city="Pune",
        timezone="Asia/Kolkata",
        forbids_single_seats=forbids_single_seats,
    )
    defaults: dict[str, Any] = {
        "showtime_id": ShowtimeId(new_id("sho")),
        "revision": 1,
        "status": "scheduled",
        "start_at": start,
        "end_at": start + timedelta(hours=2),
        "language": "en",
        "format": "2D",
        "movie": MovieDetails(movie_id=MovieId("mov_1"), title="A Movie", runtime_minutes=100),
        "theater": theater,
        "screen": ScreenDetails(screen_id=ScreenId("scr_1"), name="Screen 1"),
        "layout": Layout(**(layout or {"rows": rows, "cols": cols})),
        "prices": PriceTable(**(prices or {"base_price": 10_000, "currency": "INR"})),
    }
    return ShowtimeSnapshot(**defaults | fields)


def a_showtime(**wishes: Any) -> Showtime:
    return Showtime.of(a_snapshot(**wishes))


def a_quote(showtime: Showtime, *seats: str) -> Quote:
    """At the prices of now, with the screen empty."""
    prices = seat_type_prices(showtime.snapshot, datetime.now(UTC), 0)
    return quote_of(showtime.snapshot.prices, showtime.seats_of(seats), prices)


def a_sale(snapshot: ShowtimeSnapshot, user: str, *seats: str, hold_id: str | None = None) -> Sale:
    """A sale of a hold, or of one that nobody here remembers; its hold's time is over now."""
    of = HoldId(hold_id) if hold_id else new_hold_id(snapshot.showtime_id)
    return Sale(
        booking_id=booking_of(of),
        hold_id=of,
        payment_id=payment_of(of),
        user_id=UserId(user),
        showtime_id=snapshot.showtime_id,
        seat_ids=seats,
        quote=a_quote(Showtime.of(snapshot), *seats),
        hold_expires_at=datetime.now(UTC),
        showtime_revision=snapshot.revision,
        start_at=snapshot.start_at,
    )


def a_checked_out_hold(sale: Sale, until: datetime) -> CheckedOutHold:
    """The hold of this sale, in checkout until then."""
    return CheckedOutHold(sale.hold_id, sale.showtime_id, sale.user_id, sale.seat_ids, sale.quote, until, refreshes=0)


def a_ledger(snapshot: ShowtimeSnapshot, **fields: Any) -> Ledger:
    """The showtime's ledger before anything is sold."""
    defaults: dict[str, Any] = {"rev": 1, "revision": snapshot.revision, "starts_at": snapshot.start_at}
    return Ledger(showtime_id=snapshot.showtime_id, **defaults | fields)


def a_cancellation(sale: Sale, *, was_confirmed: bool = True) -> BookingCancelled:
    return BookingCancelled(
        booking_id=sale.booking_id,
        version=3,
        user_id=sale.user_id,
        showtime_id=sale.showtime_id,
        reference="ABC",
        reason="by_guest",
        seat_ids=sale.seat_ids,
        seat_labels=tuple(line.label for line in sale.quote.lines),
        refund=0,
        currency="INR",
        was_confirmed=was_confirmed,
    )


def a_claim(at: datetime, *, granted: bool = True) -> Claim:
    """One that is never over."""
    return Claim(granted, at, deadline=math.inf)


def a_payment(sale: Sale) -> PaymentSucceeded:
    return PaymentSucceeded(
        payment_id=sale.payment_id,
        sale=sale,
        provider="razorpay",
        order_id="order_1",
        capture_id="cap_1",
        amount=sale.quote.total,
        currency=sale.quote.currency,
        captured_at=datetime.now(UTC),
    )


def payment_seconds_of(hold_seconds: float) -> float:
    """In tests a checkout stretches a hold that is to end soon to twice its time."""
    return min(300, 2 * hold_seconds)
