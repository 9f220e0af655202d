"""People in a waiting room: where they stand, and how they get a place. All ids of a person count as one."""

from dataclasses import dataclass

from chassis.auth import Caller
from gateway.waiting import line, passes
from gateway.waiting.gate import Gate
from gateway.waiting.line import Admitted, Standing
from gateway.waiting.rooms import Place, Rooms
from gateway.waiting.showtimes import Showtimes


@dataclass(frozen=True, slots=True)
class Visit:
    """How somebody stands at an instant of Redis' clock; without a place in `room` no room is in force. `pass_` is
    what admits."""

    place: Place | None
    standing: Standing | None
    pass_: str | None = None


class Visitors:
    """Asks the rooms for callers. `pass_seconds` is how long a pass lives from its turn on."""

    def __init__(self, rooms: Rooms, gate: Gate, showtimes: Showtimes, pass_seconds: int) -> None:
        self._rooms, self._gate, self._showtimes, self._pass_seconds = rooms, gate, showtimes, pass_seconds

    async def look(self, caller: Caller, showtime_id: str) -> Visit:
        """How the caller stands; raises `ShowtimeNotFound`."""
        return await self._visit(caller, showtime_id, joins=False)

    async def join(self, caller: Caller, showtime_id: str) -> Visit:
        """The same, with a place for who has none, or whose turn was not taken."""
        return await self._visit(caller, showtime_id, joins=True)

    async def _visit(self, caller: Caller, showtime_id: str, *, joins: bool) -> Visit:
        known = (await self._gate.rooms()).get(showtime_id)
        if known is None or not known.is_in_force:
            await self._showtimes.get(showtime_id)
            return Visit(None, None)
        place = await self._place(caller, showtime_id, joins=joins)
        return Visit(None, None) if place is None or not place.room.is_in_force else self.at(place, caller, place.now)

    async def _place(self, caller: Caller, showtime_id: str, *, joins: bool) -> Place | None:
        ask = self._rooms.join if joins else self._rooms.look
        place = await ask(showtime_id, caller.ids)
        if place is None or place.turn is None or not place.room.is_in_force:
            return place
        lapsed = line.lapsed_turn(place.room.paces, place.now, self._pass_seconds)
        return place if place.turn > lapsed else await ask(showtime_id, caller.ids, lapsed)

    def at(self, place: Place, caller: Caller, now: int) -> Visit:
        """How the caller with that place stands at an instant."""
        stands = line.standing(place.room.paces, place.turn, now, self._pass_seconds)
        if isinstance(stands, Admitted):
            return Visit(place, stands, passes.signed(place.room, caller.user_id, stands.until))
        return Visit(place, stands)
