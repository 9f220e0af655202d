"""Waiting for a booking: its writes by this process wake whoever waits; those by others are found by reading again."""

import asyncio
from collections.abc import Awaitable, Callable

from booking.domain.booking import Booking
from chassis.backoff import backoff_seconds

FIRST_PAUSE_SECONDS = 0.025
LONGEST_PAUSE_SECONDS = 0.25


class Wakeups:
    """One future per waiter, by the key that it waits for."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def wake(self, key: str) -> None:
        """There is news of the booking with this key."""
        for waiter in self._waiting.pop(key, ()):
            if not waiter.done():
                waiter.set_result(None)

    async def read_until(
        self,
        key: str,
        read: Callable[[], Awaitable[Booking | None]],
        is_wanted: Callable[[Booking], bool],
        seconds: float,
    ) -> Booking | None:
        """`read` until the booking is as wanted, for `seconds` at most; as it was read last. It is read again when
        `key` is woken, and after pauses that grow."""
        loop = asyncio.get_running_loop()
        ends_at, reads = loop.time() + seconds, 0
        while True:
            waiter = self._expect(key)  # before the booking is read, so that no news falls in between
            try:
                booking = await read()
                left = ends_at - loop.time()
                if (booking and is_wanted(booking)) or left <= 0:
                    return booking
                reads += 1
                pause = backoff_seconds(reads, first=FIRST_PAUSE_SECONDS, maximum=LONGEST_PAUSE_SECONDS, factor=1.5)
                await asyncio.wait([waiter], timeout=min(pause, left))
            finally:
                self._forget(key, waiter)

    def _expect(self, key: str) -> "asyncio.Future[None]":
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, set()).add(waiter)
        return waiter

    def _forget(self, key: str, waiter: "asyncio.Future[None]") -> None:
        waiter.cancel()
        others = self._waiting.get(key, set())
        others.discard(waiter)
        if not others:
            self._waiting.pop(key, None)
