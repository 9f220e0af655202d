"""Of callers who want the same thing done at the same moment one does it, and all get its result."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """What is under way, by its key."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[T]] = {}

    async def run(self, key: str, work: Callable[[], Awaitable[T]], is_enough: Callable[[T], bool]) -> T:
        """The result of `work`, of whoever began it. A caller who gives up leaves it to go on.

        Work that was under way before the call may not have seen what the caller knows of. Where its result is not
        enough the work is done once more, by this caller or by one who began after the call.
        """
        earlier = self._task(key)
        if earlier is not None:
            result = await asyncio.shield(earlier)
            if is_enough(result):
                return result
        return await asyncio.shield(self._task(key) or self._begin(key, work))

    def _task(self, key: str) -> asyncio.Task[T] | None:
        task = self._under_way.get(key)
        return None if task is None or task.done() else task

    def _begin(self, key: str, work: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        task = asyncio.create_task(_run(work))
        self._under_way[key] = task
        task.add_done_callback(lambda _: self._end(key, task))
        return task

    def _end(self, key: str, task: asyncio.Task[T]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]


async def _run(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
