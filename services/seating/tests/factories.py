"""Values for seating's tests: showtimes, sales, and the events of others."""

import math
from datetime import UTC, datetime
from typing import Any

from tests import factories
from tests.factories import a_snapshot

from contracts.booking import BookingCancelled, SeatsCancelled
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import UserId, new_id
from contracts.payment import PaymentSucceeded
from contracts.prices import Quote
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


def a_showtime(**wishes: Any) -> Showtime:
    return Showtime.of(a_snapshot(**wishes))


def a_quote(showtime: Showtime, *seats: str) -> Quote:
    """At the prices of now, with the screen empty."""
    prices = seat_type_prices(showtime.snapshot, datetime.now(UTC), 0)
    chosen = showtime.seats_of(seats)
    return quote_of(showtime.snapshot.prices, chosen, [prices[seat.type] for seat in chosen])


def a_sale(snapshot: ShowtimeSnapshot, user: str, *seats: str, hold_id: str | None = None) -> Sale:
    """A sale of a hold, or of one that nobody here remembers; its hold's time is over now."""
    return factories.a_sale(
        user,
        snapshot.showtime_id,
        hold_id=hold_id,
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


def some_cancelled(sale: Sale, *seat_ids: str, number: int = 1) -> SeatsCancelled:
    """These seats of the sale were cancelled."""
    return SeatsCancelled(
        booking_id=sale.booking_id,
        version=3,
        user_id=sale.user_id,
        showtime_id=sale.showtime_id,
        reference="ABC",
        number=number,
        reason="by_guest",
        seat_ids=seat_ids,
        seat_labels=tuple(line.label for line in sale.quote.lines if line.seat_id in seat_ids),
        remaining_seat_ids=tuple(seat for seat in sale.seat_ids if seat not in seat_ids),
        refund=0,
        currency="INR",
        ticket_version=1 + number,
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
