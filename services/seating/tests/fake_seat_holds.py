"""An in-memory stand-in for the port `SeatHolds`: what the Lua scripts do, as plainly as can be, by a clock that tests
set."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic, time

from services.seating.tests.choices import ScreenState
from services.seating.tests.factories import payment_seconds_of

from contracts.ids import HoldId, ShowtimeId, showtime_of
from contracts.prices import Quote
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Hold, HoldStatus, Ledger, SeatMap, Showtime, hold_of, instant, milliseconds
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
    CheckedOutHolds,
    Claim,
    HoldEnded,
    InCheckout,
    Ledgers,
    SnapshotOutdated,
    Snapshots,
)

CLAIM_MS = 60_000
HOUR_MS = 3_600_000


@dataclass
class Record:
    """What is known of a hold; `rev` is that of the ledger which ended it."""

    user_id: str
    seat_ids: tuple[str, ...]
    quote: Quote
    held_until: int
    status: HoldStatus = "active"
    is_live: bool = True
    is_counted: bool = True
    refreshes: int = 0
    in_checkout: bool = False
    claimed_until: int = 0
    ended_at: int = 0
    rev: int | None = None

    @property
    def ends_at(self) -> int:
        return max(self.held_until if self.status == "active" else 0, self.claimed_until)


@dataclass
class Seats:
    """One showtime: its letters by seat, who holds a seat, and what was told of it (rev, owner)."""

    showtime: Showtime
    now: int
    version: int
    rev: int
    letters: dict[str, str]
    holders: dict[str, HoldId] = field(default_factory=dict)
    told: dict[str, tuple[int, str]] = field(default_factory=dict)
    records: dict[HoldId, Record] = field(default_factory=dict)
    newest: Ledger | None = None
    was_closed: bool = False

    @property
    def closed(self) -> bool:
        return self.newest is not None and not self.newest.is_open(instant(self.now))

    def owner(self, seat: str) -> str:
        """The booking that owns the seat, or ''."""
        return self.told.get(seat, (0, ""))[1]

    def end(self, hold_id: HoldId, status: HoldStatus) -> None:
        """A hold and its claim end as a whole."""
        record = self.records[hold_id]
        for seat in record.seat_ids:
            if self.holders.get(seat) == hold_id:
                del self.holders[seat]
                self.letters[seat] = "s" if self.owner(seat) else "a"
        if record.status == "active" or status != "expired":
            record.status = status
        record.is_live = record.is_counted = False
        record.claimed_until, record.ended_at = 0, self.now

    def tell(self, ledger: Ledger, seat_ids: Iterable[str], checkouts: Mapping[HoldId, CheckedOutHold]) -> None:
        newer = [seat for seat in seat_ids if ledger.rev > self.told.get(seat, (self.rev, ""))[0]]
        for seat in newer:
            self.told[seat] = (ledger.rev, ledger.sold.get(seat, ""))
        for seat in newer:
            self._tell(ledger, seat, checkouts)

    def _tell(self, ledger: Ledger, seat: str, checkouts: Mapping[HoldId, CheckedOutHold]) -> None:
        booking, buyer = self.owner(seat), self._buyer(ledger, seat, checkouts)
        owner = hold_of(booking, self.showtime.id) if booking else buyer
        holder = self.holders.get(seat)
        if holder and owner and holder != owner:
            self.end(holder, "released")
            holder = None
        if booking:
            self.letters[seat] = "s"
            if holder:
                self.end(holder, "sold")
        elif buyer:
            self._revive(buyer, checkouts[buyer], self._until(ledger, buyer))
            self.holders[seat], self.letters[seat] = buyer, "h"
        elif self.letters[seat] == "s":
            self.letters[seat] = "h" if holder else "a"

    def _until(self, ledger: Ledger, hold_id: HoldId) -> int:
        return max(milliseconds(there.until) for there in ledger.checkouts.values() if there.hold_id == hold_id)

    def _buyer(self, ledger: Ledger, seat: str, checkouts: Mapping[HoldId, CheckedOutHold]) -> HoldId | None:
        """The hold that has the seat in checkout, unless its time is over or its owner let it go."""
        checkout = ledger.checkouts.get(seat)
        if checkout is None or checkout.hold_id not in checkouts:
            return None
        record = self.records.get(checkout.hold_id)
        was_let_go = record is not None and record.status == "released"
        is_over = self._until(ledger, checkout.hold_id) <= self.now
        return None if was_let_go or is_over else checkout.hold_id

    def _revive(self, hold_id: HoldId, hold: CheckedOutHold, until: int) -> None:
        record = self.records.setdefault(hold_id, Record(hold.user_id, hold.seat_ids, hold.quote, 0))
        record.status, record.is_live, record.is_counted, record.in_checkout = "active", True, True, True
        record.held_until, record.refreshes = max(record.held_until, until), record.refreshes or hold.refreshes

    def tell_ended(self, ledger: Ledger, ended: Mapping[HoldId, HoldStatus]) -> None:
        for hold_id, status in ended.items():
            record = self.records.get(hold_id)
            if record and (record.is_live or record.status != status or record.rev is None):
                is_newest = ledger.rev >= (record.rev or 0)
                record.rev = ledger.rev if is_newest else record.rev
                self.end(hold_id, status if is_newest else record.status)


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
        self, showtime: Showtime, hold_id: HoldId, user_id: str, seat_ids: Sequence[str], quote: Quote
    ) -> Hold:
        seats = await self._seats(showtime.id)
        record = seats.records.get(hold_id)
        if record is None:
            _judge(seats, showtime, user_id, seat_ids)
            record = seats.records[hold_id] = Record(user_id, tuple(seat_ids), quote, self.now + self._hold_ms)
            seats.letters |= dict.fromkeys(seat_ids, "h")
            seats.holders |= dict.fromkeys(seat_ids, hold_id)
            seats.version += 1
        elif record.status != "active":
            raise HoldEnded
        return Hold(hold_id, user_id, tuple(seat_ids), "active", record.held_until, self.now, quote)

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

    async def claim(self, showtime: Showtime, sale: Sale) -> Claim:
        seats = await self._seats(showtime.id)
        owners = {seats.owner(seat) for seat in sale.seat_ids} - {"", sale.booking_id}
        holders = {seats.holders.get(seat, sale.hold_id) for seat in sale.seat_ids} - {sale.hold_id}
        deadline = monotonic() + CLAIM_MS / 1000 - 5
        if owners or holders:
            return Claim(granted=False, at=instant(self.now), deadline=deadline)
        forgotten = Record(sale.user_id, sale.seat_ids, sale.quote, self.now, "expired", is_counted=False)
        record = seats.records.setdefault(sale.hold_id, forgotten)
        for seat in sale.seat_ids:
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
        await self._tell(seats, ledger, named, ended or {})
        buyers = {ledger.checkouts[seat].hold_id for seat in named if seat in ledger.checkouts}
        return {hold_id for hold_id in buyers & set(seats.records) if seats.records[hold_id].status == "released"}

    async def tell_all(self, showtime: Showtime, *, after_restart: bool = False) -> None:
        if showtime.id not in self._showtimes:
            return
        seats, ledger = await self._seats(showtime.id), await self._ledgers.read(showtime.id)
        assert ledger is not None
        await self._tell(seats, ledger, showtime.index, _ended(ledger))
        seats.rev = max(seats.rev, ledger.rev)
        seats.version = max(seats.version, self.now) if after_restart else seats.version

    async def read(self, showtime_id: ShowtimeId, user_id: str = "") -> SeatMap:
        seats = await self._seats(showtime_id)
        own = {hold_id for hold_id, record in seats.records.items() if record.user_id == user_id and record.is_counted}
        mine = {seat: hold_id for hold_id in own for seat in seats.records[hold_id].seat_ids}
        revision = seats.newest.revision if seats.newest else 0
        letters = "".join(seats.letters.values())
        return SeatMap(seats.version, revision, self.now, letters, mine, closed=seats.closed)

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
        )

    async def _seats(self, showtime_id: ShowtimeId) -> Seats:
        """The showtime as it is now: loaded if it is not known, and after what has expired has ended."""
        if showtime_id not in self._showtimes:
            await self._load(showtime_id)
        seats = self._showtimes[showtime_id]
        seats.now = self.now
        for hold_id, record in list(seats.records.items()):
            if record.is_live and record.ends_at <= self.now:
                seats.end(hold_id, "expired")
                seats.version += 1
            elif not record.is_live and record.ended_at + HOUR_MS <= self.now:
                del seats.records[hold_id]
        if seats.closed != seats.was_closed:
            seats.was_closed = seats.closed
            seats.version += 1
        return seats

    async def _load(self, showtime_id: ShowtimeId) -> None:
        snapshot, ledger = await self._snapshots.find(showtime_id), await self._ledgers.read(showtime_id)
        if snapshot is None:
            raise ShowtimeNotFound
        ledger = ledger or await self._ledgers.open(snapshot)
        assert ledger is not None
        showtime = Showtime.of(snapshot)
        letters = dict(zip(showtime.index, showtime.empty_map(), strict=True))
        seats = self._showtimes[showtime_id] = Seats(showtime, self.now, self.now, -1, letters)
        await self._tell(seats, ledger, [*ledger.sold, *ledger.checkouts], _ended(ledger))
        seats.rev = ledger.rev

    async def _tell(
        self, seats: Seats, ledger: Ledger, seat_ids: Iterable[str], ended: Mapping[HoldId, HoldStatus]
    ) -> None:
        """A hold in checkout is told with all of its seats."""
        named = list(seat_ids)
        hold_ids = {ledger.checkouts[seat].hold_id for seat in named if seat in ledger.checkouts}
        holds = {hold.id: hold for hold in await self._checked_out_holds.find(sorted(hold_ids))}
        theirs = [seat for seat, checkout in ledger.checkouts.items() if checkout.hold_id in holds]
        before = dict(seats.letters)
        seats.tell(ledger, dict.fromkeys(named + theirs), holds)
        seats.tell_ended(ledger, ended)
        if seats.newest is None or ledger.rev >= seats.newest.rev:
            seats.newest = replace(ledger)
        seats.version += before != seats.letters


def _judge(seats: Seats, showtime: Showtime, user_id: str, seat_ids: Sequence[str]) -> None:
    """Raise what refuses a hold of these seats."""
    if seats.newest and seats.newest.revision > showtime.snapshot.revision:
        raise SnapshotOutdated
    if seats.closed:
        raise ShowtimeClosed
    taken = [seat for seat in seat_ids if seats.letters[seat] != "a"]
    if taken:
        raise SeatsUnavailable(taken)
    if sum(record.is_counted for record in seats.records.values() if record.user_id == user_id) >= 3:
        raise HoldLimit
    free = frozenset(seat for seat, letter in seats.letters.items() if letter == "a")
    screen, choice = ScreenState(showtime.snapshot.layout, free), frozenset(seat_ids)
    if missing := screen.missing_partners(choice):
        raise SoldTogether(missing)
    alone = screen.left_alone(choice) if showtime.snapshot.theater.forbids_single_seats else None
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
