"""Answers come before work: while many callers wait for an answer, what is to be done behind answers waits its turn.

In a burst the work behind the first answers would otherwise take the processor from all the answers that follow.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

AT_A_TIME = 8  # pieces of work under way
FEW = 4  # callers who wait hold up no work
LONGEST_SECONDS = 0.25  # so long a piece of work waits for answers once its turn has come: a flood must not stop all


class AnswersFirst:
    """Counts who waits for an answer, and lets work go on when few do."""

    def __init__(self) -> None:
        self._waiting = 0
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._few_wait = asyncio.Event()
        self._few_wait.set()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """A caller waits during the block."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The block is a piece of work: it begins when its turn has come and few wait, or have long enough."""
        async with self._turns:
            if not self._few_wait.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(LONGEST_SECONDS):
                        await self._few_wait.wait()
            yield

    def _count(self, callers: int) -> None:
        self._waiting += callers
        if self._waiting <= FEW:
            self._few_wait.set()
        else:
            self._few_wait.clear()
