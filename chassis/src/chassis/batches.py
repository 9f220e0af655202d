"""Items that come within a moment of each other are worked off together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class _Batch(Generic[T]):
    done: "asyncio.Future[None]"
    timer: asyncio.TimerHandle
    items: list[T] = field(default_factory=list)


class Batches(Generic[T]):
    """Hands items to `work` in batches: those that came within `seconds` of the first, `size` of them at most."""

    def __init__(self, work: Callable[[list[T]], Awaitable[object]], *, seconds: float, size: int) -> None:
        self._work, self._seconds, self._size = work, seconds, size
        self._open: _Batch[T] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, item: T) -> None:
        """Return when `work` has returned for the batch that has the item; raises what `work` raised."""
        batch = self._open or self._begin()
        batch.items.append(item)
        if len(batch.items) == self._size:
            self._close(batch)
        await asyncio.shield(batch.done)

    def _begin(self) -> _Batch[T]:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._seconds, lambda: self._close(batch))
        batch: _Batch[T] = _Batch(loop.create_future(), timer)
        self._open = batch
        return batch

    def _close(self, batch: _Batch[T]) -> None:
        batch.timer.cancel()
        self._open = None
        task = asyncio.ensure_future(self._work_off(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, batch: _Batch[T]) -> None:
        try:
            await self._work(batch.items)
        except Exception as error:  # noqa: BLE001  all that wait for it get it
            batch.done.set_exception(error)
            batch.done.exception()  # where nobody waits any more, it is no error that was overlooked
        else:
            batch.done.set_result(None)


@dataclass(slots=True)
class _Request(Generic[T, R]):
    item: T
    result: list[R] = field(default_factory=list)


class Together(Generic[T, R]):
    """`Batches` whose work has a result for each item, in their order."""

    def __init__(self, work: Callable[[list[T]], Awaitable[Sequence[R]]], *, seconds: float, size: int) -> None:
        self._work = work
        self._batches: Batches[_Request[T, R]] = Batches(self._work_off, seconds=seconds, size=size)

    async def result(self, item: T) -> R:
        """What `work` has made of the item; raises what it raised."""
        request: _Request[T, R] = _Request(item)
        await self._batches.add(request)
        return request.result[0]

    async def _work_off(self, batch: list[_Request[T, R]]) -> None:
        for request, result in zip(batch, await self._work([request.item for request in batch]), strict=True):
            request.result.append(result)
