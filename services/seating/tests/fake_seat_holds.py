"""An in-memory stand-in for the port `SeatHolds`: what the Lua scripts do, as plainly as can be, by a clock that tests
set."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from time import monotonic, time

from services.seating.tests.choices import ScreenState
from services.seating.tests.factories import payment_seconds_of
from services.seating.tests.fake_seat_map import Record, Seats

from contracts.ids import HoldId, ShowtimeId, showtime_of
from contracts.prices import Quote
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Hold, HoldStatus, Ledger, SeatMap, Showtime, hold_of, instant
from seating.errors import (
    HoldExpired,
    HoldLimit,
    HoldNotFound,
    HoldSold,
    LeavesSingleSeat,
    RefreshLimit,
    SeatsUnavailable,
    ShowtimeClosed,
    ShowtimeNotFound,
    SoldTogether,
)
from seating.usecases.ports import (
    FOR_ANYBODY,
    CheckedOutHolds,
    Claim,
    HoldEnded,
    HoldTerms,
    InCheckout,
    Ledgers,
    SnapshotOutdated,
    Snapshots,
)

CLAIM_MS = 60_000
HOUR_MS = 3_600_000


class FakeSeatHolds:
    """`SeatHolds` in dicts; loads what it does not know, as the real one does."""

    def __init__(
        self,
        ledgers: Ledgers,
        snapshots: Snapshots,
        checked_out_holds: CheckedOutHolds,
        *,
        hold_seconds: float = 600,
    ) -> None:
        self._ledgers, self._snapshots, self._checked_out_holds = ledgers, snapshots, checked_out_holds
        self._hold_ms, self._payment_ms = int(hold_seconds * 1000), int(payment_seconds_of(hold_seconds) * 1000)
        self._showtimes: dict[ShowtimeId, Seats] = {}
        self.now = round(time() * 1000)

    def lose(self) -> None:
        """All data is gone."""
        self._showtimes.clear()

    async def hold(
        self,
        showtime: Showtime,
        hold_id: HoldId,
        user_id: str,
        seat_ids: Sequence[str],
        quote: Quote,
        *,
        terms: HoldTerms = FOR_ANYBODY,
    ) -> Hold:
        seats = await self._seats(showtime.id)
        record = seats.records.get(hold_id)
        if record is None:
            _judge_address(seats, terms.guest_address)
            _judge(seats, showtime, user_id, seat_ids, terms)
            record = seats.records[hold_id] = Record(user_id, tuple(seat_ids), quote, self.now + self._hold_ms)
            record.screen_number, record.address = showtime.screen_number, terms.guest_address
            seats.letters |= dict.fromkeys(seat_ids, "h")
            seats.holders |= dict.fromkeys(seat_ids, hold_id)
            seats.version += 1
        elif record.status != "active":
            raise HoldEnded
        return self._shown(hold_id, record)

    async def find(self, hold_id: HoldId, user_id: str) -> Hold:
        return self._shown(hold_id, await self._own(hold_id, user_id))

    async def refresh(self, hold_id: HoldId, user_id: str) -> Hold:
        record = await self._own(hold_id, user_id)
        if record.claimed_until:
            raise HoldSold
        _active(record, self.now)
        if record.refreshes >= 3:
            raise RefreshLimit
        record.refreshes += 1
        record.held_until = max(record.held_until, self.now + self._hold_ms)
        return self._shown(hold_id, record)

    async def check_out(self, hold_id: HoldId, user_id: str) -> Hold:
        record = await self._own(hold_id, user_id)
        _active(record, self.now)
        if not record.in_checkout:
            record.in_checkout = True
            record.held_until = max(record.held_until, self.now + self._payment_ms)
        return self._shown(hold_id, record)

    async def release(self, hold_id: HoldId, user_id: str, *, ledger_let_go: bool) -> None:
        record = await self._own(hold_id, user_id)
        if record.status == "sold" or record.claimed_until:
            raise HoldSold
        if record.status != "active":
            return
        if record.in_checkout and not ledger_let_go:
            raise InCheckout
        seats = self._showtimes[showtime_of(hold_id)]
        seats.end(hold_id, "released")
        seats.version += 1

    async def claim(self, showtime: Showtime, sale: Sale, places: Sequence[str] = ()) -> Claim:
        seats, wanted = await self._seats(showtime.id), tuple(places or sale.seat_ids)
        owners = {seats.owner(seat) for seat in wanted} - {"", sale.booking_id}
        holders = {seats.holders.get(seat, sale.hold_id) for seat in wanted} - {sale.hold_id}
        deadline = monotonic() + CLAIM_MS / 1000 - 5
        gone = [seat for seat in wanted if seats.letters.get(seat, "b") == "b"]
        if owners or holders or gone:
            return Claim(granted=False, at=instant(self.now), deadline=deadline)
        forgotten = Record(sale.user_id, wanted, sale.quote, self.now, "expired", is_counted=False)
        record = seats.records.setdefault(sale.hold_id, forgotten)
        for seat in wanted:
            if not seats.owner(seat):
                seats.holders[seat], seats.letters[seat] = sale.hold_id, "h"
        record.claimed_until, record.is_live = self.now + CLAIM_MS, True
        seats.version += 1
        return Claim(granted=True, at=instant(self.now), deadline=deadline)

    async def tell(
        self,
        showtime: Showtime,
        ledger: Ledger,
        seat_ids: Iterable[str],
        ended: Mapping[HoldId, HoldStatus] | None = None,
        *,
        entering: CheckedOutHold | None = None,
    ) -> Collection[HoldId]:
        seats, named = await self._seats(showtime.id), list(seat_ids)
        if ledger.screen_number < seats.showtime.screen_number:
            return ()
        seats = await self._on_screen(seats, ledger)
        await self._tell(seats, ledger, named, ended or {}, showtime)
        buyers = {ledger.checkouts[seat].hold_id for seat in named if seat in ledger.checkouts}
        return {hold_id for hold_id in buyers & set(seats.records) if seats.records[hold_id].status == "released"}

    async def tell_all(self, showtime: Showtime, *, after_restart: bool = False) -> None:
        if showtime.id not in self._showtimes:
            return
        seats, ledger = await self._seats(showtime.id), await self._ledgers.read(showtime.id)
        assert ledger is not None
        seats = await self._on_screen(seats, ledger)
        await self._tell(seats, ledger, seats.showtime.index, _ended(ledger), showtime)
        seats.rev = max(seats.rev, ledger.rev)
        seats.version = max(seats.version, self.now) if after_restart else seats.version

    async def read(self, showtime_id: ShowtimeId, user_id: str = "") -> SeatMap:
        seats = await self._seats(showtime_id)
        own = {hold_id for hold_id, record in seats.records.items() if record.user_id == user_id and record.is_counted}
        mine = {seat: hold_id for hold_id in own for seat in seats.records[hold_id].seat_ids}
        revision = seats.newest.revision if seats.newest else 0
        letters = "".join(seats.letters.values())
        number = seats.showtime.screen_number
        return SeatMap(seats.version, revision, self.now, letters, mine, closed=seats.closed, screen_number=number)

    async def watch(self, showtime_id: ShowtimeId, milliseconds: int) -> SeatMap:
        assert milliseconds > 0
        return await self.read(showtime_id)

    async def _on_screen(self, before: Seats, ledger: Ledger) -> Seats:
        """The seats of the ledger's screen: where it is new all browsing holds end."""
        if ledger.screen_number == before.showtime.screen_number:
            return before
        in_checkout = {there.hold_id for there in ledger.checkouts.values()}
        for hold_id, record in before.records.items():
            if record.is_live and hold_id not in in_checkout:
                before.end(hold_id, "released")
        del self._showtimes[before.showtime.id]
        await self._load(before.showtime.id)
        after = self._showtimes[before.showtime.id]
        after.records = before.records | after.records
        after.version = max(after.version, before.version + 1)
        return after

    async def _own(self, hold_id: HoldId, user_id: str) -> Record:
        record = (await self._seats(showtime_of(hold_id))).records.get(hold_id)
        if record is None or record.user_id != user_id:
            raise HoldNotFound
        return record

    def _shown(self, hold_id: HoldId, record: Record) -> Hold:
        return Hold(
            id=hold_id,
            user_id=record.user_id,
            seat_ids=record.seat_ids,
            status=record.status,
            expires_at=record.held_until,
            now=self.now,
            quote=record.quote,
            refreshes=record.refreshes,
            in_checkout=record.in_checkout,
            screen_number=record.screen_number,
        )

    async def _seats(self, showtime_id: ShowtimeId) -> Seats:
        """The showtime as it is now: loaded if it is not known, and after what has expired has ended."""
        if showtime_id not in self._showtimes:
            await self._load(showtime_id)
        seats = self._showtimes[showtime_id]
        seats.now = self.now
        before = dict(seats.letters)
        seats.release_withheld()
        seats.version += before != seats.letters
        for hold_id, record in list(seats.records.items()):
            if record.is_live and record.ends_at <= self.now:
                seats.end(hold_id, "expired")
                seats.version += 1
            elif not record.is_live and record.ended_at + HOUR_MS <= self.now:
                del seats.records[hold_id]
        if seats.closing != seats.shown:
            seats.shown = seats.closing
            seats.version += 1
        return seats

    async def _load(self, showtime_id: ShowtimeId) -> None:
        showtime, ledger = await self._snapshots.find(showtime_id), await self._ledgers.read(showtime_id)
        if showtime is None:
            raise ShowtimeNotFound
        ledger = ledger or await self._ledgers.open(showtime.snapshot)
        assert ledger is not None
        letters = dict(zip(showtime.index, showtime.empty_map(), strict=True))
        seats = self._showtimes[showtime_id] = Seats(showtime, self.now, self.now, -1, letters)
        await self._tell(seats, ledger, [*ledger.sold, *ledger.checkouts, *ledger.blocked], _ended(ledger), showtime)
        seats.rev = ledger.rev

    async def _tell(
        self,
        seats: Seats,
        ledger: Ledger,
        seat_ids: Iterable[str],
        ended: Mapping[HoldId, HoldStatus],
        showtime: Showtime,
    ) -> None:
        """A hold in checkout is told with all of its seats."""
        named = list(seat_ids)
        hold_ids = {ledger.checkouts[seat].hold_id for seat in named if seat in ledger.checkouts}
        holds = {hold.id: hold for hold in await self._checked_out_holds.find(sorted(hold_ids))}
        theirs = [seat for seat, checkout in ledger.checkouts.items() if checkout.hold_id in holds]
        before = dict(seats.letters)
        seats.withhold(showtime)
        seats.tell(ledger, dict.fromkeys(named + theirs), holds)
        seats.tell_ended(ledger, ended)
        if seats.newest is None or ledger.rev >= seats.newest.rev:
            seats.newest = replace(ledger)
        seats.version += before != seats.letters


def _judge_address(seats: Seats, address: str) -> None:
    """Raise `HoldLimit` where guests of this address hold as much as they may."""
    if address and sum(record.is_counted for record in seats.records.values() if record.address == address) >= 6:
        raise HoldLimit


def _judge(seats: Seats, showtime: Showtime, user_id: str, seat_ids: Sequence[str], terms: HoldTerms) -> None:
    """Raise what refuses a hold of these seats."""
    available = "aw" if terms.withheld_too else "a"
    if seats.newest and seats.newest.revision > showtime.snapshot.revision:
        raise SnapshotOutdated
    if seats.closed:
        raise ShowtimeClosed
    taken = [seat for seat in seat_ids if seats.letters[seat] not in available]
    if taken:
        raise SeatsUnavailable(taken)
    if sum(record.is_counted for record in seats.records.values() if record.user_id in {user_id, *terms.guests}) >= 3:
        raise HoldLimit
    free = frozenset(seat for seat, letter in seats.letters.items() if letter in available)
    screen, choice = ScreenState(showtime.snapshot.layout, free), frozenset(seat_ids)
    if missing := screen.missing_partners(choice):
        raise SoldTogether(missing)
    forbids = showtime.snapshot.theater.forbids_single_seats and not terms.may_leave_single_seat
    alone = screen.left_alone(choice) if forbids else None
    if alone and (best := screen.best(choice)):
        raise LeavesSingleSeat(sorted(alone), sorted(best.pop()))


def _active(record: Record, now: int) -> None:
    """Raise why a hold cannot be extended."""
    if record.status == "sold":
        raise HoldSold
    if record.status != "active" or record.held_until <= now:
        raise HoldExpired


def _ended(ledger: Ledger) -> dict[HoldId, HoldStatus]:
    verdicts = ledger.verdicts.items()
    return {hold_of(booking_id, ledger.showtime_id): verdict.hold_status for booking_id, verdict in verdicts}
