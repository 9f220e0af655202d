"""Deadlines of connections and calls: one timer serves them all, since nearly every deadline is called off in time.

A timer may run before what has come is read: a busy machine lets the process wait past a deadline while the bytes lie
in the socket. So the loop has some turns to read, and only what is still missing then is late.
"""

import asyncio
import math
from typing import Protocol

RESOLUTION_SECONDS = 0.1  # how late a deadline may be noticed, but for the turns
TURNS = 16  # one reads what a socket has, 256 KiB at most: together the largest body
TURN_SECONDS = 0.001  # the loop looks at its sockets before each timer that is later than now


class Expiring(Protocol):
    """What has a deadline: `due_at` is a time of the event loop's clock, and may be moved while it is watched."""

    due_at: float

    def on_deadline(self) -> None:
        """The time is over; it is watched no longer."""


class Deadlines:
    """Calls `on_deadline` of what is not forgotten before its time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._watched: set[Expiring] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = math.inf

    def watch(self, expiring: Expiring, seconds: float) -> None:
        """Give it that many seconds from now, whatever it had before."""
        due_at = expiring.due_at = self._loop.time() + seconds
        self._watched.add(expiring)
        if due_at < self._looks_at:
            self._look(due_at)

    def forget(self, expiring: Expiring) -> None:
        """It was done in time."""
        self._watched.discard(expiring)

    def _look(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._looks_at = at
        self._timer = self._loop.call_at(at, self._expire)

    def _expire(self) -> None:
        now = self._loop.time() + 0.001  # timers may run that early
        self._timer, self._looks_at = None, math.inf
        due = [each for each in self._watched if each.due_at <= now]
        if due:
            self._end_after(TURNS, due, now)
        earliest = min((each.due_at for each in self._watched.difference(due)), default=math.inf)
        if earliest < math.inf:
            self._look(max(earliest, now + RESOLUTION_SECONDS))

    def _end_after(self, turns: int, due: list[Expiring], now: float) -> None:
        """What was due `now` and is neither forgotten nor moved after so many turns of the loop is late."""
        if turns:
            self._loop.call_at(self._loop.time() + TURN_SECONDS, self._end_after, turns - 1, due, now)
            return
        for expiring in due:
            if expiring in self._watched and expiring.due_at <= now:
                self._watched.discard(expiring)
                expiring.on_deadline()
        earliest = min((each.due_at for each in self._watched.intersection(due)), default=math.inf)  # moved meanwhile
        if earliest < self._looks_at:
            self._look(earliest)
