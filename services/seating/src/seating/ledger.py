"""What the ledger decides: pure functions from its present state to one change of its document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.booking import BookingCancelled
from contracts.event import Event
from contracts.ids import booking_of
from contracts.sale import Sale
from contracts.seating import HoldExtended, SeatsRefused, SeatsReleased, SeatsSold
from seating.domain import Ledger, PaidHold, Pays, RefusedReason, Verdict, milliseconds


class StillPaying(Exception):
    """Redis refuses seats that the ledger keeps for this very payment: no reason to refuse it, but to claim again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write: seats, payments, a verdict, and the event that goes with it under its fixed id."""

    sold: Mapping[str, str] = field(default_factory=dict)
    unsold: Sequence[str] = ()
    pays: Mapping[str, Pays] = field(default_factory=dict)
    unpaid: Sequence[str] = ()
    verdict: tuple[str, Verdict] | None = None
    events: Sequence[tuple[str, Event]] = ()

    @property
    def seat_ids(self) -> frozenset[str]:
        """The seats it concerns, a verdict's too: the decision looked at no others."""
        of_verdict = self.verdict[1].seat_ids if self.verdict else ()
        return frozenset().union(self.sold, self.unsold, self.pays, self.unpaid, of_verdict)

    @property
    def is_news(self) -> bool:
        """False when only an event is said again."""
        return bool(self.sold or self.unsold or self.pays or self.unpaid or self.verdict)


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


def extended_event(hold: PaidHold) -> tuple[str, Event]:
    """The event of a payment that has longer, under the id of its new end."""
    booking_id = booking_of(hold.id)
    event = HoldExtended(
        booking_id=booking_id, hold_id=hold.id, showtime_id=hold.showtime_id, expires_at=hold.expires_at
    )
    return f"{booking_id}:hold_extended:{milliseconds(hold.expires_at)}", event


def selling(sale: Sale, now: datetime) -> Change:
    """The write that sells; the store makes it conditional on all that `decide` asks for a sale."""
    return Change(
        sold=dict.fromkeys(sale.seat_ids, sale.booking_id),
        unpaid=sale.seat_ids,
        verdict=(sale.booking_id, Verdict("sold", sale.seat_ids, now)),
        events=[sold_event(sale)],
    )


def decide(ledger: Ledger, sale: Sale, now: datetime, *, claimed: bool) -> Change:
    """The verdict on money that came: the one there is said again, else sold or refused; raises `StillPaying`."""
    there = ledger.verdicts.get(sale.booking_id)
    if there is not None:
        return Change(events=[_said_again(sale, there)])
    reason = _refusal(ledger, sale, now, claimed=claimed)
    if reason is None:
        return selling(sale, now)
    return Change(
        unpaid=_paid_by(ledger, sale.hold_id),
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
    if ledger.paid_by_another(sale.seat_ids, sale.hold_id, now):
        return "seats_lost"
    if not claimed and _keeps(ledger, sale, now):
        raise StillPaying(sale.hold_id)
    return None if claimed else "seats_lost"


def _keeps(ledger: Ledger, sale: Sale, now: datetime) -> bool:
    """Whether the sale's own live payment has all of its seats."""
    pays = [ledger.pays.get(seat) for seat in sale.seat_ids]
    return all(one is not None and one.hold_id == sale.hold_id and one.until > now for one in pays)


def _paid_by(ledger: Ledger, hold_id: str) -> list[str]:
    return [seat for seat, pays in ledger.pays.items() if pays.hold_id == hold_id]


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
        unpaid=_paid_by(ledger, hold_id),
        verdict=(event.booking_id, verdict),
        events=[(f"{event.booking_id}:seats_released", released)] if there else [],
    )


def paying(ledger: Ledger, hold: PaidHold, *, refreshed: bool) -> Change | None:
    """The hold goes under payment, or stays so for longer, which is said.

    A refresh always says it: a checkout beside it may have answered with the earlier end, whichever writes first.
    """
    present = [ledger.pays.get(seat) for seat in hold.seat_ids]
    if all(one and one.hold_id == hold.id and one.until >= hold.expires_at for one in present):
        return None
    lapsed = {one.hold_id for one in present if one and one.hold_id != hold.id}
    others = [seat for seat, one in ledger.pays.items() if one.hold_id in lapsed and seat not in hold.seat_ids]
    longer = refreshed or any(one and one.hold_id == hold.id for one in present)
    pays = {seat: Pays(hold.id, hold.expires_at) for seat in hold.seat_ids}
    return Change(pays=pays, unpaid=others, events=[extended_event(hold)] if longer else ())


def giving_up(ledger: Ledger, booking_id: str, hold_id: str) -> Change | None:
    """The hold is no longer under payment, unless its booking has a verdict."""
    seats = _paid_by(ledger, hold_id)
    return Change(unpaid=seats) if seats and booking_id not in ledger.verdicts else None
