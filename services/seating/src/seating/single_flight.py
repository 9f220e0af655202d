"""Of many callers who want the same at once, one does the work and all wait for it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable


class SingleFlight:
    """Work under way, by key."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[None]] = {}

    async def __call__(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work, or wait for the same that is under way; raises what it raised. A caller who is cancelled leaves
        it to the others."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(work())
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        await asyncio.shield(task)
