"""A booking as it is stored: the document of its facts, and the one write a new fact leads to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from booking.announcements import EventContext, announcements, sealed
from booking.reference import new_reference
from booking.saga import BookingState, EventKind, Facts, advance
from booking.tickets import Ticket
from chassis.envelope import Envelope
from chassis.mongo import Document
from chassis.outbox import push
from contracts.sale import Sale

GRACE = timedelta(seconds=30)  # money on its way when the hold ended usually comes within it
Sign = Callable[[Ticket], str]


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking that has its sale, with what follows from its facts."""

    id: str
    version: int
    reference: str
    sale: Sale
    facts: Facts
    state: BookingState
    created_at: datetime
    confirmed_at: datetime | None
    ticket: str | None

    @property
    def valid_ticket(self) -> str | None:
        """The ticket's text while it is good."""
        return self.ticket if self.state.status in {"confirmed", "checked_in"} else None

    def has_lapsed(self, now: datetime) -> bool:
        """Whether nobody has paid although the hold is over."""
        lapses = lapses_at(self.facts)
        return self.facts.paid is None and lapses is not None and lapses <= now


def booking_in(document: Document | None) -> Booking | None:
    """The booking of a document; None until its sale is known."""
    facts = facts_in(document)
    if document is None or facts.ordered is None:
        return None
    return Booking(
        id=document["_id"],
        version=document["version"],
        reference=document["reference"],
        sale=facts.ordered,
        facts=facts,
        state=advance(facts),
        created_at=document["created_at"],
        confirmed_at=document.get("confirmed_at"),
        ticket=document.get("ticket"),
    )


def facts_in(document: Document | None) -> Facts:
    """The facts of a document."""
    return Facts.model_validate(document.get("facts", {})) if document else Facts()


def lapses_at(facts: Facts) -> datetime | None:
    """When a booking that nobody has paid for lapses; None until its sale is known."""
    return facts.hold_ends + GRACE if facts.hold_ends else None


def change(
    document: Document | None, news: Facts, *, order_id: str | None, now: datetime, sign: Sign
) -> dict[str, Any] | None:
    """The update that records `news` with all that follows; None when there is nothing new in it."""
    known, stored = facts_in(document), document or {}
    facts = known.joined(news)
    fresh = facts.beyond(known)
    new_order = order_id is not None and order_id not in stored.get("order_ids", ())
    if not fresh and not new_order:
        return None
    state = advance(facts)
    values = {f"facts.{name}": value for name, value in fresh.items()}
    values |= {"status": state.status, "reason": state.reason, "changed_at": now}
    update: dict[str, Any] = {"$set": values}
    if new_order:
        update["$addToSet"] = {"order_ids": order_id}
    if facts.ordered is not None:
        context = _context(facts.ordered, facts, state, stored, now=now, sign=sign)
        values |= _readable(context, stored, now) | {"created_at": stored.get("created_at") or now}
        _say(update, context, stored)
    _set_due(update, known, facts)
    return update


def _context(
    sale: Sale, facts: Facts, state: BookingState, stored: Document, *, now: datetime, sign: Sign
) -> EventContext:
    """Reference, time of confirmation and ticket are chosen once and stored."""
    reference = stored.get("reference") or new_reference()
    ticket, confirmed_at = stored.get("ticket"), stored.get("confirmed_at")
    if ticket is None and EventKind.CONFIRMED in state.events:
        ticket = sign(Ticket(sale.booking_id, reference, sale.showtime_id, sale.seat_ids))
        confirmed_at = now
    return EventContext(
        sale=sale,
        facts=facts,
        state=state,
        version=stored.get("version", 0) + 1,
        reference=reference,
        confirmed_at=confirmed_at,
        ticket=ticket,
    )


def _readable(context: EventContext, stored: Document, now: datetime) -> dict[str, Any]:
    """What is read and searched by, beside the facts."""
    sale, state = context.sale, context.state
    values = {
        "user_id": sale.user_id,
        "showtime_id": sale.showtime_id,
        "seat_ids": list(sale.seat_ids),
        "payment_id": sale.payment_id,
        "hold_id": sale.hold_id,
        "amount": sale.quote.total,
        "currency": sale.quote.currency,
        "reference": context.reference,
        "capture_id": context.facts.paid.capture_id if context.facts.paid else None,
        "ticket": context.ticket,
        "confirmed_at": context.confirmed_at,
        "refund": _refund(state, stored, now),
    }
    return {name: value for name, value in values.items() if value is not None}


def _refund(state: BookingState, stored: Document, now: datetime) -> dict[str, Any] | None:
    """Due since the write that first saw it so, whatever had gone back by hand before."""
    if state.refund_status is None:
        return None
    is_newly_due = state.refund_due > 0 and EventKind.REFUND_DUE.value not in stored.get("said", {})
    since = now if is_newly_due else stored.get("refund", {}).get("since", now)
    return {"amount": state.refund, "status": state.refund_status, "since": since}


def _set_due(update: dict[str, Any], known: Facts, facts: Facts) -> None:
    """Whoever has not paid when the hold is over is looked at again."""
    lapses = lapses_at(facts)
    if facts.paid or facts.lapsed:
        update["$unset"] = {"due_at": ""}
    elif lapses != lapses_at(known):
        update["$set"]["due_at"] = lapses


def _say(update: dict[str, Any], context: EventContext, stored: Document) -> None:
    """Each once; the version it was said with is stored: whoever hears it again must see that it is the same."""
    fresh = [news for news in announcements(context) if news.key not in stored.get("said", {})]
    if fresh:
        update["$push"] = push(sealed(news, context) for news in fresh)
        update["$set"] |= {f"said.{news.key}": context.version for news in fresh}


def all_said(document: Document) -> list[Envelope]:
    """All that was ever said of a booking, under the same ids and with the versions it was first said with."""
    facts, said = facts_in(document), document.get("said", {})
    if facts.ordered is None:
        return []
    context = EventContext(
        sale=facts.ordered,
        facts=facts,
        state=advance(facts),
        version=document["version"],
        reference=document["reference"],
        confirmed_at=document.get("confirmed_at"),
        ticket=document.get("ticket"),
    )
    return [
        sealed(news, replace(context, version=said[news.key])) for news in announcements(context) if news.key in said
    ]
