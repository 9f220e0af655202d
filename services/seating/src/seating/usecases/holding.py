"""What a guest does with seats: hold, look, refresh, let go, and begin to pay."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import orjson

from chassis.idempotency_store import KeyClaim
from contracts.ids import BookingId, HoldId, booking_of, is_id, new_hold_id, payment_of, showtime_of
from contracts.prices import Quote
from contracts.sale import Sale
from seating import pricing
from seating.domain import CheckedOutHold, Hold, HoldStatus, Ledger, Showtime, instant
from seating.errors import (
    HoldExpired,
    HoldNotFound,
    HoldSold,
    PriceChanged,
    SeatsUnavailable,
    ShowtimeClosed,
    ShowtimeNotFound,
    UnknownSeats,
)
from seating.ledger import Change, entering_checkout, leaving_checkout
from seating.usecases.maps import SeatMaps
from seating.usecases.ports import HoldOver, InCheckout, SnapshotOutdated


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client wants to hold; with a `turn` a call that is tried again finds the hold it made."""

    showtime_id: str
    seat_ids: Sequence[str]
    expected_total: int | None = None
    turn: KeyClaim | None = None


class Tariff:
    """Prices per showtime, kept until the clock or a new snapshot may change them."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, float, pricing.Prices]] = {}

    def prices(self, showtime: Showtime, moment: float, occupancy: float) -> pricing.Prices:
        """Each seat type's price at `moment` (seconds)."""
        kept = self.kept(showtime, moment)
        if kept is not None:
            return kept
        snapshot, now = showtime.snapshot, instant(moment * 1000)
        found = pricing.prices(snapshot, now, occupancy)
        if not pricing.uses_occupancy(snapshot.prices):
            if len(self._kept) > 5_000:
                self._kept.clear()
            turn = pricing.valid_until(snapshot, now)
            self._kept[showtime.id] = (snapshot.revision, turn.timestamp() if turn else float("inf"), found)
        return found

    def kept(self, showtime: Showtime, moment: float) -> pricing.Prices | None:
        """The prices at `moment` where they are known and no occupancy is needed for them."""
        kept = self._kept.get(showtime.id)
        return kept[2] if kept and kept[0] == showtime.snapshot.revision and moment < kept[1] else None


class Holding:
    """The use cases of a guest."""

    def __init__(self, maps: SeatMaps) -> None:
        self._maps = maps
        self.tariff = Tariff()

    async def hold(self, user_id: str, asked: Asked) -> Hold:
        """Hold all seats or none at the price of this moment; raises what `errors` names."""
        showtime = await self._maps.showtime(asked.showtime_id)
        hold_id = new_hold_id(showtime.id, asked.turn.seed if asked.turn else None)
        if asked.turn and asked.turn.is_retry:
            made = await self._made(user_id, hold_id)
            if made and made.status == "active":
                return made
            hold_id = new_hold_id(showtime.id) if made else hold_id
        for _ in range(10):
            try:
                return await self._hold(showtime, hold_id, user_id, asked)
            except SnapshotOutdated:
                showtime = await self._maps.newest(showtime.id) or showtime
            except HoldOver:
                hold_id = new_hold_id(showtime.id)
        raise ShowtimeClosed("the showtime is being changed")

    async def _made(self, user_id: str, hold_id: HoldId) -> Hold | None:
        """What an earlier run of the same call made, at the price of its moment."""
        try:
            return await self.find(user_id, hold_id)
        except HoldNotFound:
            return None

    async def _hold(self, showtime: Showtime, hold_id: HoldId, user_id: str, asked: Asked) -> Hold:
        unknown = [seat for seat in asked.seat_ids if seat not in showtime.index]
        if unknown:
            raise UnknownSeats(unknown)
        moment = time.time()
        if showtime.is_closed(instant(moment * 1000)):
            showtime = await self._maps.newest(showtime.id) or showtime
            if showtime.is_closed(instant(moment * 1000)):
                raise ShowtimeClosed("nothing is sold for this showtime any more")
        quote = await self._quote(showtime, asked.seat_ids, moment)
        if asked.expected_total is not None and quote["total"] != asked.expected_total:
            raise PriceChanged(f"these seats cost {quote['total']} now", total=quote["total"])
        shown = orjson.dumps(quote)
        put = partial(self._maps.holds.hold, showtime, hold_id, user_id, asked.seat_ids, shown)
        now, until = await self._maps.once_known(showtime, put)
        return Hold(hold_id, user_id, tuple(asked.seat_ids), "active", until, now, shown)

    async def _quote(self, showtime: Showtime, seat_ids: Sequence[str], moment: float) -> dict[str, object]:
        prices = self.tariff.kept(showtime, moment)
        if prices is None:
            prices = self.tariff.prices(showtime, moment, await self._occupancy(showtime))
        return pricing.quote(showtime.snapshot.prices, [showtime.seats[showtime.index[s]] for s in seat_ids], prices)

    async def _occupancy(self, showtime: Showtime) -> float:
        if not pricing.uses_occupancy(showtime.snapshot.prices):
            return 0.0
        _, seats = await self._maps.read(showtime.id)
        return seats.occupancy

    async def find(self, user_id: str, hold_id: str) -> Hold:
        """The hold, its owner's alone; what Redis lost is found among those in checkout. Raises `HoldNotFound`."""
        showtime = await self._showtime(hold_id)
        try:
            return await self._maps.once_known(showtime, lambda: self._maps.holds.find(HoldId(hold_id), user_id))
        except HoldNotFound:
            return await self._past(user_id, HoldId(hold_id))

    async def refresh(self, user_id: str, hold_id: str) -> Hold:
        """The whole time again; one in checkout is kept that long by the ledger too."""
        showtime = await self._showtime(hold_id)
        try:
            kept = await self._maps.once_known(showtime, lambda: self._maps.holds.refresh(HoldId(hold_id), user_id))
        except HoldNotFound:
            raise _ended(await self._past(user_id, HoldId(hold_id))) from None
        if kept.in_checkout:
            await self._enter_checkout(showtime, kept, refreshed=True)
        return kept

    async def release(self, user_id: str, hold_id: str) -> None:
        """Let go, again too; raises `HoldSold` when its money has come."""
        showtime = await self._showtime(hold_id)
        release = partial(self._maps.holds.release, HoldId(hold_id), user_id)
        try:
            await self._maps.once_known(showtime, partial(release, ledger_let_go=False))
        except InCheckout:
            for _ in range(2):  # a checkout under way may have written it into the ledger before it was let go here
                await self._give_up(showtime, HoldId(hold_id))
                await self._maps.once_known(showtime, partial(release, ledger_let_go=True))
        except HoldNotFound:
            if (await self._past(user_id, HoldId(hold_id))).status == "sold":
                raise HoldSold("the hold is paid for") from None

    async def _give_up(self, showtime: Showtime, hold_id: HoldId) -> None:
        booking_id = booking_of(hold_id)
        change = partial(leaving_checkout, booking_id=booking_id, hold_id=hold_id)
        ledger = await self._maps.ledgers.amend(showtime.id, booking_id, change)
        if ledger and booking_id in ledger.verdicts and ledger.verdicts[booking_id].word == "sold":
            raise HoldSold("the hold is paid for")
        await self._maps.checked_out_holds.end(hold_id)
        if ledger:
            held = next(iter(await self._maps.checked_out_holds.find([hold_id])), None)
            await self._maps.tell(showtime, ledger, held.seat_ids if held else ())

    async def checkout(self, user_id: str, hold_id: str) -> Sale:
        """The sale a hold may become, with seats that are its own until it expires; a repeat gives the same."""
        showtime = await self._showtime(hold_id)
        try:
            kept = await self._maps.once_known(showtime, lambda: self._maps.holds.checkout(HoldId(hold_id), user_id))
        except HoldNotFound:
            return _sale(_sold_or_raise(await self._past(user_id, HoldId(hold_id))), showtime)
        except HoldSold:
            return _sale(await self.find(user_id, hold_id), showtime)
        await self._enter_checkout(showtime, kept)
        return _sale(kept, showtime)

    async def _enter_checkout(self, showtime: Showtime, kept: Hold, *, refreshed: bool = False) -> None:
        """Mongo keeps the hold, then the ledger names it, then Redis is told; only then may anyone pay.

        A hold its owner let go meanwhile is not brought back: raises `HoldExpired`.
        """
        hold = CheckedOutHold(
            kept.id,
            showtime.id,
            kept.user_id,
            kept.seat_ids,
            Quote.model_validate_json(kept.quote),
            instant(kept.expires_at),
            kept.refreshes,
        )
        begun = time.monotonic()
        await self._maps.checked_out_holds.keep(hold)

        def decide(found: Ledger) -> Change | None:
            now = instant(kept.now + (time.monotonic() - begun) * 1000)
            return _decide_checkout(found, hold, now, refreshed=refreshed)

        try:
            ledger = await self._maps.ledgers.amend(showtime.id, booking_of(kept.id), decide)
        except SeatsUnavailable:
            await self._maps.retell(showtime)
            raise
        if ledger is None:
            raise ShowtimeNotFound("no such showtime")
        await self._maps.tell(showtime, ledger, kept.seat_ids)
        if (await self.find(kept.user_id, kept.id)).status == "released":
            await self._give_up(showtime, kept.id)
            raise HoldExpired("the hold has ended")

    async def _past(self, user_id: str, hold_id: HoldId) -> Hold:
        """A hold that only Mongo remembers; raises `HoldNotFound`."""
        hold = next(iter(await self._maps.checked_out_holds.find([hold_id])), None)
        if hold is None or hold.user_id != user_id:
            raise HoldNotFound("no such hold of yours")
        ledger = await self._maps.ledgers.read(hold.showtime_id)
        quote = hold.quote.model_dump_json(by_alias=True).encode()
        expires_at, now = round(hold.expires_at.timestamp() * 1000), round(time.time() * 1000)
        status = _status(ledger, booking_of(hold_id))
        return Hold(hold_id, user_id, hold.seat_ids, status, expires_at, now, quote, hold.refreshes, in_checkout=True)

    async def _showtime(self, hold_id: str) -> Showtime:
        if not is_id("hld", hold_id):
            raise HoldNotFound("no such hold of yours")
        try:
            return await self._maps.showtime(showtime_of(HoldId(hold_id)), wait_seconds=0)
        except ShowtimeNotFound:
            raise HoldNotFound("no such hold of yours") from None


def _decide_checkout(ledger: Ledger, hold: CheckedOutHold, now: datetime, *, refreshed: bool) -> Change | None:
    """Raises when nobody should be asked to pay for this hold."""
    verdict = ledger.verdicts.get(booking_of(hold.id))
    if verdict is not None:
        if verdict.word == "sold":
            return None
        raise HoldExpired("the hold has ended")
    if not ledger.is_open(now):
        raise ShowtimeClosed("nothing is sold for this showtime any more")
    taken = ledger.sold_to_another(hold.seat_ids, booking_of(hold.id))
    taken += ledger.in_checkout_by_another(hold.seat_ids, hold.id, now)
    if taken:
        raise SeatsUnavailable(taken)
    if hold.expires_at <= now:
        raise HoldExpired("the hold has ended")
    return entering_checkout(ledger, hold, refreshed=refreshed)


def _status(ledger: Ledger | None, booking_id: BookingId) -> HoldStatus:
    verdict = ledger.verdicts.get(booking_id) if ledger else None
    return verdict.hold_status if verdict else "expired"


def _ended(hold: Hold) -> HoldSold | HoldExpired:
    return HoldSold("the hold is paid for") if hold.status == "sold" else HoldExpired("the hold has ended")


def _sold_or_raise(hold: Hold) -> Hold:
    if hold.status != "sold":
        raise HoldExpired("the hold has ended")
    return replace(hold, status="sold")


def _sale(hold: Hold, showtime: Showtime) -> Sale:
    return Sale(
        booking_id=booking_of(hold.id),
        hold_id=hold.id,
        payment_id=payment_of(hold.id),
        showtime_id=showtime_of(hold.id),
        user_id=hold.user_id,
        seat_ids=hold.seat_ids,
        theater_id=showtime.snapshot.theater.theater_id,
        quote=Quote.model_validate_json(hold.quote),
        hold_expires_at=instant(hold.expires_at),
        showtime_revision=showtime.snapshot.revision,
        start_at=showtime.snapshot.start_at,
        cancellation_policy=showtime.snapshot.theater.cancellation_policy,
    )
