"""Redis: one script call per request, on the keys of one showtime; they share a slot with their shard's stream."""

import time
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from redis.asyncio import Redis
from uuid_utils import uuid7

from chassis import telemetry
from chassis.loops import Signal
from contracts.ids import HoldId, ShowtimeId, showtime_of
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Hold, Ledger, SeatMap, Showtime, instant, milliseconds
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
from seating.usecases.ports import Claim, HoldOver, InCheckout, ShowtimeUnknown, SnapshotOutdated, Word

SHARDS = 64
MOST_LIVE_HOLDS = 3
MOST_REFRESHES = 3
CLAIM_MS = 60_000
CLAIM_SPARE_MS = 5_000  # by which a claim is over for us before it is for Redis
KEPT_AFTER_START_MS = 48 * 3_600_000


@lru_cache(maxsize=20_000)
def shard_of(showtime_id: str) -> int:
    """The shard a showtime lives in, for good."""
    return zlib.crc32(showtime_id.encode()) % SHARDS


def shard_key(shard: int, name: str) -> str:
    """A key of a whole shard: events, soon, changed, open, relay."""
    return f"{{s:{shard}}}:{name}"


@lru_cache(maxsize=20_000)
def keys_of(showtime_id: str) -> tuple[bytes, ...]:
    """The keys of every script, in the order `ending.lua` names them; all in one slot."""
    shard = shard_of(showtime_id)
    own = [f"{{s:{shard}}}:{showtime_id}:{name}" for name in ("meta", "map", "seats", "told", "holds", "ends", "users")]
    return tuple(key.encode() for key in own + [shard_key(shard, n) for n in ("events", "soon", "changed", "open")])


class RedisSeatHolds:
    """Who holds what now."""

    def __init__(self, redis: "Redis", *, hold_seconds: float, payment_seconds: float) -> None:
        self._scripts = Scripts(redis)
        self.touched = Signal()  # seats, by this process
        self._hold_ms, self._payment_ms = int(hold_seconds * 1000), int(payment_seconds * 1000)

    async def run(self, name: str, showtime_id: str, *arguments: Any) -> list[Any]:
        """Run a script for a showtime; raises `ShowtimeUnknown`."""
        answer = await self._scripts(name, keys_of(showtime_id), showtime_id, *arguments)
        if answer[0] == b"unknown":
            raise ShowtimeUnknown(answer[1].decode())
        self.touched.give()
        return answer

    async def hold(
        self, showtime: Showtime, hold_id: HoldId, user_id: str, seat_ids: Sequence[str], quote: bytes
    ) -> tuple[int, int]:
        """Hold all or none; now and the end, in milliseconds. Raises what `hold.lua` refuses with."""
        snapshot = showtime.snapshot
        no_single = snapshot.theater.forbids_single_seats
        answer = await self.run(
            "hold",
            showtime.id,
            hold_id,
            user_id,
            snapshot.revision,
            self._hold_ms,
            MOST_LIVE_HOLDS,
            quote,
            telemetry.traceparent() or "",
            showtime.tokens(seat_ids),
            showtime.missing_partners(seat_ids),
            showtime.exposed(seat_ids) if no_single else "",
            showtime.adjacency.description if no_single else "",
        )
        match answer[0]:
            case b"held":
                return answer[1], answer[2]
            case b"taken":
                raise SeatsUnavailable(seat.decode() for seat in answer[1:])
            case b"limit":
                raise HoldLimit(f"at most {MOST_LIVE_HOLDS} live holds of a showtime", headers={"Retry-After": "5"})
            case b"parted":
                raise SoldTogether(seat.decode() for seat in answer[1:])
            case b"single":
                alone, suggestion = answer[1:]
                raise LeavesSingleSeat(
                    (seat.decode() for seat in alone), (showtime.seats[at].seat_id for at in suggestion)
                )
            case b"stale":
                raise SnapshotOutdated
            case b"over":
                raise HoldOver
            case _:
                raise ShowtimeClosed("nothing is sold for this showtime any more")

    async def refresh(self, hold_id: HoldId, user_id: str) -> Hold:
        """The whole time again; raises `HoldExpired`, `HoldSold`, `RefreshLimit`, `HoldNotFound`."""
        return await self._keep(hold_id, user_id, "refresh", self._hold_ms)

    async def checkout(self, hold_id: HoldId, user_id: str) -> Hold:
        """Stretched once to the payment's time at least; raises as `refresh` does."""
        return await self._keep(hold_id, user_id, "checkout", self._payment_ms)

    async def _keep(self, hold_id: HoldId, user_id: str, why: str, duration: int) -> Hold:
        answer = await self.run(
            "keep", showtime_of(hold_id), hold_id, user_id, why, duration, MOST_REFRESHES, uuid7().hex
        )
        match answer[0]:
            case b"kept":
                return _hold(hold_id, answer)
            case b"missing":
                raise HoldNotFound("no such hold of yours")
            case b"sold":
                raise HoldSold("the hold is paid for")
            case b"limit":
                raise RefreshLimit(f"a hold can be refreshed {MOST_REFRESHES} times")
            case _:
                raise HoldExpired("the hold has ended")

    async def release(self, hold_id: HoldId, user_id: str, *, ledger_let_go: bool) -> None:
        """Let go; raises `InCheckout` unless the ledger did so before (`ledger_let_go`), `HoldSold`, `HoldNotFound`."""
        answer = await self.run("release", showtime_of(hold_id), hold_id, user_id, "1" if ledger_let_go else "")
        match answer[0]:
            case b"released":
                return
            case b"in_checkout":
                raise InCheckout
            case b"sold":
                raise HoldSold("the hold is paid for")
            case _:
                raise HoldNotFound("no such hold of yours")

    async def claim(self, showtime: Showtime, sale: Sale) -> Claim:
        """Keep the seats for the sale while the ledger decides, where they are its own or free."""
        begun = time.monotonic()
        answer = await self.run(
            "claim",
            showtime.id,
            sale.hold_id,
            sale.user_id,
            sale.booking_id,
            CLAIM_MS,
            showtime.tokens(sale.seat_ids),
            sale.quote.model_dump_json(by_alias=True),
            telemetry.traceparent() or "",
        )
        return Claim(answer[0] == b"claimed", instant(answer[1]), begun + (CLAIM_MS - CLAIM_SPARE_MS) / 1000)

    async def tell(self, showtime: Showtime, word: Word, *, run: str = "") -> None:
        """Set seats to what the ledger says; with `run` also make an unknown showtime on that very server."""
        drop_at = milliseconds(showtime.snapshot.end_at) + KEPT_AFTER_START_MS
        drop_at = max(drop_at, round(time.time() * 1000) + KEPT_AFTER_START_MS)
        await self.run("tell", showtime.id, _told(showtime, word), run, showtime.empty_map() if run else "", drop_at)

    async def read(self, showtime_id: ShowtimeId, user_id: str = "") -> SeatMap:
        """The seats as they are now."""
        _, version, revision, now, state, closed, mine = await self.run("read", showtime_id, user_id, "")
        owned = {seat: mine[at].decode() for at in range(0, len(mine), 2) for seat in _seat_ids(mine[at + 1].decode())}
        return SeatMap(version, revision, now, state.decode(), owned, closed=bool(closed))

    async def find(self, hold_id: HoldId, user_id: str) -> Hold:
        """A hold, ended ones for an hour; raises `HoldNotFound`."""
        answer = await self.run("read", showtime_of(hold_id), user_id, hold_id)
        if answer[0] != b"hold":
            raise HoldNotFound("no such hold of yours")
        return _hold(hold_id, answer)


def _seat_ids(tokens: str) -> tuple[str, ...]:
    return tuple(token.partition(":")[0] for token in tokens.split())


def _hold(hold_id: HoldId, answer: Sequence[Any]) -> Hold:
    record = orjson.loads(answer[2])
    return Hold(
        id=hold_id,
        user_id=record["user"],
        seat_ids=_seat_ids(record["seats"]),
        status=record["status"],
        expires_at=int(record["held_until"]),
        now=answer[1],
        quote=answer[3],
        refreshes=int(record["refreshes"]),
        in_checkout=bool(record.get("in_checkout")),
    )


def _told(showtime: Showtime, word: Word) -> bytes:
    ledger = word.ledger
    told: dict[str, Any] = {
        "rev": ledger.rev,
        "revision": ledger.revision,
        "starts_at": milliseconds(ledger.starts_at),
        "closed": ledger.closed or "",
        "whole": word.whole,
        "anew": word.anew,
        "seats": [_seat(showtime, ledger, word, seat) for seat in word.seat_ids if seat in showtime.index],
        "checkouts": {hold_id: _checkout(showtime, hold, ledger) for hold_id, hold in word.checkouts.items()},
        "ended": word.ended,
    }
    return orjson.dumps(told)


def _seat(showtime: Showtime, ledger: Ledger, word: Word, seat: str) -> list[Any]:
    checkout = ledger.checkouts.get(seat)
    hold_id = checkout.hold_id if checkout and checkout.hold_id in word.checkouts else ""
    return [seat, showtime.index[seat], ledger.sold.get(seat, ""), hold_id]


def _checkout(showtime: Showtime, hold: CheckedOutHold, ledger: Ledger) -> dict[str, Any]:
    ends = [checkout.until for checkout in ledger.checkouts.values() if checkout.hold_id == hold.id]
    return {
        "user": hold.user_id,
        "seats": showtime.tokens(hold.seat_ids),
        "until": milliseconds(max(ends, default=hold.expires_at)),
        "quote": hold.quote.model_dump_json(by_alias=True),
        "refreshes": hold.refreshes,
    }
