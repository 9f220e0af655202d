"""Background loops that survive their errors and end with the process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from chassis import metrics
from chassis.backoff import backoff_seconds
from chassis.logs import logger
from chassis.unavailable import is_unavailable

log = logger(__name__)
_NEVER = datetime.max.replace(tzinfo=UTC)


async def forever(name: str, step: Callable[[], Awaitable[object]], *, pause: float) -> None:
    """Run `step`, wait `pause` seconds, again; after an error wait longer, up to 5 s, and say so."""
    failed, failures = metrics.LOOP_FAILURES.labels(name), 0
    while True:
        try:
            await step()
            failures = 0
        except Exception as error:  # noqa: BLE001  a loop outlives whatever its step meets
            failures += 1
            failed.inc()
            (log.warning if is_unavailable(error) else log.exception)("loop failed", loop=name, error=repr(error))
        if _is_cancelled():  # the step may have swallowed the cancellation: PyMongo's calls do, now and then
            return
        await asyncio.sleep(backoff_seconds(failures, first=2 * max(pause, 0.1), maximum=5) if failures else pause)


class Signal:
    """Wakes loops of this process. `count` is how often it was given: with an older count a loop need not wait."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def give(self) -> None:
        """Wake all that wait."""
        self.count += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def after(self, count: int, seconds: float) -> None:
        """Return when it was given after `count`, or after `seconds`."""
        if self.count != count or seconds <= 0:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await asyncio.wait([waiter], timeout=seconds)
        finally:
            self._waiting.discard(waiter)


class Alarm:
    """When a loop of this process has to look again: at the earliest of the times noted since it was last cleared."""

    def __init__(self) -> None:
        self._at = _NEVER
        self._moved = asyncio.Event()

    def clear(self) -> None:
        """Forget what was noted: the loop is about to look."""
        self._at = _NEVER

    def note(self, at: datetime) -> None:
        """At that time there will be something to do."""
        if at < self._at:
            self._at = at
            self._moved.set()

    @property
    def rings(self) -> bool:
        """Whether the earliest time noted has come."""
        return self._at <= datetime.now(UTC)

    async def ring(self, longest: float) -> None:
        """Return at the earliest time noted, or after `longest` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + longest
        while (seconds := min(deadline - loop.time(), (self._at - datetime.now(UTC)).total_seconds())) > 0:
            self._moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._moved.wait()


async def whenever(
    name: str,
    signal: Signal,
    step: Callable[[], Awaitable[float | None]],
    *,
    shortest: float,
    longest: float,
    urgent: Signal | None = None,
) -> None:
    """Run `step` for ever: again after `signal`, or after as many seconds as it returned (None: `longest`), but never
    sooner than after `shortest` seconds, save after `urgent`, and never later than after `longest`."""

    async def step_and_wait() -> None:
        count, urgent_count = signal.count, urgent.count if urgent else 0
        pause = await step()
        await (urgent.after(urgent_count, shortest) if urgent else asyncio.sleep(shortest))
        await signal.after(count, min(longest, longest if pause is None else pause) - shortest)

    await forever(name, step_and_wait, pause=0)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@asynccontextmanager
async def running(*loops: Awaitable[object]) -> AsyncIterator[None]:
    """Run the loops during the block; cancel them at its end. One that dies before is an error in the log: what it did
    is not done any more."""
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    for task in tasks:
        task.add_done_callback(_mourn)
    try:
        yield
    finally:
        await end(*tasks)


def _mourn(task: "asyncio.Future[object]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a loop has died", loop=repr(task), exc_info=error)


async def end(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel the tasks, again and again until all have ended: Python 3.11's `wait_for`, and clients built on it, may
    swallow a cancellation."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=1)
    await asyncio.gather(*tasks, return_exceptions=True)


async def finish(task: "asyncio.Future[Any]", seconds: float) -> None:
    """Wait for the task, even where the caller is cancelled meanwhile; after `seconds` cancel it until it has ended."""
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
    """Work that is started beside its caller and finished before the process ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[object]] = set()
        self._ends = asyncio.Event()

    @property
    def ends(self) -> bool:
        """Whether the process ends: what can be left to others is."""
        return self._ends.is_set()

    async def pause(self, seconds: float) -> None:
        """Sleep so long, or until the process ends: for work that is better done later."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ends.wait()

    def start(self, work: Awaitable[object]) -> None:
        """Run `work` as a task of its own; its error is logged."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Future[object]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("background work failed", error=repr(error))

    async def finish(self, seconds: float = 10) -> None:
        """Wait for the work under way and what it starts; cancel what is left after `seconds`."""
        self._ends.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        await end(*self._tasks)
