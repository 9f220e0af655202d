"""What a guest does with seats: hold, look, refresh, let go."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.problems import InvalidInput
from contracts.ids import HoldId, ShowtimeId, new_hold_id
from contracts.prices import Quote
from seating.domain import Hold, Showtime, instant
from seating.errors import HoldExpired, HoldNotFound, HoldSold, PriceChanged, ShowtimeClosed, UnknownSeats
from seating.usecases.checkouts import Checkouts
from seating.usecases.lookup import HoldLookup
from seating.usecases.ports import HoldEnded, HoldTerms, InCheckout, SeatHolds, SnapshotOutdated
from seating.usecases.prices import Quotes
from seating.usecases.showtimes import Showtimes

_ATTEMPTS = 10  # each begins with a newer snapshot, or with another id


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """Which seats to hold, and the type of ticket of each that is no adult's; `expected_total` is what the client
    showed its user, in minor units.

    `id_seed` (from the `Idempotency-Key`) fixes the hold's id: a call that `is_retry` of one whose outcome is unknown
    finds the hold that it made. `staff_of` are the theaters whose withheld seats the caller may give out, None for all;
    `is_for_need`: one of the guests needs them. `may_leave_single_seat` where it is known that nothing else is left.
    What `guests`, users linked to the caller, hold of the showtime counts against the limit too.
    """

    showtime_id: str
    seat_ids: Sequence[str]
    expected_total: int | None = None
    ticket_types: Mapping[str, str] = field(default_factory=dict)
    id_seed: str | None = None
    is_retry: bool = False
    staff_of: Collection[str] | None = ()
    guests: Sequence[str] = ()
    guest_address: str = ""
    is_for_need: bool = False
    may_leave_single_seat: bool = False


class Holding:
    """The use cases of a guest."""

    def __init__(
        self, seat_holds: SeatHolds, showtimes: Showtimes, quotes: Quotes, lookup: HoldLookup, checkouts: Checkouts
    ) -> None:
        self._seat_holds, self._showtimes, self._quotes = seat_holds, showtimes, quotes
        self._lookup, self._checkouts = lookup, checkouts

    async def hold(self, user_id: str, request: HoldRequest) -> Hold:
        """Hold all seats or none, at the price of this moment.

        Raises `ShowtimeNotFound`, `UnknownSeats`, `ShowtimeClosed`, `PriceChanged`, `InvalidInput` for a type of ticket
        that there is none of, and what `SeatHolds.hold` does.
        """
        showtime = await self._showtimes.get(request.showtime_id)
        hold_id = new_hold_id(showtime.id, request.id_seed)
        if request.is_retry:
            earlier = await self._find_or_none(user_id, hold_id)
            if earlier and earlier.status == "active":
                return earlier
            hold_id = new_hold_id(showtime.id) if earlier else hold_id
        for _ in range(_ATTEMPTS):
            try:
                return await self._hold(showtime, hold_id, user_id, request)
            except SnapshotOutdated:
                showtime = await self._showtimes.newest(showtime.id) or showtime
            except HoldEnded:
                hold_id = new_hold_id(showtime.id)
        raise ShowtimeClosed("the showtime is being changed")

    async def earlier(self, user_id: str, showtime_id: ShowtimeId, id_seed: str | None) -> Hold | None:
        """The live hold that a call with this seed has made."""
        hold = await self._find_or_none(user_id, new_hold_id(showtime_id, id_seed)) if id_seed else None
        return hold if hold and hold.status == "active" else None

    async def _find_or_none(self, user_id: str, hold_id: HoldId) -> Hold | None:
        try:
            return await self.find(user_id, hold_id)
        except HoldNotFound:
            return None

    async def _hold(self, showtime: Showtime, hold_id: HoldId, user_id: str, request: HoldRequest) -> Hold:
        unknown = [seat for seat in request.seat_ids if seat not in showtime.index]
        if unknown:
            raise UnknownSeats(unknown)
        moment = time.time()
        showtime = await self._ensure_open(showtime, moment)
        try:
            quote = await self._quote(showtime, request, moment)
        except (InvalidInput, PriceChanged):
            newest = await self._showtimes.newest(showtime.id)
            if newest is None or newest is showtime:
                raise
            showtime, quote = newest, await self._quote(newest, request, moment)
        staff_of, theater_id = request.staff_of, showtime.snapshot.theater.theater_id
        terms = HoldTerms(
            withheld_too=request.is_for_need or staff_of is None or theater_id in staff_of,
            may_leave_single_seat=request.may_leave_single_seat,
            guest_address=request.guest_address,
            guests=request.guests,
        )
        return await self._seat_holds.hold(showtime, hold_id, user_id, request.seat_ids, quote, terms=terms)

    async def _quote(self, showtime: Showtime, request: HoldRequest, moment: float) -> Quote:
        """What the seats cost; raises `InvalidInput` for an unknown type of ticket, and `PriceChanged`."""
        quote = await self._quotes.quote(showtime, request.seat_ids, request.ticket_types, moment)
        if request.expected_total is not None and quote.total != request.expected_total:
            raise PriceChanged(f"these seats cost {quote.total} now", total=quote.total)
        return quote

    async def _ensure_open(self, showtime: Showtime, moment: float) -> Showtime:
        """The showtime, by a newer snapshot where the one at hand says that it is closed; raises `ShowtimeClosed`."""
        now = instant(moment * 1000)
        if showtime.is_closed(now):
            showtime = await self._showtimes.newest(showtime.id) or showtime
            if showtime.is_closed(now):
                raise ShowtimeClosed("nothing is sold for this showtime any more")
        return showtime

    async def owner(self, user_ids: Sequence[str], hold_id: str) -> str:
        """Which of these users, who are one person, has the hold; the first where none has it."""
        for user_id in user_ids[1:]:
            if await self._lookup.is_of(user_id, hold_id):
                return user_id
        return user_ids[0]

    async def find(self, user_id: str, hold_id: str) -> Hold:
        """The hold; raises `HoldNotFound`."""
        await self._lookup.showtime(hold_id)
        return await self._lookup.find(user_id, HoldId(hold_id))

    async def refresh(self, user_id: str, hold_id: str) -> Hold:
        """Give it the whole time again; the ledger keeps one in checkout that long too.

        Raises `HoldNotFound`, `HoldExpired`, `HoldSold`, `RefreshLimit`.
        """
        showtime = await self._lookup.showtime(hold_id)
        try:
            hold = await self._seat_holds.refresh(HoldId(hold_id), user_id)
        except HoldNotFound:
            ended = await self._lookup.checked_out(user_id, HoldId(hold_id))
            raise _why_ended(ended) from None
        if hold.in_checkout:
            showtime = await self._lookup.showtime_of(hold, showtime)
            await self._checkouts.enter(showtime, hold, refreshed=True)
        return hold

    async def release(self, user_id: str, hold_id: str) -> None:
        """Let go, again too; raises `HoldNotFound`, and `HoldSold` when its money has come."""
        showtime = await self._lookup.showtime(hold_id)
        release, valid_id = self._seat_holds.release, HoldId(hold_id)
        try:
            await release(valid_id, user_id, ledger_let_go=False)
        except InCheckout:
            # Twice: a checkout under way may write the hold into the ledger between the two steps of the first round.
            for _ in range(2):
                await self._checkouts.give_up(showtime, valid_id)
                await release(valid_id, user_id, ledger_let_go=True)
        except HoldNotFound:
            if (await self._lookup.checked_out(user_id, valid_id)).status == "sold":
                raise HoldSold("the hold is paid for") from None


def _why_ended(hold: Hold) -> HoldSold | HoldExpired:
    return HoldSold("the hold is paid for") if hold.status == "sold" else HoldExpired("the hold has ended")
