"""In-memory stand-ins for the ports that are stores; one contract suite holds them and the real ones to the same."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Ledger
from seating.ledger import LedgerChange, sale_change
from seating.usecases.ports import ClaimTooShort

WRITE_SECONDS = 10.0


def applied(ledger: Ledger, change: LedgerChange) -> Ledger:
    """The ledger after the write of a change."""
    sold = {seat: owner for seat, owner in ledger.sold.items() if seat not in change.freed}
    checkouts = {seat: there for seat, there in ledger.checkouts.items() if seat not in change.ended_checkouts}
    verdicts = dict([change.verdict] if change.verdict else [])
    return replace(
        ledger,
        rev=ledger.rev + (1 if change.raises_rev else 0),
        sold=sold | dict(change.sold),
        checkouts=checkouts | dict(change.checkouts),
        verdicts={**ledger.verdicts, **verdicts},
    )


class FakeLedgers:
    """`Ledgers` as values; `said` has the keys of the events of each showtime, in their order."""

    def __init__(self) -> None:
        self._ledgers: dict[ShowtimeId, Ledger] = {}
        self.said: defaultdict[ShowtimeId, list[str]] = defaultdict(list)

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None:
        return self._ledgers.get(showtime_id)

    async def sold_seats(self, showtime_id: ShowtimeId) -> frozenset[str]:
        ledger = self._ledgers.get(showtime_id)
        return frozenset(ledger.sold if ledger else ())

    async def open(self, snapshot: ShowtimeSnapshot) -> Ledger | None:
        present = self._ledgers.get(snapshot.showtime_id)
        if present and present.revision >= snapshot.revision:
            return None
        ledger = Ledger(snapshot.showtime_id, 1, snapshot.revision, snapshot.start_at)
        if present:
            ledger = replace(present, rev=present.rev + 1, revision=snapshot.revision, starts_at=snapshot.start_at)
        if snapshot.status == "cancelled":
            ledger = replace(ledger, closed="cancelled")
        self._ledgers[snapshot.showtime_id] = ledger
        return ledger

    async def sell_in_checkout(self, sale: Sale, now: datetime) -> Ledger | None:
        ledger, after_write = self._ledgers.get(sale.showtime_id), now + timedelta(seconds=WRITE_SECONDS + 5)
        if ledger is None or not ledger.is_open(after_write) or sale.booking_id in ledger.verdicts:
            return None
        own = [ledger.checkouts.get(seat) for seat in sale.seat_ids]
        lasts = all(there and there.hold_id == sale.hold_id and there.until > after_write for there in own)
        is_sold = any(seat in ledger.sold for seat in sale.seat_ids)
        return self._write(ledger, sale_change(sale, now)) if lasts and not is_sold else None

    async def sell(self, sale: Sale, now: datetime, *, deadline: float) -> Ledger | None:
        _within(deadline)
        ledger = self._ledgers.get(sale.showtime_id)
        if ledger is None or not ledger.is_open(now) or sale.booking_id in ledger.verdicts:
            return None
        is_sold = any(seat in ledger.sold for seat in sale.seat_ids)
        if is_sold or ledger.in_checkout_by_another(sale.seat_ids, sale.hold_id, now):
            return None
        return self._write(ledger, sale_change(sale, now))

    async def amend(
        self,
        showtime_id: ShowtimeId,
        booking_id: BookingId,
        decide: Callable[[Ledger], LedgerChange | None],
        *,
        presumed: Ledger | None = None,
        deadline: float = inf,
    ) -> Ledger | None:
        _within(deadline)
        ledger = self._ledgers.get(showtime_id)
        change = decide(ledger) if ledger else None
        return self._write(ledger, change) if ledger and change else ledger

    def _write(self, ledger: Ledger, change: LedgerChange) -> Ledger:
        self.said[ledger.showtime_id] += [key for key, _ in change.events]
        written = self._ledgers[ledger.showtime_id] = applied(ledger, change)
        return written


def _within(deadline: float) -> None:
    if time.monotonic() + WRITE_SECONDS > deadline:
        raise ClaimTooShort


class FakeSnapshots:
    """`Snapshots` in a dict."""

    def __init__(self) -> None:
        self._snapshots: dict[ShowtimeId, ShowtimeSnapshot] = {}

    async def find(self, showtime_id: ShowtimeId) -> ShowtimeSnapshot | None:
        return self._snapshots.get(showtime_id)

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        present = self._snapshots.get(snapshot.showtime_id)
        if present is None or present.revision < snapshot.revision:
            self._snapshots[snapshot.showtime_id] = snapshot


class FakeCheckedOutHolds:
    """`CheckedOutHolds` in a dict."""

    def __init__(self) -> None:
        self._holds: dict[HoldId, CheckedOutHold] = {}

    async def save(self, hold: CheckedOutHold) -> None:
        present = self._holds.get(hold.id, hold)
        self._holds[hold.id] = replace(
            present,
            expires_at=max(present.expires_at, hold.expires_at),
            refreshes=max(present.refreshes, hold.refreshes),
        )

    async def find(self, hold_ids: Sequence[HoldId]) -> list[CheckedOutHold]:
        return [self._holds[hold_id] for hold_id in hold_ids if hold_id in self._holds]


class FakeServerRuns:
    """`ServerRuns` in a field."""

    def __init__(self) -> None:
        self._run_id = ""

    async def last_told(self) -> str:
        return self._run_id

    async def save(self, server_run_id: str) -> None:
        self._run_id = server_run_id
