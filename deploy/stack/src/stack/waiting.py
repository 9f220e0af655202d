"""Waiting until something holds: tests await a condition, never a length of time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def until(condition: Callable[[], Awaitable[T | None]], *, seconds: float = ..., every: float = ...) -> T: ...
@overload
async def until(condition: Callable[[], T | None], *, seconds: float = ..., every: float = ...) -> T: ...
async def until(condition: Callable[[], Any], *, seconds: float = 60, every: float = 0.02) -> Any:
    """The first true answer of `condition`, which may be async; raises `TimeoutError` when none comes in time.

    `seconds` only keeps a test from hanging: it is long, so that a slow and busy machine changes no outcome.
    """
    async with asyncio.timeout(seconds):
        while True:
            answer = condition()
            outcome = await answer if inspect.isawaitable(answer) else answer
            if outcome:
                return outcome
            await asyncio.sleep(every)
