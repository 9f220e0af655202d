"""A place in a waiting room as server-sent events. A client costs Redis nothing while it waits: its place follows from
its turn, the room's pace and the time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from chassis.auth import Caller
from gateway.live.frames import Frame
from gateway.live.hub import Hub
from gateway.live.stream import COMMENT_SECONDS
from gateway.waiting.gate import Gate
from gateway.waiting.line import SECOND, Admitted, Drawing, Waiting
from gateway.waiting.schemas import PlaceInQueueView
from gateway.waiting.visitors import Visit, Visitors

EVENT = "queue"
_EVERY_SECONDS = 2.0
_COMMENT = b":\n\n"


class Stream:
    """One client's stream: an event at first, and whenever what it says is another. It ends with `open`."""

    def __init__(self, visitors: Visitors, gate: Gate, hub: Hub, caller: Caller, showtime_id: str) -> None:
        self._visitors, self._gate, self._hub = visitors, gate, hub
        self._caller, self._showtime_id = caller, showtime_id
        self._ended = asyncio.Event()

    async def parts(self, visit: Visit) -> AsyncIterator[bytes]:
        """The bytes, from the first look on."""
        self._hub.on_end(self._ended.set)
        try:
            looked_at, sent, sent_at = time.monotonic(), b"", -COMMENT_SECONDS
            shown = visit
            while not self._ended.is_set():
                event = Frame(EVENT, PlaceInQueueView.of(shown).model_dump(mode="json", by_alias=True), None).sse
                if event != sent:
                    yield event
                    sent, sent_at = event, time.monotonic()
                elif time.monotonic() - sent_at >= COMMENT_SECONDS:
                    yield _COMMENT
                    sent_at = time.monotonic()
                if shown.place is None:
                    return
                await self._pause(_seconds_left(shown, looked_at, visit))
                if await self._is_stale(visit, looked_at):
                    visit, looked_at = await self._visitors.look(self._caller, self._showtime_id), time.monotonic()
                shown = self._now(visit, looked_at)
        finally:
            self._hub.off_end(self._ended.set)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    async def _is_stale(self, visit: Visit, looked_at: float) -> bool:
        """Whether the room is another one since the look, or the lots are drawn."""
        known = (await self._gate.rooms()).get(self._showtime_id)
        if known is None or visit.place is None or known.version != visit.place.room.version:
            return True
        return isinstance(visit.standing, Drawing) and not isinstance(self._now(visit, looked_at).standing, Drawing)

    def _now(self, visit: Visit, looked_at: float) -> Visit:
        """How it stands now. The time between Redis' answer and now counts, that of the answer's way does not: nobody
        is admitted early."""
        if visit.place is None:
            return visit
        now = visit.place.now + int((time.monotonic() - looked_at) * SECOND)
        return self._visitors.at(visit.place, self._caller, now)


def _seconds_left(shown: Visit, looked_at: float, visit: Visit) -> float:
    """Until what is shown may be another."""
    if visit.place is None:
        return 0.0
    now = visit.place.now + int((time.monotonic() - looked_at) * SECOND)
    match shown.standing:
        case Drawing(opens_at, _):
            left = (opens_at - now) / SECOND
        case Waiting(_, int(wait)):
            left = wait / SECOND
        case Admitted(until):
            left = (until - now) / SECOND
        case _:
            left = _EVERY_SECONDS
    return min(_EVERY_SECONDS, max(left, 0.0) + 0.005)
