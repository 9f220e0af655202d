"""Deadlines of many things by one timer, on a clock that the test moves."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from gateway.deadlines import RESOLUTION_SECONDS, TURN_SECONDS, TURNS, Deadlines


class Loop:
    """The clock and the timers of an event loop."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, callback: Callable[..., None], *arguments: Any) -> Any:
        timer = (at, partial(callback, *arguments))
        self.timers.append(timer)
        return Handle(self, timer)

    def pass_to(self, now: float) -> None:
        """Move the clock on, from timer to timer."""
        while due := sorted((timer for timer in self.timers if timer[0] <= now), key=lambda timer: timer[0]):
            self.now = max(self.now, due[0][0])
            self.timers.remove(due[0])
            due[0][1]()
        self.now = now


class Handle:
    def __init__(self, loop: Loop, timer: tuple[float, Callable[[], None]]) -> None:
        self._loop, self._timer = loop, timer

    def cancel(self) -> None:
        if self._timer in self._loop.timers:
            self._loop.timers.remove(self._timer)


class Item:
    """Notes when its deadline was noticed."""

    def __init__(self, loop: Loop, then: Callable[[], None] = lambda: None) -> None:
        self.due_at, self.noticed = 0.0, list[float]()
        self._loop, self._then = loop, then

    def on_deadline(self) -> None:
        self.noticed.append(self._loop.now)
        self._then()


def of(loop: Loop) -> Deadlines:
    stand_in: Any = loop
    typed: asyncio.AbstractEventLoop = stand_in
    return Deadlines(typed)


def test_each_deadline_is_noticed_once_and_at_most_the_resolution_late() -> None:
    loop = Loop()
    deadlines = of(loop)
    items = [Item(loop) for _ in range(50)]
    for number, item in enumerate(items):
        deadlines.watch(item, 10 - number * 0.13)
    loop.pass_to(200.0)
    for number, item in enumerate(items):
        (noticed,) = item.noticed
        assert 0 <= noticed - (110 - number * 0.13) <= RESOLUTION_SECONDS + TURNS * TURN_SECONDS + 0.002
    assert loop.timers == []


def test_what_is_forgotten_or_moved_in_time_is_left_alone() -> None:
    loop = Loop()
    deadlines = of(loop)
    forgotten, moved, again = Item(loop), Item(loop), Item(loop)
    for item in (forgotten, moved, again):
        deadlines.watch(item, 5)
    deadlines.forget(forgotten)
    moved.due_at = 120.0
    deadlines.watch(again, 1)
    loop.pass_to(119.0)
    assert (forgotten.noticed, moved.noticed, len(again.noticed)) == ([], [], 1)
    loop.pass_to(121.0)
    assert len(moved.noticed) == 1


def test_what_is_moved_in_the_turns_after_its_deadline_has_another_deadline() -> None:
    loop = Loop()
    deadlines = of(loop)
    moved = Item(loop)
    deadlines.watch(moved, 5)
    loop.pass_to(105.0 + 2 * TURN_SECONDS)
    moved.due_at = 120.0
    loop.pass_to(119.0)
    assert moved.noticed == []
    loop.pass_to(121.0)
    assert len(moved.noticed) == 1


def test_what_a_deadline_forgets_or_watches_counts_at_once() -> None:
    loop = Loop()
    deadlines = of(loop)
    other, later = Item(loop), Item(loop)

    def then() -> None:
        deadlines.forget(other)
        deadlines.watch(later, 3)

    first = Item(loop, then)
    deadlines.watch(first, 1)
    deadlines.watch(other, 1.05)
    loop.pass_to(110.0)
    assert (len(first.noticed), other.noticed, len(later.noticed)) == (1, [], 1)


def test_a_thousand_calls_in_time_need_one_timer() -> None:
    loop = Loop()
    deadlines = of(loop)
    for _ in range(1_000):
        item = Item(loop)
        deadlines.watch(item, 10)
        deadlines.forget(item)
    assert len(loop.timers) == 1
