"""A worker's part: what comes free is offered to those who wait, first come first served, before it is for everybody.

Each step stands in `tests/model/waitlist_steps.py`: look at Redis, read who waits, write the offer, make its hold,
record it with its announcement; what suits nobody is let go.
"""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.due import run_due
from chassis.mongo import Document
from contracts.ids import HoldId, ShowtimeId, new_hold_id
from contracts.prices import Quote
from contracts.seating import WaitlistOffered
from contracts.shows import ShowDetails
from seating.domain import Showtime, instant
from seating.errors import HoldNotFound, HoldSold, ShowtimeNotFound
from seating.shard_lists import ShardLists
from seating.touched import TouchedShards, taken
from seating.usecases.use_cases import UseCases
from seating.waitlist.entries import Entry, Offer, first_offer, offer_of
from seating.waitlist.joining import Waitlist
from seating.waitlist.seats import AvailableForList, WaitlistSeats
from seating.waitlist.store import MongoWaitlist, entry_of

_MADE_WITHIN = timedelta(seconds=10)
_LEASE = timedelta(seconds=15)
_AGAIN_SECONDS = 0.5  # before the next look at a list that could not be served to its end
_ROUNDS = 200  # offers of one list in one go


class Offering:
    """Serves the lists for which something came; any replica may serve any list, and two the same."""

    def __init__(
        self,
        *,
        entries: MongoWaitlist,
        seats: WaitlistSeats,
        use_cases: UseCases,
        waitlist: Waitlist,
        lists: ShardLists,
        touched: TouchedShards,
    ) -> None:
        self._entries, self._seats, self._use_cases, self._waitlist = entries, seats, use_cases, waitlist
        self._lists, self._touched = lists, touched

    async def step(self) -> float | None:
        """Serve every list of the shards that were touched; the seconds until the next look where one needs another."""
        with taken(self._touched.waitlists) as shards:
            for shard, listed in (await self._lists.read("waitlists", shards)).items():
                if not all([await self.serve(each.showtime_id) for each in listed]):
                    self._touched.waitlists.add(shard)
        return _AGAIN_SECONDS if self._touched.waitlists else None

    async def run_due(self) -> None:
        """See to the entries that a crash has left, or whose offers have ended."""
        await run_due(self._entries.collection, self._see_to, lease=_LEASE)

    async def serve(self, showtime_id: ShowtimeId) -> bool:
        """Offer what is there to those whom it suits, and let go of the rest; False where another look is needed."""
        for _ in range(_ROUNDS):
            try:
                showtime = await self._use_cases.showtimes.newest(showtime_id)
                seats = await self._seats.look(showtime_id)
            except ShowtimeNotFound:
                return True
            entries = await self._entries.on_list(showtime_id)
            if showtime is None or seats.screen_number != showtime.screen_number:
                return False
            if seats.closed:
                entries = await self._close(entries)
            choice = first_offer(showtime, seats.free | seats.set_aside, entries)
            if choice is None or seats.closed:
                return await self._let_go(showtime_id, seats, entries)
            await self._offer(showtime, seats, *choice)
        return False

    async def _close(self, entries: list[Entry]) -> list[Entry]:
        """Nothing is sold any more: nobody waits."""
        return [entry for entry in entries if entry.status != "waiting" or not await self._entries.end(entry, "lapsed")]

    async def _let_go(self, showtime_id: ShowtimeId, seats: AvailableForList, entries: list[Entry]) -> bool:
        """Unless an offer is under way: what it cannot have may suit somebody."""
        if any(entry.status == "offering" for entry in entries):
            return False
        return await self._seats.let_go(showtime_id, seats.generation, waits=bool(entries))

    async def _offer(
        self, showtime: Showtime, seats: AvailableForList, entry: Entry, seat_ids: tuple[str, ...]
    ) -> None:
        quote = await self._use_cases.quotes.quote(showtime, seat_ids, {}, time.time())
        offer = Offer(new_hold_id(showtime.id), seat_ids, instant(seats.now) + _MADE_WITHIN)
        if not await self._entries.begin_offer(entry, offer):
            return
        entry = replace(entry, status="offering", offer=offer, number=entry.number + 1)
        await self._make(showtime, entry, offer, quote)

    async def _make(self, showtime: Showtime, entry: Entry, offer: Offer, quote: Quote) -> None:
        expires_at = await self._seats.offer(showtime, entry.user_id, offer, quote)
        if expires_at is None:
            await self._entries.wait_again(entry)
            return
        await self._record(showtime, entry, instant(expires_at), quote)

    async def _record(self, showtime: Showtime, entry: Entry, expires_at: datetime, quote: Quote) -> None:
        await self._entries.record_offer(entry, expires_at, _announcement(showtime, entry, expires_at, quote))

    async def _see_to(self, document: Document) -> None:
        """What an entry is due for."""
        entry = entry_of(document)
        match entry.status:
            case "waiting":
                await self._seats.look(entry.showtime_id, joins=True)
                await self._entries.seen(entry)
            case "offering":
                await self._look_up(entry)
            case "offered":
                await self._follow(entry)
            case _:
                await self._end_hold(entry)

    async def _look_up(self, entry: Entry) -> None:
        """An offer that was not recorded in time: its hold was made by now, or it never will be."""
        offer, seats = offer_of(entry), await self._seats.look(entry.showtime_id)
        if instant(seats.now) <= offer.made_by:
            await self._entries.look_again(entry, offer.made_by + timedelta(seconds=1))
            return
        try:
            hold = await self._use_cases.holding.find(entry.user_id, offer.hold_id)
        except HoldNotFound:
            await self._entries.wait_again(entry)
            return
        showtime = await self._use_cases.showtimes.get(entry.showtime_id)
        await self._record(showtime, entry, instant(hold.expires_at), hold.quote)

    async def _follow(self, entry: Entry) -> None:
        """The offer's time is over, unless its hold was given more of it."""
        entry = await self._waitlist.as_now(entry)
        if entry.status == "offered" and entry.offer and entry.offer.expires_at:
            at = max(entry.offer.expires_at, datetime.now(UTC) + timedelta(seconds=1))
            await self._entries.look_again(entry, at)

    async def _end_hold(self, entry: Entry) -> None:
        """Whoever left while an offer was under way lets go of its hold once it cannot be made any more."""
        seats = await self._seats.look(entry.showtime_id)
        if entry.offer and instant(seats.now) <= entry.offer.made_by:
            await self._entries.look_again(entry, entry.offer.made_by + timedelta(seconds=1))
            return
        if entry.offer:
            await self._release(entry, entry.offer.hold_id)
        await self._entries.nothing_due(entry.id)

    async def _release(self, entry: Entry, hold_id: HoldId) -> None:
        try:
            await self._use_cases.holding.release(entry.user_id, hold_id)
        except (HoldNotFound, HoldSold):
            return


def _announcement(showtime: Showtime, entry: Entry, expires_at: datetime, quote: Quote) -> WaitlistOffered:
    offer = offer_of(entry)
    return WaitlistOffered(
        entry_id=entry.id,
        user_id=entry.user_id,
        showtime_id=showtime.id,
        theater_id=entry.theater_id,
        hold_id=offer.hold_id,
        seat_ids=offer.seat_ids,
        seat_labels=tuple(line.label for line in quote.lines),
        total=quote.total,
        currency=quote.currency,
        expires_at=expires_at,
        show=_show(showtime),
    )


def _show(showtime: Showtime) -> ShowDetails:
    snapshot = showtime.snapshot
    theater = snapshot.theater
    return ShowDetails(
        showtime_id=showtime.id,
        start_at=snapshot.start_at,
        end_at=snapshot.end_at,
        timezone=theater.timezone,
        movie_title=snapshot.movie.title,
        poster=snapshot.movie.poster,
        theater_id=theater.theater_id,
        theater_name=theater.name,
        address=f"{theater.address}, {theater.city}",
        screen_name=snapshot.screen.name,
        language=snapshot.language,
        format=snapshot.format,
        city=theater.city,
    )
