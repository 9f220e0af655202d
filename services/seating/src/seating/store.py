"""Mongo: one ledger per showtime, the snapshots, the holds in checkout, and which run of Redis knows the ledgers."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pymongo
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import outbox
from chassis.envelope import seal
from chassis.mongo import Collection, Document
from chassis.outbox import Outbox
from chassis.problems import Problem
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.prices import Quote
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Ledger, SeatCheckout, Verdict, milliseconds
from seating.grouped_writes import ConditionalWrite, GroupedWrites
from seating.ledger import LedgerChange, sale_change
from seating.usecases.ports import ClaimTooShort

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
        document = await self._ledgers.find_one({"_id": showtime_id}, {"outbox": 0})
        return _ledger(document) if document else None

    async def sold_seats(self, showtime_id: ShowtimeId) -> frozenset[str]:
        """The seats that are sold."""
        document = await self._ledgers.find_one({"_id": showtime_id}, {"sold": 1})
        return frozenset(document["sold"] if document else ())

    async def open(self, snapshot: ShowtimeSnapshot) -> Ledger | None:
        """Make the ledger, or have it follow a newer snapshot; None when it has seen this one or a newer."""
        of_snapshot: Document = {"starts_at": snapshot.start_at, "revision": snapshot.revision}
        if snapshot.status == "cancelled":
            of_snapshot["closed"] = "cancelled"
        empty: Document = {"rev": 1, "closed": None, "sold": {}, "checkouts": {}, "verdicts": {}, "outbox": []}
        try:
            await self._ledgers.insert({"_id": snapshot.showtime_id, **empty, **of_snapshot})
        except DuplicateKeyError:
            older = {"_id": snapshot.showtime_id, "revision": {"$lt": snapshot.revision}}
            document = await self._ledgers.find_one_and_update(older, {"$set": of_snapshot, "$inc": {"rev": 1}})
            return _ledger(document) if document else None
        return await self.read(snapshot.showtime_id)

    async def sell_in_checkout(self, sale: Sale, now: datetime) -> Ledger | None:
        """The one conditional update that sells what is in the hold's own checkout, which outlasts the write."""
        after_write = now + timedelta(seconds=WRITE_SECONDS + MARGIN_SECONDS)
        checkouts = [(f"checkouts.{seat}.hold_id", f"checkouts.{seat}.until") for seat in sale.seat_ids]
        query: Document = {
            **_open_without_verdict(sale, after_write),
            **{holder: sale.hold_id for holder, _ in checkouts},
            **{until: {"$gt": after_write} for _, until in checkouts},
        }
        return await self._sell(query, sale, now)

    async def sell(self, sale: Sale, now: datetime, *, deadline: float) -> Ledger | None:
        """The one conditional update that sells; None when a condition does not hold. Raises `ClaimTooShort`."""
        query: Document = {
            **_open_without_verdict(sale, now),
            "$and": [_not_in_checkout_by_another(seat, sale.hold_id, now) for seat in sale.seat_ids],
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
                present = await self.read(showtime_id)
                change = decide(present) if present else None
                if present is None or change is None:
                    return present
                written = await self._write(_unchanged(present, booking_id, change.seat_ids), change)
        return self._publish(*written)

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
        return await self._write_grouped(_unchanged(presumed, booking_id, change.seat_ids), booking_id, change)

    async def _write_grouped(
        self, query: Document, booking_id: BookingId, change: LedgerChange
    ) -> tuple[Ledger, list[Document]] | None:
        """As `_write`, together with others of this process; what is returned knows of the booking and its seats."""
        update = _update(change)
        stands = partial(_stands, change)
        write = ConditionalWrite(query, update, _of(booking_id, change), stands, WRITE_SECONDS)
        document = await self._grouped.write(query["_id"], write)
        return (_ledger(document), outbox.pushed(update)) if document else None

    async def _write(self, query: Document, change: LedgerChange) -> tuple[Ledger, list[Document]] | None:
        """The ledger, and the events that this very write put into it."""
        update = _update(change)
        document = await self._ledgers.find_one_and_update(query, update, projection={"outbox": 0})
        return (_ledger(document), outbox.pushed(update)) if document else None

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


def _unchanged(present: Ledger, booking_id: BookingId, seat_ids: Iterable[str]) -> Document:
    """Optimistic lock: matches only while all that the decision read (this booking's verdict, these seats) is the
    same."""
    verdict = present.verdicts.get(booking_id)
    query: Document = {
        "_id": present.showtime_id,
        "closed": present.closed,
        "starts_at": present.starts_at,
        f"verdicts.{booking_id}.outcome": verdict and verdict.outcome,
    }
    for seat in seat_ids:
        checkout = present.checkouts.get(seat)
        query[f"sold.{seat}"] = present.sold.get(seat)
        query[f"checkouts.{seat}"] = checkout and _checkout_document(checkout)
    return query


def _of(booking_id: BookingId, change: LedgerChange) -> Document:
    """Shows what a change may have touched: a full screen's ledger is a hundred times as long."""
    seats = [f"{name}.{seat}" for seat in change.seat_ids for name in ("sold", "checkouts")]
    return dict.fromkeys(["rev", "revision", "starts_at", "closed", f"verdicts.{booking_id}", *seats], 1)


def _stands(change: LedgerChange, document: Document) -> bool:
    """Whether the ledger has all that the change puts there, whoever wrote it."""
    ledger = _ledger(document)
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


def _open_without_verdict(sale: Sale, moment: datetime) -> Document:
    """Matches a ledger that may still sell at the moment, where the booking has no verdict and the seats no owner."""
    return {
        "_id": sale.showtime_id,
        "closed": None,
        "starts_at": {"$gt": moment},
        f"verdicts.{sale.booking_id}": {"$exists": False},
        **{f"sold.{seat}": {"$exists": False} for seat in sale.seat_ids},
    }


def _not_in_checkout_by_another(seat: str, hold_id: str, now: datetime) -> Document:
    mine, over = {f"checkouts.{seat}.hold_id": {"$in": [None, hold_id]}}, {f"checkouts.{seat}.until": {"$lte": now}}
    return {"$or": [mine, over]}


def _update(change: LedgerChange) -> Document:
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


def _ledger(document: Document) -> Ledger:
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
    )


def _verdict(document: Document) -> Verdict:
    return Verdict(
        outcome=document["outcome"],
        seat_ids=tuple(document["seat_ids"]),
        at=document["at"],
        reason=document["reason"],
        was_sold=document["was_sold"],
    )


class MongoSnapshots:
    """The newest snapshot heard of each showtime."""

    def __init__(self, showtimes: Collection) -> None:
        self._showtimes = showtimes

    async def find(self, showtime_id: ShowtimeId) -> ShowtimeSnapshot | None:
        """The snapshot with the highest revision; None before the first."""
        document = await self._showtimes.find_one({"_id": showtime_id})
        return ShowtimeSnapshot.model_validate_json(document["snapshot"]) if document else None

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        """Save it unless one as new is there."""
        values = {"snapshot": snapshot.model_dump_json()}
        await self._showtimes.save_newest(snapshot.showtime_id, snapshot.revision, values)


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
