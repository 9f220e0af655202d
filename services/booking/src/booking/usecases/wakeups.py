"""Waiting for a booking: what this process writes of it comes to whoever waits; what others write is found by reading
again, ever more seldom."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from booking.domain.booking import Booking
from chassis.backoff import backoff_seconds

Read = Callable[[], Awaitable[Booking | None]]


@dataclass(frozen=True, slots=True)
class Pauses:
    """How many seconds a waiter lets pass before it reads, at first and at most."""

    first: float
    longest: float


OF_WORKERS = Pauses(0.2, 1.0)  # of a process that hears events itself
OF_OTHERS = Pauses(0.025, 0.25)


class Watch:
    """One waiter: `newest` is the booking as it was last written by this process, or last read."""

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self.newest: Booking | None = None
        self._news = asyncio.Event()

    def give(self, booking: Booking | None) -> None:
        """The booking as somebody saw it; an older one than is known here changes nothing."""
        if booking is not None and (self.newest is None or booking.version > self.newest.version):
            self.newest = booking
            self._news.set()

    async def until(self, is_wanted: Callable[[Booking], bool], read: Read, seconds: float) -> Booking | None:
        """The booking once it is as wanted, or as it is known after `seconds`."""
        loop = asyncio.get_running_loop()
        ends_at, reads = loop.time() + seconds, 0
        while (left := ends_at - loop.time()) > 0 and not (self.newest and is_wanted(self.newest)):
            reads += 1
            pause = backoff_seconds(reads, first=self._pauses.first, maximum=self._pauses.longest)
            self._news.clear()
            try:
                async with asyncio.timeout(min(pause, left)):
                    await self._news.wait()
            except TimeoutError:
                self.give(await read())
        return self.newest


class Wakeups:
    """The watches, by the id of a booking or of a provider's order that pays for it."""

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self._watches: dict[str, set[Watch]] = {}

    def wake(self, booking: Booking) -> None:
        """The booking was written."""
        for key in (booking.id, *booking.order_ids):
            for watch in self._watches.get(key, ()):
                watch.give(booking)

    @contextmanager
    def watch(self, key: str) -> Iterator[Watch]:
        """Whatever is written during the block comes to the watch."""
        watch = Watch(self._pauses)
        self._watches.setdefault(key, set()).add(watch)
        try:
            yield watch
        finally:
            self._watches[key].discard(watch)
            if not self._watches[key]:
                del self._watches[key]
