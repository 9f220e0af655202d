"""The ledger as Mongo has it: its document, the conditions of writes, and their updates."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chassis import outbox
from chassis.envelope import seal
from chassis.mongo import Document
from contracts.ids import BookingId, made_at
from contracts.layout import Layout, ScreenDetails
from contracts.sale import Sale
from seating.domain import Ledger, MovedSeats, Plan, SeatCheckout, Verdict, instant, milliseconds
from seating.ledger import LedgerChange
from seating.replanning import BookingMove, PlanChange, PlanOutcome

WITHOUT_EVENTS = {"outbox": 0, "plan": 0, "outcome": 0}
"""What readers of a whole ledger need not have."""


def not_fenced(now: datetime) -> Document:
    """Matches where no change of the theater's keeps others from writing."""
    return {"fenced_until": {"$not": {"$gt": now}}}


def unchanged(present: Ledger, booking_id: BookingId, seat_ids: Iterable[str], now: datetime) -> Document:
    """Optimistic lock: matches only while all that the decision read (this booking's verdict and moves, these seats,
    the screen) is the same, and no fence stands."""
    verdict, moved = present.verdicts.get(booking_id), present.moved.get(booking_id)
    query: Document = {
        "_id": present.showtime_id,
        "closed": present.closed,
        "starts_at": present.starts_at,
        f"verdicts.{booking_id}.outcome": verdict and verdict.outcome,
        "screen_number": present.screen_number,
        f"moved.{booking_id}.number": moved and moved.number,
        **not_fenced(now),
    }
    seats = list(seat_ids)
    blocked = [seat for seat in seats if seat in present.blocked]
    query["blocked"] = {"$nin": [seat for seat in seats if seat not in present.blocked]}
    query["blocked"] |= {"$all": blocked} if blocked else {}
    for seat in seats:
        checkout = present.checkouts.get(seat)
        query[f"sold.{seat}"] = present.sold.get(seat)
        query[f"checkouts.{seat}"] = checkout and _checkout_document(checkout)
    return query


def fields_of(booking_id: BookingId, change: LedgerChange) -> Document:
    """Shows what a change may have touched: a full screen's ledger is a hundred times as long."""
    seats = [f"{name}.{seat}" for seat in change.seat_ids for name in ("sold", "checkouts")]
    of_showtime = ["rev", "revision", "starts_at", "closed", "plan_number", "screen_number"]
    return dict.fromkeys([*of_showtime, f"verdicts.{booking_id}", f"moved.{booking_id}", *seats], 1)


def stands(change: LedgerChange, document: Document) -> bool:
    """Whether the ledger has all that the change puts there, whoever wrote it."""
    ledger = ledger_of(document)
    sold = all(ledger.sold.get(seat) == owner for seat, owner in change.sold.items())
    in_checkout = all(_lasts(ledger.checkouts.get(seat), checkout) for seat, checkout in change.checkouts.items())
    if not change.verdict:
        return sold and in_checkout
    booking_id, verdict = change.verdict
    present = ledger.verdicts.get(booking_id)
    return sold and in_checkout and present is not None and present.outcome == verdict.outcome


def _lasts(present: SeatCheckout | None, checkout: SeatCheckout) -> bool:
    """Whether the same hold has the seat in checkout for as long; Mongo's instants are whole milliseconds."""
    if present is None or present.hold_id != checkout.hold_id:
        return False
    return milliseconds(present.until) >= milliseconds(checkout.until)


def open_without_verdict(sale: Sale, now: datetime, moment: datetime) -> Document:
    """Matches a ledger without a fence now that may still sell at the moment, where the booking has no verdict and the
    seats no owner."""
    return {
        "_id": sale.showtime_id,
        "closed": None,
        "starts_at": {"$gt": moment},
        **not_fenced(now),
        f"verdicts.{sale.booking_id}": {"$exists": False},
        **{f"sold.{seat}": {"$exists": False} for seat in sale.seat_ids},
    }


def where_it_was_held(sale: Sale) -> Document:
    """Matches where the sale's seats are those that were held: not moved, not taken out, on no later screen."""
    held_at = instant(made_at(sale.booking_id) * 1000)
    return {
        f"moved.{sale.booking_id}": {"$exists": False},
        "blocked": {"$nin": list(sale.seat_ids)},
        "$or": [{"screen_changed_at": None}, {"screen_changed_at": {"$lte": held_at}}],
    }


def not_in_checkout_by_another(seat: str, hold_id: str, now: datetime) -> Document:
    mine, over = {f"checkouts.{seat}.hold_id": {"$in": [None, hold_id]}}, {f"checkouts.{seat}.until": {"$lte": now}}
    return {"$or": [mine, over]}


def update_of(change: LedgerChange) -> Document:
    values: dict[str, Any] = {f"sold.{seat}": owner for seat, owner in change.sold.items()}
    values |= {f"checkouts.{seat}": _checkout_document(checkout) for seat, checkout in change.checkouts.items()}
    if change.verdict:
        booking_id, verdict = change.verdict
        values[f"verdicts.{booking_id}"] = _verdict_document(verdict)
    removed = [f"sold.{seat}" for seat in change.freed] + [f"checkouts.{seat}" for seat in change.ended_checkouts]
    update: Document = {"$inc": {"rev": 1 if change.raises_rev else 0}}
    if values:
        update["$set"] = values
    if removed:
        update["$unset"] = dict.fromkeys(removed, "")
    if change.given_up:
        booking_id, sold_as = change.given_up
        update["$unset"] = update.get("$unset", {}) | {f"moved.{booking_id}.seats.{seat}": "" for seat in sold_as}
    if change.events:
        update["$push"] = outbox.push(seal(event, key=key) for key, event in change.events)
    return update


def _checkout_document(checkout: SeatCheckout) -> Document:
    return {"hold_id": checkout.hold_id, "until": checkout.until}


def _verdict_document(verdict: Verdict) -> Document:
    return {
        "outcome": verdict.outcome,
        "seat_ids": list(verdict.seat_ids),
        "reason": verdict.reason,
        "at": verdict.at,
        "was_sold": verdict.was_sold,
    }


def ledger_of(document: Document) -> Ledger:
    checkouts, verdicts = document["checkouts"].items(), document["verdicts"].items()
    return Ledger(
        showtime_id=document["_id"],
        rev=document["rev"],
        revision=document["revision"],
        starts_at=document["starts_at"],
        closed=document["closed"],
        sold=document["sold"],
        checkouts={seat: SeatCheckout(checkout["hold_id"], checkout["until"]) for seat, checkout in checkouts},
        verdicts={booking_id: _verdict(verdict) for booking_id, verdict in verdicts},
        plan_number=document["plan_number"],
        screen_number=document["screen_number"],
        screen_changed_at=document.get("screen_changed_at"),
        blocked=frozenset(document.get("blocked", ())),
        moved={key: MovedSeats(moved["number"], moved["seats"]) for key, moved in document.get("moved", {}).items()},
        fenced_until=document.get("fenced_until"),
    )


def plan_update(change: PlanChange) -> Document:
    """The update that writes a plan; its condition is the `rev` of the ledger that it was made of."""
    plan = change.plan
    values: Document = {
        "plan": plan_document(plan),
        "outcome": _outcome_document(change.outcome),
        "plan_number": plan.number,
        "screen_number": plan.screen_number,
        "blocked": list(plan.layout.blocked),
        "sold": dict(change.sold),
        "checkouts": {seat: _checkout_document(checkout) for seat, checkout in change.checkouts.items()},
        "moved": {key: {"number": moved.number, "seats": dict(moved.seats)} for key, moved in change.moved.items()},
        **{f"verdicts.{key}": _verdict_document(verdict) for key, verdict in change.verdicts.items()},
    }
    if change.changes_screen:
        values["screen_changed_at"] = change.at
    pushed = outbox.push(seal(event, key=key) for key, event in change.events)
    return {"$inc": {"rev": 1}, "$set": values, "$unset": {"fenced_until": ""}, "$push": pushed}


def _outcome_document(outcome: PlanOutcome) -> Document:
    moves = [{"booking_id": m.booking_id, "from": m.from_seat_ids, "to": m.to_seat_ids} for m in outcome.moves]
    of_plan = {"number": outcome.number, "kind": outcome.kind, "reseat": outcome.reseat, "placed": outcome.placed}
    return {**of_plan, "moves": moves}


def outcome_of(document: Document | None) -> PlanOutcome | None:
    """What came of the newest plan; None before the first."""
    if not document:
        return None
    moves = [BookingMove(m["booking_id"], tuple(m["from"]), tuple(m["to"])) for m in document["moves"]]
    return PlanOutcome(document["number"], document["kind"], document["reseat"], document["placed"], moves)


def plan_document(plan: Plan) -> Document:
    """A plan; layout and screen are text, for nothing looks into them."""
    layout, screen = plan.layout.model_dump_json(by_alias=True), plan.screen.model_dump_json()
    return {"number": plan.number, "screen_number": plan.screen_number, "layout": layout, "screen": screen}


def plan_of(document: Document | None) -> Plan | None:
    """The plan of a document; None where the theater never changed anything."""
    if not document:
        return None
    layout = Layout.model_validate_json(document["layout"])
    screen = ScreenDetails.model_validate_json(document["screen"])
    return Plan(document["number"], document["screen_number"], layout, screen)


def _verdict(document: Document) -> Verdict:
    return Verdict(
        outcome=document["outcome"],
        seat_ids=tuple(document["seat_ids"]),
        at=document["at"],
        reason=document["reason"],
        was_sold=document["was_sold"],
    )
