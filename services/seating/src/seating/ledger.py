"""What the ledger decides: pure functions from its present state to one change of its document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts.booking import BookingCancelled, SeatsCancelled
from contracts.event import Event
from contracts.ids import BookingId, booking_of, made_at
from contracts.sale import Sale
from contracts.seating import HoldExtended, SeatsRefused, SeatsReleased, SeatsSold
from seating.domain import CheckedOutHold, Ledger, RefusalReason, SeatCheckout, Verdict, milliseconds
from seating.errors import HoldExpired, SeatsUnavailable, ShowtimeClosed

KeyedEvent = tuple[str, Event]
"""An event and the key that fixes its id: said again under the same key it is the same event."""


class StillInCheckout(Exception):
    """Redis refuses seats that the ledger keeps for this very hold, in checkout: claim again, refuse nothing."""


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """One write: seats sold or freed, checkouts that begin or end, a booking's verdict, and the events of all that."""

    sold: Mapping[str, BookingId] = field(default_factory=dict)
    freed: Sequence[str] = ()
    checkouts: Mapping[str, SeatCheckout] = field(default_factory=dict)
    ended_checkouts: Sequence[str] = ()
    verdict: tuple[str, Verdict] | None = None
    given_up: tuple[str, Sequence[str]] | None = None
    """A booking that was moved and the seats that are no longer its own, by the ids they were sold as."""
    events: Sequence[KeyedEvent] = ()

    @property
    def seat_ids(self) -> frozenset[str]:
        """The seats it concerns, a verdict's too: the decision looked at no others."""
        of_verdict = self.verdict[1].seat_ids if self.verdict else ()
        return frozenset().union(self.sold, self.freed, self.checkouts, self.ended_checkouts, of_verdict)

    @property
    def raises_rev(self) -> bool:
        """False when it only says an event again."""
        return bool(self.sold or self.freed or self.checkouts or self.ended_checkouts or self.verdict)


CHECKOUT_OUTLASTS = timedelta(seconds=15)
"""So much longer than a write a checkout must last that sells without a claim."""


def sale_change(sale: Sale, now: datetime, places: Sequence[str] = ()) -> LedgerChange:
    """The change that sells the seats, at `places` where the theater has moved them. It checks nothing: whoever writes
    it makes sure of what `decide_sale` checks."""
    seats = places or sale.seat_ids
    return LedgerChange(
        sold=dict.fromkeys(seats, sale.booking_id),
        ended_checkouts=seats,
        verdict=(sale.booking_id, Verdict("sold", sale.seat_ids, now)),
        events=[_sold_event(sale)],
    )


def decide_sale(ledger: Ledger, sale: Sale, now: datetime, *, claimed: bool) -> LedgerChange:
    """Money has come: the verdict there is, said again, else sold or refused.

    `claimed` is whether Redis keeps the seats for this sale. Raises `StillInCheckout`.
    """
    verdict = ledger.verdicts.get(sale.booking_id)
    if verdict is not None:
        return LedgerChange(events=[_event_of(sale, verdict)])
    places = ledger.places(sale.booking_id, sale.seat_ids)
    reason = _refusal(ledger, sale, places, now, claimed=claimed)
    if reason is None:
        return sale_change(sale, now, places)
    return LedgerChange(
        ended_checkouts=ledger.seats_in_checkout(sale.hold_id),
        verdict=(sale.booking_id, Verdict("refused", sale.seat_ids, now, reason)),
        events=[_refused_event(sale, reason)],
    )


def _refusal(
    ledger: Ledger, sale: Sale, places: Sequence[str], now: datetime, *, claimed: bool
) -> RefusalReason | None:
    if not ledger.is_open(now):
        return "showtime_cancelled" if ledger.closed == "cancelled" else "too_late"
    if ledger.sold_to_another(places, sale.booking_id):
        return "seats_lost"
    if ledger.in_checkout_by_another(places, sale.hold_id, now):
        return "seats_lost"
    if sale.booking_id in ledger.moved and _is_in_checkout(ledger, sale, places, now + CHECKOUT_OUTLASTS):
        return None
    if not claimed and _is_in_checkout(ledger, sale, places, now):
        raise StillInCheckout(sale.hold_id)
    is_gone = is_of_an_old_screen(ledger, sale.booking_id) or not ledger.blocked.isdisjoint(places)
    return None if claimed and not is_gone else "seats_lost"


def is_of_an_old_screen(ledger: Ledger, booking_id: str) -> bool:
    """Whether the booking's hold is older than the show's screen, and had no seats when the screen was changed."""
    changed_at = ledger.screen_changed_at
    return changed_at is not None and booking_id not in ledger.moved and made_at(booking_id) < changed_at.timestamp()


def _is_in_checkout(ledger: Ledger, sale: Sale, places: Sequence[str], moment: datetime) -> bool:
    """Whether the ledger keeps all these seats for the sale's own hold, whose checkout is not over at the moment."""
    checkouts = [ledger.checkouts.get(seat) for seat in places]
    return all(own and own.hold_id == sale.hold_id and own.until > moment for own in checkouts)


def decide_cancellation(ledger: Ledger, event: BookingCancelled, hold_id: str, now: datetime) -> LedgerChange | None:
    """Sold becomes released; without a verdict released is written, so that money after it is refused.

    None where nothing changes. `hold_id` is the hold that the booking came from.
    """
    verdict = ledger.verdicts.get(event.booking_id)
    if verdict is not None and verdict.outcome != "sold":
        return None
    seat_ids = verdict.seat_ids if verdict else event.seat_ids
    released = Verdict("released", seat_ids, now, "booking_cancelled", was_sold=verdict is not None)
    own = tuple(seat for seat, owner in ledger.sold.items() if owner == event.booking_id)
    return LedgerChange(
        freed=own,
        ended_checkouts=ledger.seats_in_checkout(hold_id),
        verdict=(event.booking_id, released),
        events=[_released_event(event, own, "seats_released")] if verdict else [],
    )


def decide_seats_cancellation(ledger: Ledger, event: SeatsCancelled) -> LedgerChange | None:
    """Some seats of a sold booking go free, as far as they are still its own; the verdict stays. None where nothing
    changes."""
    verdict = ledger.verdicts.get(event.booking_id)
    if verdict is None or verdict.outcome != "sold":
        return None
    places = ledger.places(event.booking_id, event.seat_ids)
    own = tuple(seat for seat in places if ledger.sold.get(seat) == event.booking_id)
    if not own:
        return None
    given_up = (event.booking_id, event.seat_ids) if event.booking_id in ledger.moved else None
    released = _released_event(event, own, f"seats_released:{event.number}")
    return LedgerChange(freed=own, given_up=given_up, events=[released])


def decide_checkout(ledger: Ledger, hold: CheckedOutHold, now: datetime, *, refreshed: bool) -> LedgerChange | None:
    """The hold goes into checkout, or stays there for longer (`refreshed`); None where nothing changes.

    Raises what says that nobody should be asked to pay for it: `HoldExpired`, `ShowtimeClosed`, `SeatsUnavailable`.
    """
    booking_id = booking_of(hold.id)
    verdict = ledger.verdicts.get(booking_id)
    if verdict is not None:
        if verdict.outcome == "sold":
            return None
        raise HoldExpired("the hold has ended")
    if not ledger.is_open(now):
        raise ShowtimeClosed("nothing is sold for this showtime any more")
    if booking_id not in ledger.moved and hold.screen_number != ledger.screen_number:
        raise HoldExpired("the show has moved to another screen")
    seats = ledger.places(booking_id, hold.seat_ids)
    taken = ledger.sold_to_another(seats, booking_id)
    taken += ledger.in_checkout_by_another(seats, hold.id, now)
    taken += [seat for seat in seats if seat in ledger.blocked]
    if taken:
        raise SeatsUnavailable(taken)
    if hold.expires_at <= now:
        raise HoldExpired("the hold has ended")
    return checkout_change(ledger, hold, refreshed=refreshed)


def checkout_change(ledger: Ledger, hold: CheckedOutHold, *, refreshed: bool) -> LedgerChange | None:
    """The change that puts the hold into checkout; what others had there and is over leaves it. None if it is there.

    A longer time is said. A refresh always says it, even if it is there: a checkout beside it may have answered with
    the earlier end, whichever writes first.
    """
    seats = ledger.places(booking_of(hold.id), hold.seat_ids)
    present = [checkout for seat in seats if (checkout := ledger.checkouts.get(seat))]
    own = [checkout for checkout in present if checkout.hold_id == hold.id]
    if len(own) == len(seats) and all(checkout.until >= hold.expires_at for checkout in own):
        return LedgerChange(events=[_extended_event(hold)]) if refreshed else None
    lapsed = {checkout.hold_id for checkout in present} - {hold.id}
    seats_of_lapsed = [seat for seat, checkout in ledger.checkouts.items() if checkout.hold_id in lapsed]
    return LedgerChange(
        checkouts={seat: SeatCheckout(hold.id, hold.expires_at) for seat in seats},
        ended_checkouts=[seat for seat in seats_of_lapsed if seat not in seats],
        events=[_extended_event(hold)] if refreshed or own else (),
    )


def decide_give_up(ledger: Ledger, booking_id: str, hold_id: str) -> LedgerChange | None:
    """The hold leaves checkout, unless its booking has a verdict; None where nothing changes."""
    seats = ledger.seats_in_checkout(hold_id)
    return LedgerChange(ended_checkouts=seats) if seats and booking_id not in ledger.verdicts else None


def _event_of(sale: Sale, verdict: Verdict) -> KeyedEvent:
    """What says a verdict again. A sale that was released later stays one: booking knows that it cancelled it."""
    if verdict.outcome == "sold" or verdict.was_sold:
        return _sold_event(sale)
    return _refused_event(sale, verdict.reason or "booking_cancelled")


def _sold_event(sale: Sale) -> KeyedEvent:
    event = SeatsSold(booking_id=sale.booking_id, showtime_id=sale.showtime_id, seat_ids=sale.seat_ids)
    return f"{sale.booking_id}:seats_sold", event


def _refused_event(sale: Sale, reason: RefusalReason) -> KeyedEvent:
    event = SeatsRefused(
        booking_id=sale.booking_id, showtime_id=sale.showtime_id, seat_ids=sale.seat_ids, reason=reason
    )
    return f"{sale.booking_id}:seats_refused", event


def _released_event(event: BookingCancelled | SeatsCancelled, seat_ids: tuple[str, ...], key: str) -> KeyedEvent:
    released = SeatsReleased(
        showtime_id=event.showtime_id, seat_ids=seat_ids, reason="booking_cancelled", booking_id=event.booking_id
    )
    return f"{event.booking_id}:{key}", released


def _extended_event(hold: CheckedOutHold) -> KeyedEvent:
    """Its key has the new end: each longer time is an event of its own."""
    booking_id = booking_of(hold.id)
    event = HoldExtended(
        booking_id=booking_id, hold_id=hold.id, showtime_id=hold.showtime_id, expires_at=hold.expires_at
    )
    return f"{booking_id}:hold_extended:{milliseconds(hold.expires_at)}", event
