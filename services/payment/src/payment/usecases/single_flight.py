"""Of callers who want the same thing done at the same moment one does it, and all get its result."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Flight(Generic[T]):
    """Work under way, and the question that it answers."""

    question: str
    task: asyncio.Task[T]


class SingleFlight(Generic[T]):
    """What is under way, by its key: for each key one thing at a time."""

    def __init__(self) -> None:
        self._under_way: dict[str, _Flight[T]] = {}

    async def run(self, key: str, question: str, work: Callable[[], Awaitable[T]], is_enough: Callable[[T], bool]) -> T:
        """The result of `work`, or of what others began for the key, if that is enough. A caller who gives up leaves
        the work to go on.

        Work that was under way before the call may not have seen what the caller knows of, and other questions have
        other answers: only the same question, put after the call, is answered for good.
        """
        earlier = self._flight(key)
        while (flight := self._flight(key)) is not None:
            result = await asyncio.shield(flight.task)
            if is_enough(result) or (flight is not earlier and flight.question == question):
                return result
        return await asyncio.shield(self._begin(key, question, work))

    def _flight(self, key: str) -> _Flight[T] | None:
        flight = self._under_way.get(key)
        return None if flight is None or flight.task.done() else flight

    def _begin(self, key: str, question: str, work: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        flight = _Flight(question, asyncio.create_task(_run(work)))
        self._under_way[key] = flight
        flight.task.add_done_callback(lambda _: self._end(key, flight))
        return flight.task

    def _end(self, key: str, flight: _Flight[T]) -> None:
        if self._under_way.get(key) is flight:
            del self._under_way[key]


async def _run(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
