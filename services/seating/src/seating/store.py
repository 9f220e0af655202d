"""Mongo: one ledger per showtime, the snapshots, the holds in checkout, and the run of Redis that was told."""

import math
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pymongo
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import outbox
from chassis.envelope import seal
from chassis.mongo import Collection, Document
from chassis.outbox import Outbox
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId, booking_of
from contracts.prices import Quote
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Checkout, Ledger, Verdict
from seating.ledger import Change, selling
from seating.usecases.ports import ClaimOver

DEADLINE_SECONDS = 10.0
HOLDS_INDEX = IndexModel([("showtime_id", 1)])


class MongoLedgers:
    """The ledgers. Every write raises `rev` and carries its event.

    A write is conditional on the booking and the seats it concerns, never on `rev`: writes that concern others do not
    stand in its way, however many there are. `ends` is when the claim behind a write is over, by `time.monotonic`: none
    goes on beyond it.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._ledgers: Collection = outbox.collection

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None:
        """The ledger as a majority has it."""
        found = await self._ledgers.find_one({"_id": showtime_id}, {"outbox": 0})
        return _ledger(found) if found else None

    async def open(self, snapshot: ShowtimeSnapshot) -> Ledger | None:
        """Make the ledger, or let it follow a newer snapshot; None when it has seen this one or a newer."""
        facts: Document = {"starts_at": snapshot.start_at, "revision": snapshot.revision}
        if snapshot.status == "cancelled":
            facts["closed"] = "cancelled"
        fresh = {
            "_id": snapshot.showtime_id,
            "rev": 1,
            "closed": None,
            "sold": {},
            "checkouts": {},
            "verdicts": {},
            "outbox": [],
        }
        try:
            await self._ledgers.insert({**fresh, **facts})
        except DuplicateKeyError:
            older = {"_id": snapshot.showtime_id, "revision": {"$lt": snapshot.revision}}
            found = await self._ledgers.find_one_and_update(older, {"$set": facts, "$inc": {"rev": 1}})
            return _ledger(found) if found else None
        return await self.read(snapshot.showtime_id)

    async def sell(self, sale: Sale, now: datetime, *, ends: float) -> Ledger | None:
        """The one conditional update that sells; None when a condition does not hold. Raises `ClaimOver`."""
        query: Document = {
            "_id": sale.showtime_id,
            "closed": None,
            "starts_at": {"$gt": now},
            f"verdicts.{sale.booking_id}": {"$exists": False},
            "$and": [{f"sold.{seat}": {"$exists": False}} for seat in sale.seat_ids]
            + [_not_in_checkout_by_another(seat, sale.hold_id, now) for seat in sale.seat_ids],
        }
        with _deadline(ends):
            written = await self._write(query, selling(sale, now))
        return self._say(*written) if written else None

    async def amend(
        self,
        showtime_id: ShowtimeId,
        booking_id: BookingId,
        decide: Callable[[Ledger], Change | None],
        *,
        ends: float = math.inf,
    ) -> Ledger | None:
        """Decide about a booking on the present state; where what was decided on has changed before the write, again.

        None without a ledger. Raises `ClaimOver`.
        """
        with _deadline(ends):
            while True:
                present = await self.read(showtime_id)
                change = decide(present) if present else None
                if present is None or change is None:
                    return present
                written = await self._write(_still(present, booking_id, change.seat_ids), change)
                if written is not None:
                    break
        return self._say(*written)

    async def _write(self, query: Document, change: Change) -> tuple[Ledger, list[Document]] | None:
        """The ledger, and the events that this very write put into it."""
        update = _update(change)
        document = await self._ledgers.find_one_and_update(query, update)
        return (_ledger(document), outbox.pushed(update)) if document else None

    def _say(self, ledger: Ledger, entries: list[Document]) -> Ledger:
        """To be called outside of the write's deadline, which is not the publisher's."""
        self._outbox.send_soon(ledger.showtime_id, entries)
        return ledger


def _deadline(ends: float) -> AbstractContextManager[object]:
    """Begins now, where all of it fits before `ends`; raises `ClaimOver` where it does not."""
    if time.monotonic() + DEADLINE_SECONDS > ends:
        raise ClaimOver
    return pymongo.timeout(DEADLINE_SECONDS)


def _still(present: Ledger, booking_id: BookingId, seat_ids: Iterable[str]) -> Document:
    """Nothing that a decision about a booking and its seats rests on has changed."""
    verdict = present.verdicts.get(booking_id)
    query: Document = {
        "_id": present.showtime_id,
        "closed": present.closed,
        "starts_at": present.starts_at,
        f"verdicts.{booking_id}.verdict": verdict and verdict.word,
    }
    for seat in seat_ids:
        checkout = present.checkouts.get(seat)
        query |= {
            f"sold.{seat}": present.sold.get(seat),
            f"checkouts.{seat}": checkout and _checkout_document(checkout),
        }
    return query


def _not_in_checkout_by_another(seat: str, hold_id: str, now: datetime) -> Document:
    mine, over = {f"checkouts.{seat}.hold_id": {"$in": [None, hold_id]}}, {f"checkouts.{seat}.until": {"$lte": now}}
    return {"$or": [mine, over]}


def _update(change: Change) -> Document:
    put: dict[str, Any] = {f"sold.{seat}": owner for seat, owner in change.sold.items()}
    put |= {f"checkouts.{seat}": _checkout_document(checkout) for seat, checkout in change.checkouts.items()}
    if change.verdict:
        booking_id, verdict = change.verdict
        put[f"verdicts.{booking_id}"] = _verdict_document(verdict)
    gone = [f"sold.{seat}" for seat in change.unsold] + [f"checkouts.{seat}" for seat in change.ended_checkouts]
    update: Document = {"$inc": {"rev": 1 if change.is_news else 0}}
    if put:
        update["$set"] = put
    if gone:
        update["$unset"] = dict.fromkeys(gone, "")
    if change.events:
        update["$push"] = outbox.push(seal(event, key=key) for key, event in change.events)
    return update


def _checkout_document(checkout: Checkout) -> Document:
    return {"hold_id": checkout.hold_id, "until": checkout.until}


def _verdict_document(verdict: Verdict) -> Document:
    return {
        "verdict": verdict.word,
        "seat_ids": list(verdict.seat_ids),
        "reason": verdict.reason,
        "at": verdict.at,
        "was_sold": verdict.was_sold,
    }


def _ledger(document: Document) -> Ledger:
    return Ledger(
        showtime_id=document["_id"],
        rev=document["rev"],
        revision=document["revision"],
        starts_at=document["starts_at"],
        closed=document["closed"],
        sold=document["sold"],
        checkouts={
            seat: Checkout(checkout["hold_id"], checkout["until"]) for seat, checkout in document["checkouts"].items()
        },
        verdicts={booking: _verdict(one) for booking, one in document["verdicts"].items()},
    )


def _verdict(document: Document) -> Verdict:
    return Verdict(
        document["verdict"],
        tuple(document["seat_ids"]),
        document["at"],
        document["reason"],
        document.get("was_sold", False),
    )


class MongoSnapshots:
    """The newest snapshot heard of each showtime."""

    def __init__(self, showtimes: Collection) -> None:
        self._showtimes = showtimes

    async def find(self, showtime_id: ShowtimeId) -> ShowtimeSnapshot | None:
        """The snapshot with the highest revision, or None when none has come yet."""
        found = await self._showtimes.find_one({"_id": showtime_id})
        return ShowtimeSnapshot.model_validate_json(found["snapshot"]) if found else None

    async def keep(self, snapshot: ShowtimeSnapshot) -> None:
        """Store it unless one as new is there."""
        older = {"_id": snapshot.showtime_id, "revision": {"$lt": snapshot.revision}}
        kept = {"revision": snapshot.revision, "snapshot": snapshot.model_dump_json()}
        try:
            await self._showtimes.update(older, {"$set": kept}, upsert=True)
        except DuplicateKeyError:
            return


class MongoCheckedOutHolds:
    """Holds in checkout: written before the ledger names them, kept for good."""

    def __init__(self, holds: Collection) -> None:
        self._holds = holds

    async def keep(self, hold: CheckedOutHold) -> None:
        """Store the hold, or its later end."""
        fixed = {
            "showtime_id": hold.showtime_id,
            "booking_id": booking_of(hold.id),
            "user_id": hold.user_id,
            "seat_ids": list(hold.seat_ids),
            "quote": hold.quote.model_dump(),
            "checked_out_at": datetime.now(UTC),
            "ended_at": None,
        }
        moving = {"$max": {"expires_at": hold.expires_at, "refreshes": hold.refreshes}, "$setOnInsert": fixed}
        await self._holds.update({"_id": hold.id}, moving, upsert=True)

    async def end(self, hold_id: HoldId) -> None:
        """Its owner let it go."""
        await self._holds.update({"_id": hold_id}, {"$set": {"ended_at": datetime.now(UTC)}})

    async def find(self, hold_ids: list[HoldId]) -> list[CheckedOutHold]:
        """Those of the holds that ever were in checkout."""
        found = await self._holds.find({"_id": {"$in": hold_ids}}) if hold_ids else []
        return [_checked_out_hold(document) for document in found]


def _checked_out_hold(document: Document) -> CheckedOutHold:
    return CheckedOutHold(
        id=document["_id"],
        showtime_id=document["showtime_id"],
        user_id=document["user_id"],
        seat_ids=tuple(document["seat_ids"]),
        quote=Quote.model_validate(document["quote"]),
        expires_at=document["expires_at"],
        refreshes=document["refreshes"],
    )


class MongoRuns:
    """The run of Redis that was told every ledger; kept here, for what Redis keeps may go back with it."""

    def __init__(self, runs: Collection) -> None:
        self._runs = runs

    async def told(self) -> str:
        """Its run id; empty when none was told yet."""
        found = await self._runs.find_one({"_id": "redis"})
        return str(found["run"]) if found else ""

    async def keep(self, run: str) -> None:
        """Every ledger was told since this run began."""
        await self._runs.update({"_id": "redis"}, {"$set": {"run": run}}, upsert=True)
