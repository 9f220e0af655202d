"""How a booking looks from outside."""

from contracts.catalog import ShowtimeSnapshot
from contracts.prices import QuoteLine

from booking.records import Booking
from booking.schemas import BookingBody, RefundBody, SeatBody, ShowtimeBody
from booking.shows import show_of


def shaped(booking: Booking, snapshot: ShowtimeSnapshot | None) -> BookingBody:
    """The body of a booking, its show as the newest snapshot has it."""
    sale, standing, ended = booking.sale, booking.standing, booking.facts.ended
    refund = None
    if standing.refund is not None and standing.refund_status is not None:
        refund = RefundBody(amount=standing.refund, status=standing.refund_status)
    return BookingBody.model_validate({
        "id": booking.id, "reference": booking.reference, "status": standing.status, "reason": standing.reason,
        "showtime": _showtime(booking, snapshot), "seats": [_seat(line) for line in sale.quote.lines],
        "amount": sale.quote.total, "fees": sale.quote.fees, "taxes": sale.quote.taxes,
        "currency": sale.quote.currency, "payment_id": sale.payment_id, "qr_code": booking.admits,
        "created_at": booking.created_at, "confirmed_at": booking.confirmed_at,
        "cancelled_at": ended.at if ended and standing.status == "cancelled" else None, "refund": refund,
    })  # fmt: skip


def _seat(line: QuoteLine) -> SeatBody:
    return SeatBody(seat_id=line.seat_id, type=line.type, price=line.price)


def _showtime(booking: Booking, snapshot: ShowtimeSnapshot | None) -> ShowtimeBody:
    show = show_of(snapshot) if snapshot else booking.facts.show
    if show is None:
        return ShowtimeBody(id=booking.sale.showtime_id)
    return ShowtimeBody(id=show.showtime_id, **show.model_dump(include=set(ShowtimeBody.model_fields) - {"id"}))
