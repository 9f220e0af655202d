"""What the ledger decides: pure functions from its present state to one change of its document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.booking import BookingCancelled
from contracts.event import Event
from contracts.ids import booking_of
from contracts.sale import Sale
from contracts.seating import HoldExtended, SeatsRefused, SeatsReleased, SeatsSold
from seating.domain import CheckedOutHold, Checkout, Ledger, RefusedReason, Verdict, milliseconds


class StillInCheckout(Exception):
    """Redis refuses seats that the ledger keeps for this very hold, in checkout: claim again, refuse nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write: seats sold, checkouts, a verdict, and the event that goes with it under its fixed id."""

    sold: Mapping[str, str] = field(default_factory=dict)
    unsold: Sequence[str] = ()
    checkouts: Mapping[str, Checkout] = field(default_factory=dict)
    ended_checkouts: Sequence[str] = ()
    verdict: tuple[str, Verdict] | None = None
    events: Sequence[tuple[str, Event]] = ()

    @property
    def seat_ids(self) -> frozenset[str]:
        """The seats it concerns, a verdict's too: the decision looked at no others."""
        of_verdict = self.verdict[1].seat_ids if self.verdict else ()
        return frozenset().union(self.sold, self.unsold, self.checkouts, self.ended_checkouts, of_verdict)

    @property
    def is_news(self) -> bool:
        """False when only an event is said again."""
        return bool(self.sold or self.unsold or self.checkouts or self.ended_checkouts or self.verdict)


def sold_event(sale: Sale) -> tuple[str, Event]:
    """The event of a sale, under its fixed id."""
    event = SeatsSold(booking_id=sale.booking_id, showtime_id=sale.showtime_id, seat_ids=sale.seat_ids)
    return f"{sale.booking_id}:seats_sold", event


def refused_event(sale: Sale, reason: RefusedReason) -> tuple[str, Event]:
    """The event of a refusal, under its fixed id."""
    event = SeatsRefused(
        booking_id=sale.booking_id, showtime_id=sale.showtime_id, seat_ids=sale.seat_ids, reason=reason
    )
    return f"{sale.booking_id}:seats_refused", event


def extended_event(hold: CheckedOutHold) -> tuple[str, Event]:
    """The event of a checkout that has longer, under the id of its new end."""
    booking_id = booking_of(hold.id)
    event = HoldExtended(
        booking_id=booking_id, hold_id=hold.id, showtime_id=hold.showtime_id, expires_at=hold.expires_at
    )
    return f"{booking_id}:hold_extended:{milliseconds(hold.expires_at)}", event


def selling(sale: Sale, now: datetime) -> Change:
    """The write that sells; the store makes it conditional on all that `decide` asks for a sale."""
    return Change(
        sold=dict.fromkeys(sale.seat_ids, sale.booking_id),
        ended_checkouts=sale.seat_ids,
        verdict=(sale.booking_id, Verdict("sold", sale.seat_ids, now)),
        events=[sold_event(sale)],
    )


def decide(ledger: Ledger, sale: Sale, now: datetime, *, claimed: bool) -> Change:
    """The verdict on money that came: the one there is said again, else sold or refused; raises `StillInCheckout`."""
    there = ledger.verdicts.get(sale.booking_id)
    if there is not None:
        return Change(events=[_said_again(sale, there)])
    reason = _refusal(ledger, sale, now, claimed=claimed)
    if reason is None:
        return selling(sale, now)
    return Change(
        ended_checkouts=_seats_in_checkout(ledger, sale.hold_id),
        verdict=(sale.booking_id, Verdict("refused", sale.seat_ids, now, reason)),
        events=[refused_event(sale, reason)],
    )


def _said_again(sale: Sale, verdict: Verdict) -> tuple[str, Event]:
    """A sale that was released later stays a sale that happened; booking knows that it cancelled it."""
    if verdict.word == "sold" or verdict.was_sold:
        return sold_event(sale)
    return refused_event(sale, verdict.reason or "booking_cancelled")


def _refusal(ledger: Ledger, sale: Sale, now: datetime, *, claimed: bool) -> RefusedReason | None:
    if ledger.closed == "cancelled":
        return "showtime_cancelled"
    if not ledger.is_open(now):
        return "too_late"
    if ledger.sold_to_another(sale.seat_ids, sale.booking_id):
        return "seats_lost"
    if ledger.in_checkout_by_another(sale.seat_ids, sale.hold_id, now):
        return "seats_lost"
    if not claimed and _is_in_checkout(ledger, sale, now):
        raise StillInCheckout(sale.hold_id)
    return None if claimed else "seats_lost"


def _is_in_checkout(ledger: Ledger, sale: Sale, now: datetime) -> bool:
    """Whether the ledger keeps all seats of the sale for its own hold, whose checkout is not over."""
    checkouts = [ledger.checkouts.get(seat) for seat in sale.seat_ids]
    return all(
        checkout is not None and checkout.hold_id == sale.hold_id and checkout.until > now for checkout in checkouts
    )


def _seats_in_checkout(ledger: Ledger, hold_id: str) -> list[str]:
    return [seat for seat, checkout in ledger.checkouts.items() if checkout.hold_id == hold_id]


def cancelling(ledger: Ledger, event: BookingCancelled, hold_id: str, now: datetime) -> Change | None:
    """Sold becomes released; without a verdict released is written, so that money after it is refused."""
    there = ledger.verdicts.get(event.booking_id)
    if there is not None and there.word != "sold":
        return None
    seats = there.seat_ids if there else event.seat_ids
    verdict = Verdict("released", seats, now, "booking_cancelled", was_sold=there is not None)
    released = SeatsReleased(
        showtime_id=event.showtime_id, seat_ids=seats, reason="booking_cancelled", booking_id=event.booking_id
    )
    return Change(
        unsold=[seat for seat, owner in ledger.sold.items() if owner == event.booking_id],
        ended_checkouts=_seats_in_checkout(ledger, hold_id),
        verdict=(event.booking_id, verdict),
        events=[(f"{event.booking_id}:seats_released", released)] if there else [],
    )


def entering_checkout(ledger: Ledger, hold: CheckedOutHold, *, refreshed: bool) -> Change | None:
    """The hold goes into checkout, or stays there for longer, which is said.

    A refresh always says it: a checkout beside it may have answered with the earlier end, whichever writes first.
    """
    present = [checkout for seat in hold.seat_ids if (checkout := ledger.checkouts.get(seat))]
    own = [checkout for checkout in present if checkout.hold_id == hold.id]
    if len(own) == len(hold.seat_ids) and all(checkout.until >= hold.expires_at for checkout in own):
        return None
    lapsed = {checkout.hold_id for checkout in present} - {hold.id}
    seats_let_go = [
        seat for seat, checkout in ledger.checkouts.items() if checkout.hold_id in lapsed and seat not in hold.seat_ids
    ]
    return Change(
        checkouts={seat: Checkout(hold.id, hold.expires_at) for seat in hold.seat_ids},
        ended_checkouts=seats_let_go,
        events=[extended_event(hold)] if refreshed or own else (),
    )


def leaving_checkout(ledger: Ledger, booking_id: str, hold_id: str) -> Change | None:
    """The hold leaves checkout, unless its booking has a verdict."""
    seats = _seats_in_checkout(ledger, hold_id)
    return Change(ended_checkouts=seats) if seats and booking_id not in ledger.verdicts else None
