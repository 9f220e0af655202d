"""Items that come within a moment of each other are worked off together."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


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
