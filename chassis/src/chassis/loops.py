"""Background loops that survive their errors and end with the process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from chassis.backoff import backoff_seconds
from chassis.logs import logger
from chassis.unavailable import is_unavailable

log = logger(__name__)


async def forever(name: str, step: Callable[[], Awaitable[object]], *, pause: float) -> None:
    """Run `step`, wait `pause` seconds, again; after an error wait longer, up to 5 s, and say so."""
    failures = 0
    while True:
        try:
            await step()
            failures = 0
        except Exception as error:  # noqa: BLE001  a loop outlives whatever its step meets
            failures += 1
            (log.warning if is_unavailable(error) else log.exception)("loop failed", loop=name, error=repr(error))
        if _is_cancelled():  # the step may have swallowed it: seen under PyMongo, now and then
            return
        await asyncio.sleep(backoff_seconds(failures, first=2 * max(pause, 0.1), maximum=5) if failures else pause)


class Signal:
    """That something happened in this process; whoever remembers an older count need not wait."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def give(self) -> None:
        """It happened: wake all who wait."""
        self.count += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def after(self, count: int, seconds: float) -> None:
        """Return once it happened after `count`, at the latest in so many seconds."""
        if self.count != count or seconds <= 0:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await asyncio.wait([waiter], timeout=seconds)
        finally:
            self._waiting.discard(waiter)


async def whenever(
    name: str, signal: Signal, step: Callable[[], Awaitable[float | None]], *, shortest: float, longest: float
) -> None:
    """Run `step` for ever: again after `signal`, but not sooner than `shortest` seconds; at the latest after
    `longest`, or when the seconds are over that `step` returned."""

    async def look() -> None:
        count = signal.count
        rest = await step()
        await asyncio.sleep(shortest)
        await signal.after(count, min(longest, longest if rest is None else rest) - shortest)

    await forever(name, look, pause=0)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@asynccontextmanager
async def running(*loops: Awaitable[object]) -> AsyncIterator[None]:
    """Run the loops beside the block and end them with it."""
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield
    finally:
        await end(*tasks)


async def end(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel until they have ended: Python 3.11's `wait_for`, and clients built on it, may swallow one cancellation."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=1)
    await asyncio.gather(*tasks, return_exceptions=True)


async def finish(task: "asyncio.Future[Any]", seconds: float) -> None:
    """Wait for the task, even when cancelled meanwhile; when the time is over, cancel it until it has ended."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not task.done():
        with suppress(asyncio.CancelledError):
            if (left := deadline - loop.time()) > 0:
                await asyncio.wait([task], timeout=left)
            else:
                await end(task)
    await asyncio.gather(task, return_exceptions=True)


class Background:
    """Work started now and finished before the process ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[object]] = set()

    def start(self, work: Awaitable[object]) -> None:
        """Run `work` beside the caller; its error is logged."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Future[object]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("background work failed", error=repr(error))

    async def finish(self, seconds: float = 10) -> None:
        """Wait for what is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
