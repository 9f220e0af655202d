"""Refunds that support grants: money goes back, the ticket stays as it is."""

from dataclasses import dataclass
from datetime import datetime

from booking.domain.booking import Booking
from booking.domain.cancelling import CannotCancel, refund_split, seats_named
from booking.domain.facts import Facts, Grant
from contracts.ids import UserId


class NothingLeft(Exception):
    """So much is not left to give back; `left` is, in minor units."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} are left to give back")
        self.left = left


@dataclass(frozen=True, slots=True)
class SupportRefund:
    """Who of the theater gives money back, why, and how much of what these seats cost: all that is left of it where no
    `amount` is named, of all seats where none is. Seats are named as pages show them."""

    user_id: UserId
    note: str
    amount: int | None = None
    seat_ids: tuple[str, ...] = ()


def refunded_by_support(booking: Booking | None, refund: SupportRefund, now: datetime) -> Facts:
    """The fact that support grants a refund. Raises `NothingLeft`, `SeatsNotBooked`, and `CannotCancel` while the
    guest's bank decides on the money."""
    if booking is None or booking.state.status in {"pending", "expired"}:
        raise NothingLeft(0)
    seat_ids = seats_named(booking, refund.seat_ids)
    if booking.facts.is_disputed:
        raise CannotCancel("disputed", "the payment is disputed at the guest's bank, and decided there")
    left = _left_of(booking, seat_ids or booking.sale.seat_ids)
    amount = left if refund.amount is None else refund.amount
    if not 0 < amount <= left:
        raise NothingLeft(left)
    grant = Grant(
        number=len(booking.facts.grants) + 1,
        amount=amount,
        by="by_theater",
        at=now,
        for_seats=tuple(seat for seat in booking.sale.seat_ids if seat in seat_ids),
        user_id=refund.user_id,
        note=refund.note,
    )
    return Facts(grants=(grant,))


def _left_of(booking: Booking, seat_ids: tuple[str, ...]) -> int:
    """What these seats cost and has not gone back; never more than is left of the capture after the booking's end."""
    left_of_capture = booking.facts.captured - (booking.state.refund or 0)
    if set(seat_ids) == set(booking.sale.seat_ids):
        return left_of_capture
    return min(left_of_capture, refund_split(booking, None, seat_ids).paid)
