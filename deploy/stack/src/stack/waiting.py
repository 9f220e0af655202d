"""Waiting until something holds: tests await a condition, never a length of time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], T | Awaitable[T]], *, seconds: float = 20, every: float = 0.02) -> T:
    """The first true answer of `condition`, which may be async; raises `TimeoutError` when none comes in time."""
    async with asyncio.timeout(seconds):
        while True:
            answer = condition()
            found = await answer if inspect.isawaitable(answer) else answer
            if found:
                return found
            await asyncio.sleep(every)
