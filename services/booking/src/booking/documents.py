"""A booking's document in Mongo: a record is read from it, and the next record becomes one update of it."""

from datetime import datetime, timedelta
from typing import Any

from booking.domain.advance import advance
from booking.domain.booking import IssuedTicket, lapses_at
from booking.domain.contributions import contribution_of
from booking.domain.facts import Facts
from booking.domain.numbering import Paper
from booking.domain.record import Record
from booking.domain.timeline import Entry
from chassis.envelope import Envelope, seal
from chassis.flat import fields_of
from chassis.mongo import Document
from chassis.outbox import push
from contracts.event import Value

_NUMBERED_WITHIN = timedelta(seconds=1)


def record_in(booking_id: str, document: Document | None) -> Record:
    """What the document holds; an empty record for none."""
    if document is None:
        return Record(booking_id)
    return Record(
        id=booking_id,
        version=document["version"],
        facts=Facts.model_validate(document.get("facts", {})),
        order_ids=frozenset(document.get("order_ids", ())),
        reference=document.get("reference"),
        created_at=document.get("created_at"),
        confirmed_at=document.get("confirmed_at"),
        tickets=tuple(IssuedTicket(**ticket) for ticket in document.get("tickets", ())),
        papers=tuple(Paper.model_validate(paper) for paper in document.get("papers", ())),
        refund_since=document.get("refund", {}).get("since"),
        event_versions=document.get("event_versions", {}),
        timeline=tuple(Entry(**entry) for entry in document.get("timeline", ())),
    )


def update_of(before: Record, after: Record, now: datetime) -> dict[str, Any]:
    """The Mongo update from one record to the next: new facts, new events, the fields that queries use, when the
    booking is due to lapse, and since which version it contributes something else to the reports."""
    events = after.events(without=before.event_versions)
    versions = {key: version for key, version in after.event_versions.items() if key not in before.event_versions}
    values = _new_facts(before.facts, after.facts) | _fields_for_queries(after)
    values |= {f"event_versions.{key}": version for key, version in versions.items()}
    if contribution_of(before.booking) != contribution_of(after.booking):
        values["unreported"] = after.version
    update: dict[str, Any] = {"$set": values | {"changed_at": now}}
    if orders := after.order_ids - before.order_ids:
        update["$addToSet"] = {"order_ids": {"$each": sorted(orders)}}
    pushed = push(seal(event, key=event_id) for event_id, event in events) if versions else {}
    if entries := after.timeline[len(before.timeline) :]:
        pushed["timeline"] = {"$each": [fields_of(entry) for entry in entries]}
    if pushed:
        update["$push"] = pushed
    due = _due_at(after)
    if due is None:
        update["$unset"] = {"due_at": ""}
    elif due != _due_at(before):
        update["$set"]["due_at"] = due
    return update


def _due_at(record: Record) -> datetime | None:
    """When somebody has to look at the booking: when it lapses, or when a paper has waited too long for its number."""
    unnumbered = record.booking.unnumbered if record.booking else ()
    waits = min((paper.issued_at for paper in unnumbered), default=None)
    return lapses_at(record.facts) or (waits and waits + _NUMBERED_WITHIN)


def _new_facts(before: Facts, after: Facts) -> dict[str, Any]:
    """Only the facts that changed: a newer version of this service may have stored some that this one does not know."""
    return {f"facts.{name}": _stored(value) for name, value in after if value != getattr(before, name)}


def _stored(value: object) -> object:
    match value:
        case Value():
            return value.model_dump()
        case tuple():
            return [_stored(item) for item in value]
    return value


def _fields_for_queries(record: Record) -> dict[str, Any]:
    """The fields that queries, reports and the audit read, beside the facts that they follow from."""
    booking, state = record.booking, advance(record.facts)
    values: dict[str, Any] = {"status": state.status, "reason": state.reason}
    if booking is None:
        return values
    sale, facts = booking.sale, booking.facts
    known: dict[str, Any] = {
        "user_id": booking.user_id,
        "showtime_id": sale.showtime_id,
        "theater_id": facts.show.theater_id if facts.show else sale.theater_id,
        "seat_ids": list(booking.seat_ids),
        "payment_id": sale.payment_id,
        "hold_id": sale.hold_id,
        "amount": booking.amount,
        "currency": sale.quote.currency,
        "reference": booking.reference,
        "created_at": booking.created_at,
        "confirmed_at": booking.confirmed_at,
        "capture_id": facts.paid.capture_id if facts.paid else None,
        "tickets": [fields_of(ticket) for ticket in booking.tickets] or None,
    }
    if facts.check_in:
        known["checked_in_at"] = facts.check_in.at
    if booking.papers:
        known["papers"] = [paper.model_dump() for paper in booking.papers]
    if booking.invoice:
        known["invoice_number"] = booking.number_of(booking.invoice)
    if state.refund_status is not None:
        known["refund"] = {"amount": state.refund, "status": state.refund_status, "since": record.refund_since}
    return values | {name: value for name, value in known.items() if value is not None}


def past_events(document: Document) -> list[Envelope]:
    """All events that were ever said of a booking, with the ids and versions that they were first said with."""
    record = record_in(document["_id"], document)
    return [seal(event, key=event_id) for event_id, event in record.events()]
