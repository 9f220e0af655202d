"""Facts and events as tests need them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.catalog import (
    MovieDetails,
    ScreenDetails,
    ShowtimeCancelled,
    ShowtimeChanged,
    ShowtimeScheduled,
    ShowtimeSnapshot,
    TheaterDetails,
)
from contracts.ids import (
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
from contracts.layout import Layout, SeatLabel
from contracts.payment import OrderCreated, PaymentRefunded, PaymentRefundFailed, PaymentSucceeded
from contracts.prices import Charge, PriceTable, Quote, QuoteLine
from contracts.sale import Sale
from contracts.seating import HoldExtended, SeatsRefused, SeatsSold

DAY, HOUR = 86_400.0, 3_600.0
TICKET_SEED = bytes(range(32))
_BEGAN = datetime.now(UTC).replace(microsecond=0)


def starts_at(starts_in: float = DAY) -> datetime:
    """So many seconds after the tests began: a sale and a snapshot of the same show agree."""
    return _BEGAN + timedelta(seconds=starts_in)


def a_quote(*seat_ids: str, price: int = 25_000, fees: int = 2_000, taxes: int = 360) -> Quote:
    """Each seat at the same price; taxes on the fees alone."""
    quote = a_quote_of(dict.fromkeys(seat_ids, (price, 0)), fees=fees, fee_taxes=taxes)
    charges = {
        "fee_lines": (Charge(name="Booking fee", amount=fees),),
        "tax_lines": (Charge(name="GST", amount=taxes),),
    }
    return quote.model_copy(update=charges)


def a_quote_of(
    seats: Mapping[str, tuple[int, int]], *, fees: int = 0, fee_taxes: int = 0, currency: str = "INR"
) -> Quote:
    """Price and tax of each seat."""
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


def a_sale(user_id: str = "usr_1", showtime_id: str | None = None, *, expires_in: float = 300, **more: Any) -> Sale:
    showtime = ShowtimeId(showtime_id or new_id("sho"))
    hold_id = new_hold_id(showtime)
    expires_at = (datetime.now(UTC) + timedelta(seconds=expires_in)).replace(microsecond=0)
    values: dict[str, Any] = {
        "seat_ids": ("C7", "C8"),
        "quote": a_quote("C7", "C8"),
        "showtime_revision": 1,
        "start_at": starts_at(),
    }
    return Sale(
        booking_id=booking_of(hold_id),
        hold_id=hold_id,
        payment_id=payment_of(hold_id),
        showtime_id=showtime,
        user_id=UserId(user_id),
        hold_expires_at=expires_at,
        **(values | more),
    )


def a_snapshot(showtime_id: str, *, revision: int = 1, starts_in: float = DAY, **more: Any) -> ShowtimeSnapshot:
    start_at = starts_at(starts_in)
    theater: dict[str, Any] = {
        "theater_id": TheaterId(new_id("thr")),
        "name": "Regal",
        "address": "1 Main Road",
        "city": "Chennai",
        "timezone": "Asia/Kolkata",
    }
    values: dict[str, Any] = {
        "showtime_id": showtime_id,
        "revision": revision,
        "status": "scheduled",
        "start_at": start_at,
        "end_at": start_at + timedelta(hours=2),
        "language": "ta",
        "format": "2D",
        "movie": MovieDetails(movie_id=MovieId(new_id("mov")), title="The Long Reel", runtime_minutes=120),
        "theater": TheaterDetails.model_validate(theater | more.pop("theater", {})),
        "screen": ScreenDetails(screen_id=ScreenId(new_id("scr")), name="Screen 2"),
        "layout": Layout(rows=5, cols=10),
        "prices": PriceTable(base_price=25_000, currency="INR"),
    }
    return ShowtimeSnapshot.model_validate(values | more)


def showtime_scheduled(snapshot: ShowtimeSnapshot) -> ShowtimeScheduled:
    return ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot)


def showtime_changed(snapshot: ShowtimeSnapshot) -> ShowtimeChanged:
    return ShowtimeChanged(showtime_id=snapshot.showtime_id, snapshot=snapshot)


def showtime_cancelled(showtime_id: str, *, revision: int = 2) -> ShowtimeCancelled:
    snapshot = a_snapshot(showtime_id, revision=revision, status="cancelled")
    return ShowtimeCancelled(showtime_id=snapshot.showtime_id, snapshot=snapshot)


def order_of(sale: Sale) -> str:
    return f"order_{sale.booking_id[-14:]}"


def capture_of(sale: Sale) -> str:
    return f"pay_{sale.booking_id[-14:]}"


def order_created(sale: Sale) -> OrderCreated:
    return OrderCreated(payment_id=sale.payment_id, sale=sale, provider="razorpay", order_id=order_of(sale))


def succeeded(sale: Sale) -> PaymentSucceeded:
    return PaymentSucceeded(
        payment_id=sale.payment_id,
        sale=sale,
        provider="razorpay",
        order_id=order_of(sale),
        capture_id=capture_of(sale),
        amount=sale.quote.total,
        currency="INR",
        captured_at=datetime.now(UTC),
    )


def free_of_charge(sale: Sale) -> PaymentSucceeded:
    """What payment says of a sale that costs nothing."""
    return PaymentSucceeded(
        payment_id=sale.payment_id,
        sale=sale,
        provider="free",
        capture_id=capture_of(sale),
        amount=0,
        currency="INR",
        captured_at=datetime.now(UTC),
    )


def seats_sold(sale: Sale) -> SeatsSold:
    return SeatsSold(booking_id=sale.booking_id, showtime_id=sale.showtime_id, seat_ids=sale.seat_ids)


def hold_extended(sale: Sale, *, seconds: float = 600) -> HoldExtended:
    """To so long after the end that the sale knows."""
    return HoldExtended(
        booking_id=sale.booking_id,
        hold_id=sale.hold_id,
        showtime_id=sale.showtime_id,
        expires_at=sale.hold_expires_at + timedelta(seconds=seconds),
    )


def seats_refused(sale: Sale, reason: Any = "seats_lost") -> SeatsRefused:
    return SeatsRefused(booking_id=sale.booking_id, showtime_id=sale.showtime_id, seat_ids=sale.seat_ids, reason=reason)


def refunded(sale: Sale, number: int = 1, *, of_booking: bool = True) -> PaymentRefunded:
    return PaymentRefunded(
        **_of_refund(sale),
        of_booking=of_booking,
        provider_refund_id=f"rfnd_{number}",
        refunded_at=datetime.now(UTC),
        number=number,
    )


def refund_failed(sale: Sale, number: int = 1) -> PaymentRefundFailed:
    return PaymentRefundFailed(**_of_refund(sale), of_booking=True, detail="it failed", number=number)


def by_hand(sale: Sale, amount: int, number: int = 1) -> PaymentRefunded:
    """Made by somebody in the provider's dashboard."""
    about = {**_of_refund(sale), "refund_key": f"hand_rfnd_{number}", "amount": amount, "reason": "by_hand"}
    return PaymentRefunded(**about, of_booking=True, provider_refund_id=f"rfnd_{number}", refunded_at=datetime.now(UTC))


def by_hand_failed(sale: Sale, amount: int, number: int = 1) -> PaymentRefundFailed:
    about = {**_of_refund(sale), "refund_key": f"hand_rfnd_{number}", "amount": amount, "reason": "by_hand"}
    return PaymentRefundFailed(**about, of_booking=True, detail="it failed", number=1)


def _of_refund(sale: Sale) -> dict[str, Any]:
    return {
        "payment_id": sale.payment_id,
        "booking_id": sale.booking_id,
        "refund_key": f"refund_{capture_of(sale)}",
        "capture_id": capture_of(sale),
        "amount": sale.quote.total,
        "currency": "INR",
        "reason": "seats_lost",
    }
