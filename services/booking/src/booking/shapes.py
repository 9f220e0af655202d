"""How a booking looks from outside."""

from booking.cancelling import CancelQuote
from booking.records import Booking
from booking.schemas import (
    BookedSeatView,
    BookedShowtimeView,
    BookingRefundView,
    BookingView,
    CancelQuoteView,
    TierView,
)
from booking.shows import show_of
from contracts.catalog import ShowtimeSnapshot
from contracts.prices import QuoteLine


def shaped(booking: Booking, snapshot: ShowtimeSnapshot | None) -> BookingView:
    """The body of a booking, its show as the newest snapshot has it."""
    sale, standing, ended = booking.sale, booking.standing, booking.facts.ended
    refund = None
    if standing.refund is not None and standing.refund_status is not None:
        refund = BookingRefundView(amount=standing.refund, status=standing.refund_status)
    return BookingView.model_validate(
        {
            "id": booking.id,
            "reference": booking.reference,
            "status": standing.status,
            "reason": standing.reason,
            "showtime": _showtime(booking, snapshot),
            "seats": [_seat(line) for line in sale.quote.lines],
            "amount": sale.quote.total,
            "fees": sale.quote.fees,
            "taxes": sale.quote.taxes,
            "currency": sale.quote.currency,
            "payment_id": sale.payment_id,
            "qr_code": booking.admits,
            "created_at": booking.created_at,
            "confirmed_at": booking.confirmed_at,
            "cancelled_at": ended.at if ended and standing.status == "cancelled" else None,
            "refund": refund,
        }
    )


def shaped_quote(quote: CancelQuote) -> CancelQuoteView:
    """The body of a cancel quote."""
    money, terms = quote.money, quote.terms
    return CancelQuoteView(
        seat_ids=list(quote.seat_ids),
        paid=money.paid,
        kept=money.kept,
        refund=money.refund,
        currency=quote.currency,
        tier=TierView(**terms.tier.model_dump()),
        fees_refunded=terms.fees_refunded,
        valid_until=terms.ends_at,
    )


def _seat(line: QuoteLine) -> BookedSeatView:
    return BookedSeatView(seat_id=line.seat_id, label=line.label, type=line.type, price=line.price)


def _showtime(booking: Booking, snapshot: ShowtimeSnapshot | None) -> BookedShowtimeView:
    show = show_of(snapshot) if snapshot else booking.facts.show
    if show is None:
        return BookedShowtimeView(id=booking.sale.showtime_id)
    return BookedShowtimeView(
        id=show.showtime_id, **show.model_dump(include=set(BookedShowtimeView.model_fields) - {"id"})
    )
