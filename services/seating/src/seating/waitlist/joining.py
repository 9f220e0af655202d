"""What a guest does with a waiting list: join it, look, leave it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chassis.problems import InvalidInput
from chassis.times import now_in_milliseconds
from chassis.unavailable import PeerUnavailable
from contracts.ids import HoldId, UserId, is_id, new_suffix
from seating.domain import Hold, Showtime, instant
from seating.errors import AlreadyWaiting, EntryNotFound, HoldNotFound, HoldSold, SeatsLeft, ShowtimeClosed
from seating.usecases.use_cases import UseCases
from seating.waitlist.entries import Entry, Status, offer_of
from seating.waitlist.seats import AvailableForList, WaitlistSeats
from seating.waitlist.store import MongoWaitlist

_OUTCOMES: dict[str, Status] = {"sold": "taken", "released": "lapsed", "expired": "lapsed"}  # by the hold's status


@dataclass(frozen=True, slots=True)
class NewEntry:
    """How many adjacent seats somebody wants, of a type or of any. `id_seed` (from the `Idempotency-Key`) fixes the
    entry's id: a call that `is_retry` of one whose outcome is unknown finds the entry that it made. `guests`: other ids
    of the user, who waits once under all of them."""

    showtime_id: str
    count: int
    type: str | None = None
    id_seed: str | None = None
    is_retry: bool = False
    guests: Collection[str] = ()


class Waitlist:
    """The use cases of those who wait."""

    def __init__(self, entries: MongoWaitlist, seats: WaitlistSeats, use_cases: UseCases) -> None:
        self._entries, self._seats, self._use_cases = entries, seats, use_cases

    async def join(self, user_id: str, wanted: NewEntry) -> Entry:
        """Wait for seats of a showtime that has not as many free.

        Raises `ShowtimeNotFound`, `ShowtimeClosed`, `SeatsLeft`, `AlreadyWaiting`, `InvalidInput` for a type that the
        screen has no seats of, and `PeerUnavailable` while the show moves to another screen.
        """
        entry_id = f"wtl_{wanted.id_seed or new_suffix()}"
        if wanted.is_retry and (earlier := await self._entries.find(entry_id)):
            return earlier
        showtime = await self._use_cases.showtimes.get(wanted.showtime_id)
        showtime, seats = await self._look(showtime)
        if wanted.type is not None and all(seat.type != wanted.type for seat in showtime.seats):
            raise InvalidInput("type", "this screen has no seats of this type")
        _require_sold_out(showtime, seats, wanted)
        for guest_id in wanted.guests:
            await self._require_over(showtime, guest_id)
        entry = _new(entry_id, UserId(user_id), showtime, wanted)
        while not await self._entries.add(entry, showtime.snapshot.start_at):
            await self._require_over(showtime, user_id)
        return await self._tell(entry, wanted)

    async def _look(self, showtime: Showtime) -> tuple[Showtime, AvailableForList]:
        seats = await self._seats.look(showtime.id)
        if seats.screen_number != showtime.screen_number:
            showtime, _ = await self._use_cases.seat_maps.read(showtime.id)  # Redis is told of a new screen
            seats = await self._seats.look(showtime.id)
        if seats.screen_number != showtime.screen_number:
            raise PeerUnavailable("the show is moving to another screen")
        if seats.closed or showtime.is_closed(datetime.now(UTC)):
            raise ShowtimeClosed("nothing is sold for this showtime any more")
        return showtime, seats

    async def _require_over(self, showtime: Showtime, user_id: str) -> None:
        """The user has an entry: one whose offer has ended is over from now on. Raises `AlreadyWaiting`."""
        present = await self._entries.open_of(showtime.id, user_id)
        if present is not None and (await self.as_now(present)).is_open:
            raise AlreadyWaiting("you wait for seats of this showtime already", entry_id=present.id)

    async def _tell(self, entry: Entry, wanted: NewEntry) -> Entry:
        """Have Redis reserve what comes free; whoever can have seats now after all need not wait."""
        showtime = await self._use_cases.showtimes.get(entry.showtime_id)
        seats = await self._seats.look(entry.showtime_id, joins=True)
        try:
            if seats.screen_number == showtime.screen_number:
                _require_sold_out(showtime, seats, wanted)
        except SeatsLeft:
            if await self._entries.remove(entry):
                raise
            return await self._entries.find(entry.id) or entry
        await self._entries.seen(entry)
        return entry

    async def mine(self, user_ids: Collection[str]) -> list[Entry]:
        """The entries of these users, newest first, 100 at most."""
        return [await self.as_now(entry) for entry in await self._entries.of_users(user_ids)]

    async def as_now(self, entry: Entry) -> Entry:
        """The entry as its offer's hold has it at this moment; what has come of it is recorded. An offer that lapsed
        may have been paid for since: late money gets the seats where they are free."""
        if entry.status not in ("offered", "lapsed") or entry.offer is None:
            return entry
        try:
            hold = await self._use_cases.holding.find(entry.user_id, entry.offer.hold_id)
        except HoldNotFound:  # Redis has lost it
            if entry.status == "lapsed":
                return entry
            await self._entries.wait_again(entry)
            return replace(entry, status="waiting", offer=None)
        if hold.status == "active":
            return _until(entry, hold)
        if _OUTCOMES[hold.status] == entry.status:
            return entry
        await self._entries.end(entry, _OUTCOMES[hold.status])
        return replace(entry, status=_OUTCOMES[hold.status])

    async def leave(self, user_ids: Collection[str], entry_id: str) -> None:
        """Wait no more, and let go of what was offered; again is fine. Raises `EntryNotFound`."""
        entry = await self._find(user_ids, entry_id)
        while entry.is_open:
            if entry.status == "offered" and entry.offer and not await self._let_go(entry, entry.offer.hold_id):
                return
            due_at = entry.offer.made_by if entry.status == "offering" and entry.offer else None
            if await self._entries.end(entry, "left", due_at=due_at):
                return
            entry = await self._find(user_ids, entry_id)

    async def erase(self, user_id: str) -> None:
        """Forget a person who waits: what was offered goes to others."""
        for entry in await self._entries.of_users([user_id]):
            await self.leave([user_id], entry.id)
            await self._entries.forget(entry.id)

    async def _find(self, user_ids: Collection[str], entry_id: str) -> Entry:
        entry = await self._entries.find(entry_id) if is_id("wtl", entry_id) else None
        if entry is None or entry.user_id not in user_ids:
            raise EntryNotFound("no such entry of yours")
        return entry

    async def _let_go(self, entry: Entry, hold_id: HoldId) -> bool:
        """Whether the seats are free now: those that are paid for stay, and the entry is taken."""
        try:
            await self._use_cases.holding.release(entry.user_id, hold_id)
        except HoldNotFound:
            return True
        except HoldSold:
            await self._entries.end(entry, "taken")
            return False
        return True


def _new(entry_id: str, user_id: UserId, showtime: Showtime, wanted: NewEntry) -> Entry:
    theater_id, now = showtime.snapshot.theater.theater_id, now_in_milliseconds()
    return Entry(entry_id, showtime.id, theater_id, user_id, wanted.count, wanted.type, "waiting", now)


def _until(entry: Entry, hold: Hold) -> Entry:
    return replace(entry, offer=replace(offer_of(entry), expires_at=instant(hold.expires_at)))


def _require_sold_out(showtime: Showtime, seats: AvailableForList, wanted: NewEntry) -> None:
    """Raises `SeatsLeft` where as many seats of the type are free."""
    left = sum(wanted.type in (None, showtime.seats[at].type) for at in seats.free)
    if left >= wanted.count:
        raise SeatsLeft(f"{left} seats are free", left=left)
