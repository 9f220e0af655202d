"""How long a call may take: until its deadline, or until the client hangs up."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Message, Receive


class Patience:
    """`async with Patience(…)` raises `TimeoutError` inside the block when the time is over or the client has gone.

    `receive` must have given the whole body: what it says next is that the client hung up.
    """

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive, self._seconds = receive, seconds
        self.client_gone = False
        self._over = False

    async def __aenter__(self) -> Self:
        self._limit = asyncio.timeout(self._seconds)
        await self._limit.__aenter__()
        self._watch = asyncio.ensure_future(self._receive())
        self._watch.add_done_callback(self._hung_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self._watch.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def renew(self) -> None:
        """Something came: count the seconds anew."""
        if not self.client_gone:
            self._limit.reschedule(asyncio.get_running_loop().time() + self._seconds)

    def _hung_up(self, watch: "asyncio.Future[Message]") -> None:
        if not self._over and not watch.cancelled():
            self.client_gone = True
            self._limit.reschedule(asyncio.get_running_loop().time())
