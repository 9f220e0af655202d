"""Redis: one script call per request, on the keys of one showtime."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn

import orjson
from redis.asyncio import Redis
from uuid_utils import uuid7

from chassis import telemetry
from contracts.ids import HoldId, ShowtimeId, showtime_of
from contracts.prices import Quote
from contracts.sale import Sale
from seating.domain import Hold, SeatMap, Showtime, instant, milliseconds
from seating.errors import (
    HoldExpired,
    HoldLimit,
    HoldNotFound,
    HoldSold,
    LeavesSingleSeat,
    RefreshLimit,
    SeatsUnavailable,
    ShowtimeClosed,
    SoldTogether,
)
from seating.scripts import Scripts
from seating.seat_states import SeatStates
from seating.shards import keys_of, shard_of
from seating.touched import TouchedShards
from seating.usecases.ports import FOR_ANYBODY, Claim, HoldEnded, HoldTerms, InCheckout, SnapshotOutdated

MAX_LIVE_HOLDS = 3
MAX_REFRESHES = 3
CLAIM_MS = 60_000
CLAIM_MARGIN_MS = 5_000  # by which a claim is over for us before it is for Redis
DROPPED_AFTER_MS = 48 * 3_600_000


class ShowtimeUnknown(Exception):
    """Redis does not know the showtime; `server_run_id` is that of the very server that said so."""

    def __init__(self, server_run_id: str) -> None:
        super().__init__(server_run_id)
        self.server_run_id = server_run_id


@dataclass(frozen=True, slots=True)
class AvailableSeats:
    """How many seats a version of the map has, and how many of them are available."""

    version: int
    total: int
    available: int


class RedisSeatHolds:
    """Who holds what now, as far as Redis knows. Every call may raise `ShowtimeUnknown`.

    `touched` notes what a call has left for a worker to do. `guest_holds` is how many live holds of a showtime
    guests of one address may have.
    """

    def __init__(
        self, redis: "Redis", touched: TouchedShards, *, hold_seconds: float, payment_seconds: float, guest_holds: int
    ) -> None:
        self._scripts, self._guest_holds = Scripts(redis), guest_holds
        self.touched = touched
        self.hold_ms, self._payment_ms = int(hold_seconds * 1000), int(payment_seconds * 1000)

    async def call(self, script: str, showtime_id: ShowtimeId, *arguments: Any) -> list[Any]:
        """A script's answer; what it did to its shard is noted. Raises `ShowtimeUnknown`."""
        answer: list[Any]
        answer, done_to_shard = await self._scripts(script, keys_of(showtime_id), showtime_id, *arguments)
        if answer[0] == b"unknown":
            raise ShowtimeUnknown(answer[1].decode())
        if done_to_shard:
            self.touched.note(shard_of(showtime_id), done_to_shard)
        return answer

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
        """Hold all seats or none; raises what `hold.lua` refuses with."""
        snapshot = showtime.snapshot
        no_single = snapshot.theater.forbids_single_seats and not terms.may_leave_single_seat
        answer = await self.call(
            "hold",
            showtime.id,
            hold_id,
            user_id,
            snapshot.revision,
            self.hold_ms,
            MAX_LIVE_HOLDS,
            quote.model_dump_json(),
            telemetry.traceparent() or "",
            showtime.tokens(seat_ids),
            showtime.missing_partners(seat_ids),
            showtime.exposed(seat_ids) if no_single else "",
            showtime.adjacency.description if no_single else "",
            showtime.screen_number,
            "1" if terms.withheld_too else "",
            terms.guest_address,
            self._guest_holds,
            " ".join(terms.guests),
        )
        if answer[0] != b"held":
            _refuse(showtime, answer)
        _, now, until = answer
        number = showtime.screen_number
        return Hold(hold_id, user_id, tuple(seat_ids), "active", until, now, quote, screen_number=number)

    async def refresh(self, hold_id: HoldId, user_id: str) -> Hold:
        """The whole time again; raises `HoldExpired`, `HoldSold`, `RefreshLimit`, `HoldNotFound`."""
        return await self._extend(hold_id, user_id, "refresh", self.hold_ms)

    async def check_out(self, hold_id: HoldId, user_id: str) -> Hold:
        """Stretched once to the payment's time at least; raises `HoldExpired`, `HoldSold`, `HoldNotFound`."""
        return await self._extend(hold_id, user_id, "checkout", self._payment_ms)

    async def _extend(self, hold_id: HoldId, user_id: str, why: str, duration_ms: int) -> Hold:
        answer = await self.call(
            "extend", showtime_of(hold_id), hold_id, user_id, why, duration_ms, MAX_REFRESHES, uuid7().hex
        )
        match answer[0]:
            case b"extended":
                return _hold(hold_id, answer)
            case b"missing":
                raise HoldNotFound("no such hold of yours")
            case b"sold":
                raise HoldSold("the hold is paid for")
            case b"limit":
                raise RefreshLimit(f"a hold can be refreshed {MAX_REFRESHES} times")
            case _:
                raise HoldExpired("the hold has ended")

    async def release(self, hold_id: HoldId, user_id: str, *, ledger_let_go: bool) -> None:
        """Let go; raises `InCheckout` unless the ledger did so before (`ledger_let_go`), `HoldSold`, `HoldNotFound`."""
        let_go = "1" if ledger_let_go else ""
        answer = await self.call("release", showtime_of(hold_id), hold_id, user_id, let_go)
        match answer[0]:
            case b"released":
                return
            case b"in_checkout":
                raise InCheckout
            case b"sold":
                raise HoldSold("the hold is paid for")
            case _:
                raise HoldNotFound("no such hold of yours")

    async def claim(self, showtime: Showtime, sale: Sale, places: Sequence[str] = ()) -> Claim:
        """Keep these seats for the sale while the ledger decides, where they are there, and its own or free."""
        sent, places = time.monotonic(), places or sale.seat_ids
        if not all(seat in showtime.index for seat in places):
            return Claim(granted=False, at=datetime.now(UTC), deadline=sent)
        answer = await self.call(
            "claim",
            showtime.id,
            sale.hold_id,
            sale.user_id,
            sale.booking_id,
            CLAIM_MS,
            showtime.tokens(places),
            sale.quote.model_dump_json(),
            telemetry.traceparent() or "",
            showtime.screen_number,
        )
        return Claim(answer[0] == b"claimed", instant(answer[1]), sent + (CLAIM_MS - CLAIM_MARGIN_MS) / 1000)

    async def tell(self, showtime: Showtime, states: SeatStates) -> Collection[HoldId]:
        """Set seats to what the ledger says; those of its holds in checkout that their owners let go."""
        empty_map = showtime.empty_map() if states.full else ""
        answer = await self.call("tell", showtime.id, states.as_json(showtime), "", empty_map, _drop_at(showtime))
        return {HoldId(hold_id.decode()) for hold_id in answer[2:]}

    async def load(self, showtime: Showtime, states: SeatStates, server_run_id: str) -> None:
        """Make a showtime that the server with this run id does not know, with all seats as the ledger says.

        Raises `ShowtimeUnknown` where another server answers by now; one that knows the showtime is left alone.
        """
        empty_map = showtime.empty_map()
        await self.call("tell", showtime.id, states.as_json(showtime), server_run_id, empty_map, _drop_at(showtime))

    async def read(self, showtime_id: ShowtimeId, user_id: str = "") -> SeatMap:
        """The seats as they are now."""
        return _seat_map(await self.call("read", showtime_id, user_id, "", ""))

    async def watch(self, showtime_id: ShowtimeId, milliseconds: int) -> SeatMap:
        """The seats as they are now; each later change within this time is emitted."""
        return _seat_map(await self.call("read", showtime_id, "", "", milliseconds))

    async def availability_to_say(
        self, showtime_id: ShowtimeId, every_ms: int
    ) -> AvailableSeats | Literal["wait", "same"]:
        """How many seats are available, to be said by the caller alone: `wait` where somebody said it less than
        `every_ms` ago, `same` where it is what was said last."""
        answer = await self.call("availability", showtime_id, every_ms)
        match answer[0]:
            case b"say":
                return AvailableSeats(*answer[1:])
            case b"wait":
                return "wait"
            case _:
                return "same"

    async def find(self, hold_id: HoldId, user_id: str) -> Hold:
        """A hold, ended ones for an hour; raises `HoldNotFound`."""
        answer = await self.call("read", showtime_of(hold_id), user_id, hold_id, "")
        if answer[0] != b"hold":
            raise HoldNotFound("no such hold of yours")
        return _hold(hold_id, answer)

    async def drop(self, showtime_id: ShowtimeId) -> None:
        """Forget a showtime that is long over."""
        await self.call("drop", showtime_id)


def _seat_map(answer: Sequence[Any]) -> SeatMap:
    """What `read.lua` returns of a showtime."""
    _, version, revision, now, letters, closed, screen, own = answer
    holds = zip(own[::2], own[1::2], strict=True)
    mine = {seat: hold.decode() for hold, tokens in holds for seat in _seat_ids(tokens.decode())}
    return SeatMap(version, revision, now, letters.decode(), mine, closed=bool(closed), screen_number=screen)


def _refuse(showtime: Showtime, answer: Sequence[Any]) -> NoReturn:
    """Raise what `hold.lua` refused with."""
    match answer[0]:
        case b"taken":
            raise SeatsUnavailable(seat.decode() for seat in answer[1:])
        case b"limit":
            raise HoldLimit(f"at most {MAX_LIVE_HOLDS} live holds of a showtime", headers={"Retry-After": "5"})
        case b"sold_together":
            raise SoldTogether(seat.decode() for seat in answer[1:])
        case b"leaves_single_seat":
            alone, places = answer[1:]
            raise LeavesSingleSeat(
                (seat.decode() for seat in alone), (showtime.seats[place].seat_id for place in places)
            )
        case b"outdated":
            raise SnapshotOutdated
        case b"ended":
            raise HoldEnded
        case _:
            raise ShowtimeClosed("nothing is sold for this showtime any more")


def _drop_at(showtime: Showtime) -> int:
    """Two days after the show's end, or after now, whichever is later."""
    return DROPPED_AFTER_MS + max(milliseconds(showtime.snapshot.end_at), round(time.time() * 1000))


def _seat_ids(tokens: str) -> tuple[str, ...]:
    return tuple(token.partition(":")[0] for token in tokens.split())


def _hold(hold_id: HoldId, answer: Sequence[Any]) -> Hold:
    _, now, record_json, quote_json = answer
    record = orjson.loads(record_json)
    return Hold(
        id=hold_id,
        user_id=record["user"],
        seat_ids=_seat_ids(record["seats"]),
        status=record["status"],
        expires_at=int(record["held_until"]),
        now=now,
        quote=Quote.model_validate_json(quote_json),
        refreshes=int(record["refreshes"]),
        in_checkout=bool(record.get("in_checkout")),
        screen_number=int(record.get("screen", 0)),
    )
