"""What a guest does with seats: hold, look, refresh, let go."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.ids import HoldId, new_hold_id
from seating.domain import Hold, Showtime, instant
from seating.errors import HoldExpired, HoldNotFound, HoldSold, PriceChanged, ShowtimeClosed, UnknownSeats
from seating.usecases.checkouts import Checkouts
from seating.usecases.lookup import HoldLookup
from seating.usecases.ports import HoldEnded, InCheckout, SeatHolds, SnapshotOutdated
from seating.usecases.prices import Quotes
from seating.usecases.showtimes import Showtimes

_ATTEMPTS = 10  # each begins with a newer snapshot, or with another id


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """Which seats to hold; `expected_total` is what the client showed its user, in minor units.

    `id_seed` (from the `Idempotency-Key`) fixes the hold's id: a call that `is_retry` of one whose outcome is unknown
    finds the hold that it made.
    """

    showtime_id: str
    seat_ids: Sequence[str]
    expected_total: int | None = None
    id_seed: str | None = None
    is_retry: bool = False


class Holding:
    """The use cases of a guest."""

    def __init__(
        self, seat_holds: SeatHolds, showtimes: Showtimes, quotes: Quotes, lookup: HoldLookup, checkouts: Checkouts
    ) -> None:
        self._seat_holds, self._showtimes, self._quotes = seat_holds, showtimes, quotes
        self._lookup, self._checkouts = lookup, checkouts

    async def hold(self, user_id: str, request: HoldRequest) -> Hold:
        """Hold all seats or none, at the price of this moment.

        Raises `ShowtimeNotFound`, `UnknownSeats`, `ShowtimeClosed`, `PriceChanged`, and what `SeatHolds.hold` does.
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
        quote = await self._quotes.quote(showtime, request.seat_ids, moment)
        if request.expected_total is not None and quote.total != request.expected_total:
            raise PriceChanged(f"these seats cost {quote.total} now", total=quote.total)
        return await self._seat_holds.hold(showtime, hold_id, user_id, request.seat_ids, quote)

    async def _ensure_open(self, showtime: Showtime, moment: float) -> Showtime:
        """The showtime, by a newer snapshot where the one at hand says that it is closed; raises `ShowtimeClosed`."""
        now = instant(moment * 1000)
        if showtime.is_closed(now):
            showtime = await self._showtimes.newest(showtime.id) or showtime
            if showtime.is_closed(now):
                raise ShowtimeClosed("nothing is sold for this showtime any more")
        return showtime

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
