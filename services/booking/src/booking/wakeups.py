"""Wakes whoever waits in this process for news of a booking."""

import asyncio


class Wakeups:
    """One future per waiter; whoever waits reads the booking again in any case when its time is up."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def wake(self, booking_id: str) -> None:
        """There is news of this booking."""
        for waiter in self._waiting.pop(booking_id, ()):
            if not waiter.done():
                waiter.set_result(None)

    def expect(self, booking_id: str) -> "asyncio.Future[None]":
        """To be called before the state is read, so that no news falls in between."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(booking_id, set()).add(waiter)
        return waiter

    async def wait(self, booking_id: str, waiter: "asyncio.Future[None]", seconds: float) -> None:
        """Until there is news, or `seconds` are over."""
        await asyncio.wait([waiter], timeout=seconds)
        self.forget(booking_id, waiter)

    def forget(self, booking_id: str, waiter: "asyncio.Future[None]") -> None:
        """This waiter waits no more."""
        waiter.cancel()
        others = self._waiting.get(booking_id, set())
        others.discard(waiter)
        if not others:
            self._waiting.pop(booking_id, None)
