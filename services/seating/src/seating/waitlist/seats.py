"""What Redis has for those who wait: seats that are free or reserved for them, and the holds that they are offered."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import telemetry
from contracts.ids import ShowtimeId
from contracts.prices import Quote
from seating.domain import Showtime, milliseconds
from seating.holds import RedisSeatHolds
from seating.loaded_holds import LoadedSeatHolds
from seating.waitlist.entries import Offer


@dataclass(frozen=True, slots=True)
class AvailableForList:
    """The seats at the instant `now` (milliseconds of Redis' clock). `generation` counts what came for the list; it is
    '' while nobody waits. `letters` are the map's, `set_aside` the places that are reserved."""

    generation: str
    now: int
    letters: str
    closed: bool
    screen_number: int
    set_aside: frozenset[int]

    @property
    def free(self) -> frozenset[int]:
        """The places that anybody may hold."""
        return frozenset(at for at, letter in enumerate(self.letters) if letter == "a" and not self.closed)


class WaitlistSeats:
    """The scripts of a showtime's waiting list; a showtime that Redis does not know is loaded first."""

    def __init__(self, redis_holds: RedisSeatHolds, seat_holds: LoadedSeatHolds) -> None:
        self._redis_holds, self._loaded = redis_holds, seat_holds.loaded

    async def look(self, showtime_id: ShowtimeId, *, joins: bool = False) -> AvailableForList:
        """What may be given out now; `joins`: what comes free from now on is reserved for the list first."""
        call = self._redis_holds.call
        answer = await self._loaded(showtime_id, call, "waitlist", showtime_id, "1" if joins else "")
        _, generation, now, letters, closed, screen_number, set_aside = answer
        places = frozenset(int(token.partition(":")[2]) for token in set_aside.decode().split())
        return AvailableForList(generation.decode(), now, letters.decode(), bool(closed), screen_number, places)

    async def offer(self, showtime: Showtime, user_id: str, offer: Offer, quote: Quote) -> int | None:
        """Hold the seats for one who waits; when that hold ends, or None where it was not made."""
        answer = await self._loaded(showtime.id, self._offer, showtime, user_id, offer, quote)
        return int(answer[2]) if answer[0] == b"held" else None

    async def _offer(self, showtime: Showtime, user_id: str, offer: Offer, quote: Quote) -> Sequence[bytes]:
        return await self._redis_holds.call(
            "offer",
            showtime.id,
            offer.hold_id,
            user_id,
            showtime.snapshot.revision,
            self._redis_holds.hold_ms,
            milliseconds(offer.made_by),
            quote.model_dump_json(),
            telemetry.traceparent() or "",
            showtime.tokens(offer.seat_ids),
            showtime.screen_number,
        )

    async def let_go(self, showtime_id: ShowtimeId, generation: str, *, waits: bool) -> bool:
        """Let everybody have what was reserved, where nothing has come since `generation`; whether that is so. Nothing
        is reserved any more once nobody `waits`."""
        arguments = generation, "1" if waits else ""
        answer = await self._loaded(showtime_id, self._redis_holds.call, "let_go", showtime_id, *arguments)
        return bool(answer[0] == b"let_go")
