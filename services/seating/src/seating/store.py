"""Mongo: one ledger per showtime, the snapshots, the holds in checkout, and which run of Redis knows the ledgers."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial

import pymongo
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import outbox
from chassis.mongo import Collection, Document
from chassis.outbox import Outbox
from chassis.problems import Problem
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.prices import Quote
from contracts.sale import Sale
from seating.documents import (
    WITHOUT_EVENTS,
    fields_of,
    ledger_of,
    not_in_checkout_by_another,
    open_without_verdict,
    outcome_of,
    plan_document,
    plan_of,
    plan_update,
    stands,
    unchanged,
    update_of,
    where_it_was_held,
)
from seating.domain import CheckedOutHold, Ledger, Plan, Showtime
from seating.grouped_writes import ConditionalWrite, GroupedWrites
from seating.ledger import LedgerChange, sale_change
from seating.replanning import PlanChange, PlanOutcome
from seating.usecases.ports import ClaimTooShort

FENCE_SECONDS = 3.0  # a fence ends after this time, whatever became of whoever made it
_FENCE_POLL_SECONDS = 0.02
WRITE_SECONDS = 10.0  # a write of the ledger is over within this time, or fails
MARGIN_SECONDS = 5.0  # by which clocks of different machines may differ
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=30 * 24 * 3600)


class MongoLedgers:
    """The ledgers. Every write that changes a verdict or a seat raises `rev`, and carries its event where it has one.

    A write is conditional on the booking and the seats it concerns, never on `rev`: writes that concern others do not
    stand in its way, however many there are. `deadline` is that of the claim behind a write, by `time.monotonic`: no
    write goes on beyond it.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._ledgers: Collection = outbox.collection
        self._grouped = GroupedWrites(outbox.collection)

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None:
        """The ledger as a majority has it."""
        document = await self._ledgers.find_one({"_id": showtime_id}, WITHOUT_EVENTS)
        return ledger_of(document) if document else None

    async def settled(self, showtime_id: ShowtimeId) -> Ledger | None:
        """The ledger once no fence stands."""
        ledger = await self.read(showtime_id)
        while ledger is not None and ledger.is_fenced(datetime.now(UTC)):
            await asyncio.sleep(_FENCE_POLL_SECONDS)
            ledger = await self.read(showtime_id)
        return ledger

    async def sold_seats(self, showtime_id: ShowtimeId) -> frozenset[str]:
        """The seats that are sold."""
        document = await self._ledgers.find_one({"_id": showtime_id}, {"sold": 1})
        return frozenset(document["sold"] if document else ())

    async def open(self, snapshot: ShowtimeSnapshot) -> Ledger | None:
        """Make the ledger, or have it follow a newer snapshot; None when it has seen this one or a newer."""
        of_snapshot: Document = {"starts_at": snapshot.start_at, "revision": snapshot.revision}
        if snapshot.status == "cancelled":
            of_snapshot["closed"] = "cancelled"
        blocked = list(snapshot.layout.blocked)
        empty: Document = {"rev": 1, "closed": None, "sold": {}, "checkouts": {}, "verdicts": {}, "outbox": []}
        empty |= {"plan_number": 0, "screen_number": 0, "screen_changed_at": None, "blocked": blocked, "moved": {}}
        try:
            await self._ledgers.insert({"_id": snapshot.showtime_id, **empty, **of_snapshot})
        except DuplicateKeyError:
            older = {"_id": snapshot.showtime_id, "revision": {"$lt": snapshot.revision}}
            document = await self._ledgers.find_one_and_update(older, {"$set": of_snapshot, "$inc": {"rev": 1}})
            return ledger_of(document) if document else None
        return await self.read(snapshot.showtime_id)

    async def sell_in_checkout(self, sale: Sale, now: datetime) -> Ledger | None:
        """The one conditional update that sells what is in the hold's own checkout, which outlasts the write."""
        after_write = now + timedelta(seconds=WRITE_SECONDS + MARGIN_SECONDS)
        checkouts = [(f"checkouts.{seat}.hold_id", f"checkouts.{seat}.until") for seat in sale.seat_ids]
        query: Document = {
            **open_without_verdict(sale, now, after_write),
            **{holder: sale.hold_id for holder, _ in checkouts},
            **{until: {"$gt": after_write} for _, until in checkouts},
        }
        return await self._sell(query, sale, now)

    async def sell(self, sale: Sale, now: datetime, *, deadline: float) -> Ledger | None:
        """The one conditional update that sells; None when a condition does not hold. Raises `ClaimTooShort`."""
        query: Document = {
            **open_without_verdict(sale, now, now),
            **where_it_was_held(sale),
            "$and": [not_in_checkout_by_another(seat, sale.hold_id, now) for seat in sale.seat_ids],
        }
        return await self._sell(query, sale, now, deadline)

    async def _sell(self, query: Document, sale: Sale, now: datetime, deadline: float = math.inf) -> Ledger | None:
        with _within(deadline):
            written = await self._write_grouped(query, sale.booking_id, sale_change(sale, now))
        return self._publish(*written) if written else None

    async def amend(
        self,
        showtime_id: ShowtimeId,
        booking_id: BookingId,
        decide: Callable[[Ledger], LedgerChange | None],
        *,
        presumed: Ledger | None = None,
        deadline: float = math.inf,
    ) -> Ledger | None:
        """Decide about a booking on the present state, and again when what that rests on changed before the write.

        None without a ledger. Where `presumed` is right, it is not read first. Raises `ClaimTooShort`.
        """
        with _within(deadline):
            written = await self._write_presumed(presumed, booking_id, decide) if presumed else None
            while written is None:
                present = await self.settled(showtime_id)
                change = decide(present) if present else None
                if present is None or change is None:
                    return present
                query = unchanged(present, booking_id, change.seat_ids, datetime.now(UTC))
                written = await self._write(query, change)
        return self._publish(*written)

    async def plan(self, showtime_id: ShowtimeId) -> Plan | None:
        """The newest plan; None where the theater never changed anything."""
        document = await self._ledgers.find_one({"_id": showtime_id}, {"plan": 1})
        return plan_of(document.get("plan")) if document else None

    async def outcome(self, showtime_id: ShowtimeId) -> PlanOutcome | None:
        """What came of the newest plan; None before the first."""
        document = await self._ledgers.find_one({"_id": showtime_id}, {"outcome": 1})
        return outcome_of(document.get("outcome")) if document else None

    async def fence(self, showtime_id: ShowtimeId) -> Ledger | None:
        """Have others wait, for a short time, and read it; None without a ledger. Writes under way end before."""
        until = {"fenced_until": datetime.now(UTC) + timedelta(seconds=FENCE_SECONDS)}
        document = await self._ledgers.find_one_and_update(
            {"_id": showtime_id}, {"$set": until}, projection=WITHOUT_EVENTS
        )
        return ledger_of(document) if document else None

    async def unfence(self, showtime_id: ShowtimeId) -> None:
        """Have others go on."""
        await self._ledgers.update({"_id": showtime_id}, {"$unset": {"fenced_until": ""}})

    async def write_plan(self, present: Ledger, change: PlanChange) -> Ledger | None:
        """Write it where the ledger is still the one that it was made of; None where another write came first."""
        query, update = {"_id": present.showtime_id, "rev": present.rev}, plan_update(change)
        with pymongo.timeout(WRITE_SECONDS):
            document = await self._ledgers.find_one_and_update(query, update, projection=WITHOUT_EVENTS)
        return self._publish(ledger_of(document), outbox.pushed(update)) if document else None

    async def _write_presumed(
        self, presumed: Ledger, booking_id: BookingId, decide: Callable[[Ledger], LedgerChange | None]
    ) -> tuple[Ledger, list[Document]] | None:
        """What is decided on a state that was not read, if that is the present one. What it refuses is no refusal.

        A change with events is not written: where another's write has put the same there, grouped writes cannot tell
        whether the events are stored.
        """
        try:
            change = decide(presumed)
        except Problem:
            return None
        if change is None or change.events:
            return None
        query = unchanged(presumed, booking_id, change.seat_ids, datetime.now(UTC))
        return await self._write_grouped(query, booking_id, change)

    async def _write_grouped(
        self, query: Document, booking_id: BookingId, change: LedgerChange
    ) -> tuple[Ledger, list[Document]] | None:
        """As `_write`, together with others of this process; what is returned knows of the booking and its seats."""
        update = update_of(change)
        is_there = partial(stands, change)
        write = ConditionalWrite(query, update, fields_of(booking_id, change), is_there, WRITE_SECONDS)
        document = await self._grouped.write(query["_id"], write)
        return (ledger_of(document), outbox.pushed(update)) if document else None

    async def _write(self, query: Document, change: LedgerChange) -> tuple[Ledger, list[Document]] | None:
        """The ledger, and the events that this very write put into it."""
        update = update_of(change)
        document = await self._ledgers.find_one_and_update(query, update, projection=WITHOUT_EVENTS)
        return (ledger_of(document), outbox.pushed(update)) if document else None

    def _publish(self, ledger: Ledger, pushed: list[Document]) -> Ledger:
        """Publish what this very write pushed, outside of its deadline. What others pushed is in their hands, or the
        poll's: after an outage of the broker a ledger has many events, and each sale would publish them all."""
        self._outbox.send_soon(ledger.showtime_id, pushed)
        return ledger


def _within(deadline: float) -> AbstractContextManager[object]:
    """The time that a write has; raises `ClaimTooShort` where all of it does not fit before the deadline."""
    if time.monotonic() + WRITE_SECONDS > deadline:
        raise ClaimTooShort
    return pymongo.timeout(WRITE_SECONDS)


class MongoSnapshots:
    """The newest snapshot heard of each showtime, and the newest plan of its seats."""

    def __init__(self, showtimes: Collection) -> None:
        self._showtimes = showtimes

    async def find(self, showtime_id: ShowtimeId) -> Showtime | None:
        """The showtime by the snapshot with the highest revision, with the seats of its plan; None before the first."""
        document = await self._showtimes.find_one({"_id": showtime_id})
        if document is None:
            return None
        return Showtime.of(ShowtimeSnapshot.model_validate_json(document["snapshot"]), plan_of(document.get("plan")))

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        """Save it unless one as new is there."""
        values = {"snapshot": snapshot.model_dump_json()}
        await self._showtimes.save_newest(snapshot.showtime_id, snapshot.revision, values)

    async def follow(self, showtime_id: ShowtimeId, plan: Plan) -> None:
        """Have the showtime's seats be those of the plan, unless one as new is there."""
        older = {"$or": [{"plan": None}, {"plan.number": {"$lt": plan.number}}]}
        await self._showtimes.update({"_id": showtime_id, **older}, {"$set": {"plan": plan_document(plan)}})


class MongoCheckedOutHolds:
    """Holds in checkout: saved before the ledger names them. Mongo deletes each 30 days after its end: by then the
    ledger has a verdict on whatever was paid, however late."""

    def __init__(self, holds: Collection) -> None:
        self._holds = holds

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._holds.ensure_indexes(_EXPIRY)

    async def save(self, hold: CheckedOutHold) -> None:
        """Save the hold, or its later end."""
        fixed = {
            "showtime_id": hold.showtime_id,
            "user_id": hold.user_id,
            "seat_ids": list(hold.seat_ids),
            "quote": hold.quote.model_dump(),
            "checked_out_at": datetime.now(UTC),
        }
        latest = {"expires_at": hold.expires_at, "refreshes": hold.refreshes}
        await self._holds.update({"_id": hold.id}, {"$max": latest, "$setOnInsert": fixed}, upsert=True)

    async def find(self, hold_ids: Sequence[HoldId]) -> list[CheckedOutHold]:
        """Those of the holds that ever were in checkout."""
        documents = await self._holds.find({"_id": {"$in": list(hold_ids)}}) if hold_ids else []
        return [_checked_out_hold(document) for document in documents]


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


class MongoServerRuns:
    """Which run of the Redis server was last told every ledger. Kept in Mongo: a Redis restored from an old snapshot
    would restore its own note too."""

    def __init__(self, server_runs: Collection) -> None:
        self._server_runs = server_runs

    async def last_told(self) -> str:
        """The id of that run; empty before the first."""
        document = await self._server_runs.find_one({"_id": "redis"})
        return str(document["run_id"]) if document else ""

    async def save(self, server_run_id: str) -> None:
        """Every ledger was told since the run with this id began."""
        await self._server_runs.update({"_id": "redis"}, {"$set": {"run_id": server_run_id}}, upsert=True)
