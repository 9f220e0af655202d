"""Events that ask for mails."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from contracts.booking import (
    BookingCancelled,
    BookingRefused,
    BookingRescheduled,
    CancelledSeats,
    MovedSeats,
    ResendRequested,
    TicketIssued,
)
from contracts.identity import EmailChangeRequested, EmailVerificationRequested, GuestLinked, PasswordResetRequested
from contracts.ids import BookingId, HoldId, PaymentId, ShowtimeId, TheaterId, UserId, new_id
from contracts.layout import SeatLabel
from contracts.notify import WebhookDisabled
from contracts.payment import PaymentRefunded, PaymentRefundFailed
from contracts.prices import Charge, Quote, QuoteLine
from contracts.seating import WaitlistOffered
from contracts.shows import ShowDetails

QR_TEXT = "MQ2.ID0 PAYLOAD AND SIGNATURE"
LABELS = (SeatLabel(row="J", number="7"), SeatLabel(row="J", number="8"))
START = datetime(2030, 1, 15, 13, 0, tzinfo=UTC)


def a_booking_id() -> BookingId:
    return BookingId(new_id("bkg"))


def a_show(**more: Any) -> ShowDetails:
    values: dict[str, Any] = {
        "showtime_id": ShowtimeId("sho_1"),
        "start_at": START,
        "end_at": START + timedelta(hours=2),
        "timezone": "Asia/Kolkata",
        "movie_title": "The Long Reel",
        "theater_id": "thr_1",
        "theater_name": "Regal",
        "address": "1 Main Road, Chennai",
        "screen_name": "Screen 2",
        "language": "ta",
        "format": "2D",
    }
    return ShowDetails.model_validate(values | more)


def a_quote() -> Quote:
    lines = tuple(
        QuoteLine(
            seat_id=seat,
            label=label,
            type="standard",
            price=62_550,
            base=62_550,
            tax=0,
        )
        for seat, label in zip(("C7", "C8"), LABELS, strict=True)
    )
    return Quote(
        lines=lines,
        subtotal=125_100,
        fees=2_000,
        taxes=360,
        total=127_460,
        currency="INR",
        fee_lines=(Charge(name="Booking fee", amount=2_000),),
        tax_lines=(Charge(name="GST", amount=360),),
    )


def issued(booking_id: BookingId, *, version: int = 3, user_id: str = "usr_1", **show: Any) -> TicketIssued:
    return TicketIssued(
        booking_id=booking_id,
        version=version,
        user_id=UserId(user_id),
        showtime_id=ShowtimeId("sho_1"),
        reference="7KQ2M9XD",
        qr_text=QR_TEXT,
        show=a_show(**show),
        quote=a_quote(),
        confirmed_at=datetime.now(UTC),
        link_token="tok_1",
    )


def seats_cancelled(booking_id: BookingId, *, version: int = 5) -> TicketIssued:
    """The ticket of the seat that is left."""
    gone = CancelledSeats(seat_ids=("C8",), seat_labels=LABELS[1:], refund=62_550, currency="INR")
    changes = {"ticket_version": 2, "seat_ids": ("C7",), "cancelled": gone, "link_token": "tok2"}
    return issued(booking_id, version=version).model_copy(update=changes)


def seats_moved(booking_id: BookingId, *, version: int = 6, **more: Any) -> TicketIssued:
    """The ticket with another seat in place of J8."""
    now = SeatLabel(row="K", number="2")
    ticket = issued(booking_id, version=version)
    lines = (ticket.quote.lines[0], ticket.quote.lines[1].model_copy(update={"label": now}))
    moved = MovedSeats(number=1, reason="seat_blocked", sold_labels=LABELS[1:], seat_labels=(now,))
    quote = ticket.quote.model_copy(update={"lines": lines})
    changes = {"ticket_version": 2, "quote": quote, "moved": moved, "link_token": "tok3"}
    return ticket.model_copy(update=changes | more)


def verification(purpose: Literal["welcome", "verify", "change"]) -> EmailVerificationRequested:
    return EmailVerificationRequested(
        user_id=UserId("usr_1"),
        email="asha@example.com",
        name="Asha Rao",
        token="tok_3",
        purpose=purpose,
        expires_at=START,
    )


def email_change() -> EmailChangeRequested:
    return EmailChangeRequested(user_id=UserId("usr_1"), email="asha@example.com", name="Asha Rao", request_id="req_1")


def guest_linked() -> GuestLinked:
    return GuestLinked(user_id=UserId("usr_1"), guest_id=UserId("usr_2"), email="asha@example.com", name="Asha Rao")


def webhook_disabled(reason: Literal["failing", "gone"]) -> WebhookDisabled:
    return WebhookDisabled(
        webhook_id="whk_01m8kxb1zhepstkgm68a7pym27",
        user_id=UserId("usr_1"),
        url="https://partner.example/hook?token=secret",
        reason=reason,
        failing_since=START,
        number=1,
        at=START,
    )


def password_reset() -> PasswordResetRequested:
    return PasswordResetRequested(
        user_id=UserId("usr_1"), email="asha@example.com", name="Asha Rao", token="tok_4", expires_at=START
    )


def refund_failed(booking_id: BookingId, *, number: int = 0) -> PaymentRefundFailed:
    return PaymentRefundFailed(
        payment_id=PaymentId("pay_1"),
        booking_id=booking_id,
        refund_key="refund_pay_x",
        capture_id="pay_x",
        amount=127_460,
        currency="INR",
        reason="by_guest",
        of_booking=True,
        detail="insufficient balance",
        number=number,
    )


def resend(booking_id: BookingId, *, number: int = 1, version: int = 3) -> ResendRequested:
    ticket = issued(booking_id, version=version)
    return ResendRequested(
        booking_id=booking_id,
        version=version,
        user_id=ticket.user_id,
        showtime_id=ticket.showtime_id,
        number=number,
        ticket_version=ticket.ticket_version,
        ticket=ticket,
    )


def cancelled(booking_id: BookingId, *, version: int = 4, refund: int = 127_460) -> BookingCancelled:
    return BookingCancelled(
        booking_id=booking_id,
        version=version,
        user_id=UserId("usr_1"),
        showtime_id=ShowtimeId("sho_1"),
        reference="7KQ2M9XD",
        reason="by_guest",
        seat_ids=("C7", "C8"),
        seat_labels=LABELS,
        refund=refund,
        currency="INR",
        show=a_show(),
        was_confirmed=True,
    )


def waitlist_offered() -> WaitlistOffered:
    """Two seats, held for an hour."""
    return WaitlistOffered(
        entry_id="wtl_01m8kxb1zhepstkgm68a7pym27",
        user_id=UserId("usr_1"),
        showtime_id=ShowtimeId("sho_01m8kxb1zhepstkgm68a7pym28"),
        theater_id=TheaterId("thr_1"),
        hold_id=HoldId("hld_01m8kxb1zhepstkgm68a7pym2701m8kxb1zhepstkgm68a7pym28"),
        seat_ids=("C7", "C8"),
        seat_labels=LABELS,
        total=127_460,
        currency="INR",
        expires_at=START - timedelta(hours=1),
        show=a_show(),
    )


def refused(booking_id: BookingId) -> BookingRefused:
    return BookingRefused(
        booking_id=booking_id,
        version=3,
        user_id=UserId("usr_1"),
        showtime_id=ShowtimeId("sho_1"),
        reference="7KQ2M9XD",
        reason="seats_lost",
        seat_ids=("C7", "C8"),
        seat_labels=LABELS,
        refund=127_460,
        currency="INR",
    )


def rescheduled(
    booking_id: BookingId, *, version: int = 5, revision: int = 2, previous_start_at: datetime = START
) -> BookingRescheduled:
    return BookingRescheduled(
        booking_id=booking_id,
        version=version,
        user_id=UserId("usr_1"),
        showtime_id=ShowtimeId("sho_1"),
        reference="7KQ2M9XD",
        previous_start_at=previous_start_at,
        show=a_show(start_at=START + timedelta(hours=3)),
        revision=revision,
    )


def money_back(booking_id: BookingId, **more: Any) -> PaymentRefunded:
    values: dict[str, Any] = {
        "payment_id": PaymentId("pay_1"),
        "booking_id": booking_id,
        "refund_key": "refund_pay_x",
        "capture_id": "pay_x",
        "amount": 127_460,
        "currency": "INR",
        "reason": "by_guest",
        "of_booking": True,
        "provider_refund_id": "rfnd_1",
        "refunded_at": datetime.now(UTC),
    }
    return PaymentRefunded.model_validate(values | more)
