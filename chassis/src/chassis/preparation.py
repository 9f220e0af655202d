"""What a service's store needs before the first request: indexes, seeds. One meaning of *ready* for all."""

import asyncio
from collections.abc import Awaitable, Callable

from chassis.logs import logger
from chassis.problems import Unavailable
from chassis.unavailable import is_unavailable

log = logger(__name__)
_PAUSE_SECONDS = 0.5


class Preparation:
    """Steps that need Mongo, done in order and again from the first until all succeed, however late Mongo comes."""

    def __init__(self) -> None:
        self._done = asyncio.Event()

    async def run(self, *steps: Callable[[], Awaitable[object]]) -> None:
        """Do the steps; each must be idempotent."""
        while not self._done.is_set():
            try:
                for step in steps:
                    await step()
                self._done.set()
            except Exception as error:  # noqa: BLE001  whatever it is, the process is not ready and tries again
                (log.warning if is_unavailable(error) else log.exception)("not prepared yet", error=repr(error))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def wait(self, seconds: float = 3.0) -> None:
        """Wait until all is done, `seconds` at most: a process starts without Mongo."""
        try:
            async with asyncio.timeout(seconds):
                await self._done.wait()
        except TimeoutError:
            log.warning("started before its store was prepared")

    async def check(self) -> None:
        """Raise `Unavailable` until all is done: before its indexes are there a store does not keep ids unique."""
        if not self._done.is_set():
            raise Unavailable("the store is not prepared yet")
