"""booking's HTTP bodies."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag

from booking.domain.advance import BookingState, RefundStatus, Status
from booking.domain.booking import Booking
from booking.domain.cancelling import CancelQuote
from booking.usecases.lookup import BookingWithShow
from chassis.bodies import Absent, RequestBody, ResponseBody, body_as, read_json
from chassis.jwk import PublicKeyView
from contracts.layout import SeatLabel
from contracts.money import Currency, MinorUnits
from contracts.prices import QuoteLine
from tickets.references import ALPHABET

ProviderText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
ExpectedRefund = Annotated[int, Field(strict=True, ge=0, le=10**12, description="minor units")]
SeatId = Annotated[str, Field(min_length=1, max_length=8, examples=["C7"])]


class RazorpayConfirmation(RequestBody):
    """What Razorpay Checkout handed to the page."""

    order_id: ProviderText
    razorpay_payment_id: ProviderText
    razorpay_signature: ProviderText

    @property
    def provider_order_id(self) -> str:
        """The provider's id of the order."""
        return self.order_id


class StripeConfirmation(RequestBody):
    """The payment intent that was confirmed on the page."""

    payment_intent_id: ProviderText

    @property
    def provider_order_id(self) -> str:
        """The provider's id of the order."""
        return self.payment_intent_id


def _provider_of(body: Any) -> str:
    return "stripe" if isinstance(body, dict) and "paymentIntentId" in body else "razorpay"


ConfirmBody = Annotated[
    Annotated[RazorpayConfirmation, Tag("razorpay")] | Annotated[StripeConfirmation, Tag("stripe")],
    Discriminator(_provider_of),
]


def confirm_body(raw: bytes) -> ConfirmBody:
    """The body of a request that is read past the framework; raises what the framework would raise."""
    try:
        provider = _provider_of(read_json(raw))
    except ValueError:
        provider = "razorpay"  # whose reader says what is wrong with the text
    return body_as(StripeConfirmation, raw) if provider == "stripe" else body_as(RazorpayConfirmation, raw)


class CancelBody(RequestBody):
    """Which seats, all where none is named; where `expectedRefund` is given, cancelling must give back exactly this
    much."""

    seat_ids: Annotated[list[SeatId], Field(min_length=1, max_length=50)] | None = None
    expected_refund: ExpectedRefund | None = None


class BookedShowtimeView(ResponseBody):
    """The show; what is null is not known here yet."""

    id: str
    start_at: datetime | None = None
    timezone: str | None = None
    movie_title: str | None = None
    poster: str | None = None
    theater_name: str | None = None
    address: str | None = None
    screen_name: str | None = None
    language: str | None = None
    format: str | None = None

    @classmethod
    def of(cls, shown: BookingWithShow) -> Self:
        """Its id alone while the show is not known."""
        show = shown.show
        if show is None:
            return cls(id=shown.booking.sale.showtime_id)
        return cls(id=show.showtime_id, **show.model_dump(include=set(cls.model_fields) - {"id"}))


class BoughtSeatView(ResponseBody):
    """The seat that was bought, and what is painted on it."""

    seat_id: str
    label: SeatLabel


class BookedSeatView(ResponseBody):
    """A seat where it is now, what is painted on it, and its price before fees and taxes. `movedFrom` is the seat that
    was bought, where the theater has moved it. `cancelled`: it is free again, while others of the booking may stay
    booked."""

    seat_id: str
    label: SeatLabel
    type: str
    ticket_type: str
    price: MinorUnits
    status: Literal["booked", "cancelled"]
    moved_from: Absent[BoughtSeatView] = None

    @classmethod
    def of(cls, line: QuoteLine, booking: Booking) -> Self:
        is_cancelled = booking.state.status == "cancelled" or line.seat_id in booking.facts.cancelled_seats
        places = booking.facts.places
        seat_id, shown = places.seat_id(line.seat_id), places.line(line)
        return cls(
            seat_id=seat_id,
            label=shown.label,
            type=shown.type,
            ticket_type=line.ticket_type,
            price=line.price,
            status="cancelled" if is_cancelled else "booked",
            moved_from=None if seat_id == line.seat_id else BoughtSeatView(seat_id=line.seat_id, label=line.label),
        )


class BookingRefundView(ResponseBody):
    """All that goes back to the guest, by whomever, and how far it is."""

    amount: MinorUnits
    status: RefundStatus

    @classmethod
    def of(cls, state: BookingState) -> Self | None:
        """None where nothing goes back."""
        if state.refund is None or state.refund_status is None:
            return None
        return cls(amount=state.refund, status=state.refund_status)


class BookingView(ResponseBody):
    """A booking; `amount` is the quote's total, or 0 of one that was given away at the counter: then its seats alone
    have prices. `qrCode` is the signed ticket text while it is valid."""

    id: str
    reference: Annotated[str, Field(pattern=f"^[{ALPHABET}]{{8}}$")]
    status: Status
    reason: Absent[Literal["not_paid", "seats_lost", "showtime_cancelled", "too_late", "by_guest", "by_theater"]] = None
    showtime: BookedShowtimeView
    seats: list[BookedSeatView]
    amount: MinorUnits
    fees: MinorUnits
    taxes: MinorUnits
    currency: Currency
    payment_id: str
    qr_code: str | None
    created_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    refund: Absent[BookingRefundView] = None
    invoice_number: Absent[str] = None

    @classmethod
    def of(cls, shown: BookingWithShow) -> Self:
        """As its guest sees it."""
        booking = shown.booking
        sale, state, ended = booking.sale, booking.state, booking.facts.ended
        values = {
            "id": booking.id,
            "reference": booking.reference,
            "status": state.status,
            "reason": state.reason,
            "showtime": BookedShowtimeView.of(shown),
            "seats": [BookedSeatView.of(line, booking) for line in sale.quote.lines],
            "amount": booking.amount,
            "fees": 0 if booking.is_complimentary else sale.quote.fees,
            "taxes": 0 if booking.is_complimentary else sale.quote.taxes,
            "currency": sale.quote.currency,
            "payment_id": sale.payment_id,
            "qr_code": booking.valid_ticket,
            "created_at": booking.created_at,
            "confirmed_at": booking.confirmed_at,
            "cancelled_at": ended.at if ended and state.status == "cancelled" else None,
            "refund": BookingRefundView.of(state),
            "invoice_number": booking.number_of(booking.invoice) if booking.invoice else None,
        }
        return cls.model_validate(values)


class ReadBookingView(BookingView):
    """A booking as it is read; by the link of a mail it is without `paymentId`."""

    payment_id: Absent[str] = None  # type: ignore[assignment]  # what the link may not show


class ResendView(ResponseBody):
    """The ticket goes out once more; `number` counts the requests for this booking."""

    booking_id: str
    number: int

    @classmethod
    def of(cls, booking: Booking) -> Self:
        return cls(booking_id=booking.id, number=len(booking.facts.resends))


class TierView(ResponseBody):
    """While at least so many hours are left before the start, so much of price and tax comes back."""

    hours_before: Annotated[float, Field(ge=0)]
    refund_percent: Annotated[int, Field(ge=0, le=100)]


class CancelQuoteView(ResponseBody):
    """What cancelling these seats would bring, until the next tier counts: kept + refund = paid."""

    seat_ids: list[str]
    paid: MinorUnits
    kept: MinorUnits
    refund: MinorUnits
    currency: Currency
    tier: TierView
    fees_refunded: bool
    valid_until: datetime

    @classmethod
    def of(cls, quote: CancelQuote) -> Self:
        money, terms = quote.money, quote.terms
        return cls(
            seat_ids=list(quote.shown_ids),
            paid=money.paid,
            kept=money.kept,
            refund=money.refund,
            currency=quote.currency,
            tier=TierView(**terms.tier.model_dump()),
            fees_refunded=terms.fees_refunded,
            valid_until=terms.ends_at,
        )


class TicketKeyView(PublicKeyView):
    """The public key of tickets, as a JWK (RFC 8037); a ticket code holds the first 4 bytes of the `kid`."""

    kid: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$", examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])]
    """The key's thumbprint (RFC 7638)."""


class TicketKeysView(ResponseBody):
    """The keys that tickets are verified with, as a JWK Set (RFC 7517)."""

    keys: Annotated[list[TicketKeyView], Field(min_length=1)]
