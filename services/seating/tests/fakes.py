"""In-memory stand-ins for the ports that are stores; one contract suite holds them and the real ones to the same."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Ledger, Plan, Showtime
from seating.ledger import LedgerChange, is_of_an_old_screen, sale_change
from seating.replanning import PlanChange, PlanOutcome
from seating.replanning import applied as planned
from seating.usecases.ports import ClaimTooShort

WRITE_SECONDS = 10.0


def applied(ledger: Ledger, change: LedgerChange) -> Ledger:
    """The ledger after the write of a change."""
    sold = {seat: owner for seat, owner in ledger.sold.items() if seat not in change.freed}
    checkouts = {seat: there for seat, there in ledger.checkouts.items() if seat not in change.ended_checkouts}
    verdicts = dict([change.verdict] if change.verdict else [])
    moved = dict(ledger.moved)
    if change.given_up:
        booking_id, gone = change.given_up
        left = {sold_as: now for sold_as, now in moved[booking_id].seats.items() if sold_as not in gone}
        moved[booking_id] = replace(moved[booking_id], seats=left)
    return replace(
        ledger,
        rev=ledger.rev + (1 if change.raises_rev else 0),
        sold=sold | dict(change.sold),
        checkouts=checkouts | dict(change.checkouts),
        verdicts={**ledger.verdicts, **verdicts},
        moved=moved,
    )


class FakeLedgers:
    """`Ledgers` as values; `said` has the keys of the events of each showtime, in their order."""

    def __init__(self) -> None:
        self._ledgers: dict[ShowtimeId, Ledger] = {}
        self._plans: dict[ShowtimeId, Plan] = {}
        self._outcomes: dict[ShowtimeId, PlanOutcome] = {}
        self.said: defaultdict[ShowtimeId, list[str]] = defaultdict(list)

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None:
        return self._ledgers.get(showtime_id)

    async def settled(self, showtime_id: ShowtimeId) -> Ledger | None:
        return self._ledgers.get(showtime_id)

    async def sold_seats(self, showtime_id: ShowtimeId) -> frozenset[str]:
        ledger = self._ledgers.get(showtime_id)
        return frozenset(ledger.sold if ledger else ())

    async def open(self, snapshot: ShowtimeSnapshot) -> Ledger | None:
        present = self._ledgers.get(snapshot.showtime_id)
        if present and present.revision >= snapshot.revision:
            return None
        blocked = frozenset(snapshot.layout.blocked)
        ledger = Ledger(snapshot.showtime_id, 1, snapshot.revision, snapshot.start_at, blocked=blocked)
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
        is_sold = any(seat in ledger.sold or seat in ledger.blocked for seat in sale.seat_ids)
        if sale.booking_id in ledger.moved or is_of_an_old_screen(ledger, sale.booking_id):
            return None
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

    async def plan(self, showtime_id: ShowtimeId) -> Plan | None:
        return self._plans.get(showtime_id)

    async def outcome(self, showtime_id: ShowtimeId) -> PlanOutcome | None:
        return self._outcomes.get(showtime_id)

    async def fence(self, showtime_id: ShowtimeId) -> Ledger | None:
        ledger = self._ledgers.get(showtime_id)
        if ledger is not None:
            ledger = self._ledgers[showtime_id] = replace(ledger, fenced_until=datetime.now(UTC) + timedelta(seconds=3))
        return ledger

    async def unfence(self, showtime_id: ShowtimeId) -> None:
        if showtime_id in self._ledgers:
            self._ledgers[showtime_id] = replace(self._ledgers[showtime_id], fenced_until=None)

    async def write_plan(self, present: Ledger, change: PlanChange) -> Ledger | None:
        showtime_id = present.showtime_id
        if self._ledgers[showtime_id].rev != present.rev:
            return None
        self.said[showtime_id] += [key for key, _ in change.events]
        self._plans[showtime_id], self._outcomes[showtime_id] = change.plan, change.outcome
        written = self._ledgers[showtime_id] = planned(self._ledgers[showtime_id], change)
        return written

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
        self._plans: dict[ShowtimeId, Plan] = {}

    async def find(self, showtime_id: ShowtimeId) -> Showtime | None:
        snapshot = self._snapshots.get(showtime_id)
        return Showtime.of(snapshot, self._plans.get(showtime_id)) if snapshot else None

    async def follow(self, showtime_id: ShowtimeId, plan: Plan) -> None:
        present = self._plans.get(showtime_id)
        if present is None or present.number < plan.number:
            self._plans[showtime_id] = plan

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
