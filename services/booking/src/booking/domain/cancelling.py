"""Cancelling, decided once for all: what it would bring now, and the fact that a guest or the theater did it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.domain.advance import Status
from booking.domain.booking import Booking
from booking.domain.facts import Ended, Facts, Grant
from booking.domain.policy import RefundSplit, Return, Terms, split_refund, terms_at
from booking.domain.reseating import sold_as
from booking.domain.shows import facts_of_show, show_of
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import UserId
from contracts.money import Currency

RefundChoice = Literal["full", "policy", "none"]
Obstacle = Status | Literal["too_late", "disputed"]


class CannotCancel(Exception):
    """The booking or its show is in a state that does not allow it: `obstacle`, a word that clients know."""

    def __init__(self, obstacle: Obstacle, detail: str) -> None:
        super().__init__(detail)
        self.obstacle = obstacle


class SeatsNotBooked(Exception):
    """The booking does not have these seats."""

    def __init__(self, seat_ids: list[str]) -> None:
        super().__init__(f"the booking does not have {seat_ids}")
        self.seat_ids = seat_ids


class RefundDiffers(Exception):
    """Cancelling now gives back `refund`, in minor units, and not what was expected."""

    def __init__(self, refund: int, currency: Currency) -> None:
        super().__init__(f"the refund is {refund} {currency} by now")
        self.refund, self.currency = refund, currency


@dataclass(frozen=True, slots=True)
class CancelQuote:
    """What cancelling these seats would bring, while its terms hold; `shown_ids` is where they are."""

    seat_ids: tuple[str, ...]
    shown_ids: tuple[str, ...]
    money: RefundSplit
    terms: Terms
    currency: Currency


@dataclass(frozen=True, slots=True)
class TheaterCancellation:
    """Who of the theater cancels a booking, why, and how much goes back."""

    user_id: UserId
    note: str
    refund: RefundChoice


def cancel_quote(
    booking: Booking | None, snapshot: ShowtimeSnapshot, now: datetime, seat_ids: Collection[str] = ()
) -> CancelQuote:
    """The quote for these seats, named as pages show them; for all where none is. Raises `CannotCancel`,
    `SeatsNotBooked`."""
    booking = _with_status(booking, "confirmed")
    if snapshot.status == "cancelled":
        raise CannotCancel("cancelled", "the show is cancelled, all goes back by itself")
    if booking.facts.is_disputed:
        raise CannotCancel("disputed", "the payment is disputed at the guest's bank, and decided there")
    seat_ids = seats_named(booking, seat_ids)
    terms = _terms(booking, snapshot, now)
    if terms is None:
        raise CannotCancel("too_late", "it is too late to cancel")
    chosen = tuple(seat for seat in booking.facts.booked_seats if not seat_ids or seat in seat_ids)
    shown = tuple(map(booking.facts.places.seat_id, chosen))
    return CancelQuote(chosen, shown, refund_split(booking, terms, chosen), terms, booking.sale.quote.currency)


def cancelled_by_guest(
    booking: Booking | None,
    snapshot: ShowtimeSnapshot,
    now: datetime,
    *,
    expected_refund: int | None,
    seat_ids: Collection[str] = (),
) -> Facts:
    """The fact that the guest cancelled these seats, or all; none when they were cancelled before, and the show's end
    where the show is cancelled. Raises `CannotCancel`, `SeatsNotBooked`, and `RefundDiffers` where another refund was
    expected."""
    if booking:
        named = seats_named(booking, seat_ids)
        if booking.state.status == "cancelled" or (named and booking.facts.cancelled_seats.issuperset(named)):
            return Facts()
    booking = _with_status(booking, "confirmed")
    if snapshot.status == "cancelled":
        return facts_of_show(snapshot, booking, now)
    quote = cancel_quote(booking, snapshot, now, seat_ids)
    if expected_refund not in {None, quote.money.refund}:
        raise RefundDiffers(quote.money.refund, quote.currency)
    if quote.seat_ids != booking.facts.booked_seats:
        return Facts(grants=(_grant(booking, quote, now),), show=show_of(snapshot))
    ended = Ended(
        by="by_guest",
        at=now,
        refund=quote.money.refund,
        returned_by_hand=booking.facts.returned_by_hand,
        granted=booking.facts.granted,
        terms=quote.terms,
    )
    return Facts(ended=ended, show=show_of(snapshot))


def _grant(booking: Booking, quote: CancelQuote, now: datetime) -> Grant:
    """What the guest gets for some of the seats; the others stay booked."""
    return Grant(
        number=len(booking.facts.grants) + 1,
        amount=quote.money.refund,
        by="by_guest",
        at=now,
        seat_ids=quote.seat_ids,
        ticket_version=booking.facts.ticket_version + 1,
        terms=quote.terms,
    )


def cancelled_by_theater(
    booking: Booking | None, snapshot: ShowtimeSnapshot, now: datetime, cancellation: TheaterCancellation
) -> Facts:
    """The fact that somebody of the theater cancelled; none when that was done before, and the show's end where the
    show is cancelled. Raises `CannotCancel`; when it is too late for a guest the policy gives nothing back."""
    if booking and booking.state.reason == "by_theater":
        return Facts()
    booking = _with_status(booking, "confirmed", "checked_in")
    if snapshot.status == "cancelled":
        return facts_of_show(snapshot, booking, now)
    refund, terms = 0 if cancellation.refund == "none" else None, None
    if cancellation.refund == "policy":
        terms = _terms(booking, snapshot, now)
        refund = refund_split(booking, terms, booking.facts.booked_seats).refund
    ended = Ended(
        by="by_theater",
        at=now,
        refund=refund,
        returned_by_hand=booking.facts.returned_by_hand,
        granted=booking.facts.granted,
        terms=terms,
        user_id=cancellation.user_id,
        note=cancellation.note,
    )
    return Facts(ended=ended, show=show_of(snapshot))


def _with_status(booking: Booking | None, *statuses: Status) -> Booking:
    """The booking, if it has one of these statuses. Raises `CannotCancel`."""
    status = booking.state.status if booking else "pending"
    if booking is not None and status in statuses:
        return booking
    if status == "pending":
        raise CannotCancel(status, "it is not confirmed: let the hold go instead")
    raise CannotCancel(status, f"the booking is {status}")


def _terms(booking: Booking, snapshot: ShowtimeSnapshot, now: datetime) -> Terms | None:
    """The terms of the sale's policy at `now`; None when it is too late. A move of the show counts as soon as its
    snapshot is here, before it has become a fact of the booking. Whose seats were moved gets all back until the
    start."""
    facts = booking.facts.with_news(facts_of_show(snapshot, booking, now))
    free_until = [snapshot.start_at] if facts.was_reseated else []
    free_until += [facts.moved_from] if facts.moved_from else []
    return terms_at(now, booking.sale.cancellation_policy, snapshot.start_at, max(free_until, default=None))


def seats_named(booking: Booking, seat_ids: Collection[str]) -> tuple[str, ...]:
    """What the seats that a client names were sold as. Raises `SeatsNotBooked` for those that are not of the sale;
    those that were cancelled are."""
    named = sold_as(booking.facts, seat_ids, booking.sale.seat_ids)
    if unknown := sorted(set(named) - set(booking.sale.seat_ids)):
        raise SeatsNotBooked(unknown)
    return named


def refund_split(booking: Booking, terms: Terms | None, seat_ids: Collection[str]) -> RefundSplit:
    """Of these seats what was paid and is left after all grants, refunds by hand and what the booking's end gave back,
    and what the terms give of it."""
    facts = booking.facts
    returns = [Return(grant.amount, grant.seat_ids or grant.for_seats, grant.terms) for grant in facts.grants]
    returns.append(Return(facts.returned_by_hand))
    returns.append(Return(booking.state.refund_due, facts.booked_seats, facts.ended.terms if facts.ended else None))
    return split_refund(booking.sale.quote, seat_ids, terms, returns=returns, captured=facts.captured)
