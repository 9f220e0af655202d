"""How long a call may take: until its deadline, or until the client hangs up."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Message, Receive

WATCHED_AFTER_SECONDS = 0.1  # most calls end before, and need no more than a timer that is taken back


class CallDeadline:
    """`async with CallDeadline(…)` raises `TimeoutError` inside the block when the time is over or the client has gone.

    `receive` must have given the whole body: what it says next is that the client hung up.
    """

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive, self._seconds = receive, seconds
        self.client_gone = False
        self._over = False
        self._watch: asyncio.Future[Message] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._limit = await asyncio.timeout(None).__aenter__()
        self._heard_at = loop.time()
        self._timer = loop.call_later(min(WATCHED_AFTER_SECONDS, self._seconds), self._begin_to_watch)
        return self

    def _begin_to_watch(self) -> None:
        self._limit.reschedule(self._heard_at + self._seconds)
        self._watch = asyncio.ensure_future(self._receive())
        self._watch.add_done_callback(self._hung_up)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def renew(self) -> None:
        """Something came: count the seconds anew."""
        self._heard_at = asyncio.get_running_loop().time()
        if self._watch is not None and not self.client_gone:
            self._limit.reschedule(self._heard_at + self._seconds)

    def _hung_up(self, watch: "asyncio.Future[Message]") -> None:
        if not self._over and not watch.cancelled():
            self.client_gone = True
            self._limit.reschedule(asyncio.get_running_loop().time())
