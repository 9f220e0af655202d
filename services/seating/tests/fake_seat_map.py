"""The seats of one showtime as the fake of `SeatHolds` has them: letters, holders, what was told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contracts.ids import HoldId, booking_of
from contracts.prices import Quote
from seating.domain import CheckedOutHold, HoldStatus, Ledger, Showtime, hold_of, instant, milliseconds


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
    moves: int = 0
    screen_number: int = 0
    ended_at: int = 0
    rev: int | None = None
    address: str = ""

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
    blocked: set[str] = field(default_factory=set)
    newest: Ledger | None = None
    shown: tuple[bool, str | None] = (False, None)
    withheld: Mapping[str, int] = field(default_factory=dict)
    withheld_revision: int = 0

    @property
    def closed(self) -> bool:
        return self.newest is not None and not self.newest.is_open(instant(self.now))

    @property
    def closing(self) -> tuple[bool, str | None]:
        """Whether nothing is sold any more, and why: each change of it is one of the map."""
        return self.closed, self.newest.closed if self.newest else None

    def owner(self, seat: str) -> str:
        """The booking that owns the seat, or ''."""
        return self.told.get(seat, (0, ""))[1]

    def unowned(self, seat: str) -> str:
        """What the map shows of a seat that nobody has."""
        if seat in self.blocked:
            return "b"
        return "w" if self.withheld.get(seat, 0) > self.now else "a"

    def withhold(self, showtime: Showtime) -> None:
        """Which seats are withheld follows from the newest snapshot."""
        if showtime.snapshot.revision > self.withheld_revision:
            self.withheld, self.withheld_revision = showtime.withheld, showtime.snapshot.revision
        self.release_withheld()

    def release_withheld(self) -> None:
        for seat, letter in self.letters.items():
            if letter in {"a", "w"}:
                self.letters[seat] = self.unowned(seat)

    def end(self, hold_id: HoldId, status: HoldStatus) -> None:
        """A hold and its claim end as a whole."""
        record = self.records[hold_id]
        for seat in record.seat_ids:
            if self.holders.get(seat) == hold_id:
                del self.holders[seat]
                self.letters[seat] = "s" if self.owner(seat) else self.unowned(seat)
        if record.status == "active" or status != "expired":
            record.status = status
        record.is_live = record.is_counted = False
        record.claimed_until, record.ended_at = 0, self.now

    def tell(self, ledger: Ledger, seat_ids: Iterable[str], checkouts: Mapping[HoldId, CheckedOutHold]) -> None:
        newer = [seat for seat in seat_ids if ledger.rev > self.told.get(seat, (self.rev, ""))[0]]
        for seat in newer:
            self.told[seat] = (ledger.rev, ledger.sold.get(seat, ""))
        self.blocked = self.blocked.difference(newer) | ledger.blocked.intersection(newer)
        for hold_id, hold in checkouts.items():
            self._reseat(ledger, hold_id, hold)
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
            self._revive(ledger, buyer, checkouts[buyer], self._until(ledger, buyer))
            self.holders[seat], self.letters[seat] = buyer, "h"
        elif seat in self.blocked:
            if holder:
                self.end(holder, "released")
            self.letters[seat] = "b"
        elif self.letters[seat] != "h":
            self.letters[seat] = "h" if holder else self.unowned(seat)

    def _reseat(self, ledger: Ledger, hold_id: HoldId, hold: CheckedOutHold) -> None:
        """A hold in checkout whose booking the theater has moved leaves its seats for those that it has now."""
        record, moved = self.records.get(hold_id), ledger.moved.get(booking_of(hold_id))
        if record is None or moved is None or moved.number <= record.moves:
            return
        for seat in record.seat_ids:
            if self.holders.get(seat) == hold_id:
                del self.holders[seat]
                self.letters[seat] = self.unowned(seat)
        record.seat_ids = ledger.places(booking_of(hold_id), hold.seat_ids)
        record.moves, record.screen_number = moved.number, ledger.screen_number

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

    def _revive(self, ledger: Ledger, hold_id: HoldId, hold: CheckedOutHold, until: int) -> None:
        places = ledger.places(booking_of(hold_id), hold.seat_ids)
        record = self.records.setdefault(hold_id, Record(hold.user_id, places, hold.quote, 0))
        record.screen_number = ledger.screen_number
        record.status, record.is_live, record.is_counted, record.in_checkout = "active", True, True, True
        record.held_until, record.refreshes = max(record.held_until, until), record.refreshes or hold.refreshes

    def tell_ended(self, ledger: Ledger, ended: Mapping[HoldId, HoldStatus]) -> None:
        for hold_id, status in ended.items():
            record = self.records.get(hold_id)
            if record and (record.is_live or record.status != status or record.rev is None):
                is_newest = ledger.rev >= (record.rev or 0)
                record.rev = ledger.rev if is_newest else record.rev
                self.end(hold_id, status if is_newest else record.status)
