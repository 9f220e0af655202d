"""Loops that sleep until something happens, and the signal that wakes them."""

import asyncio

import pytest

from chassis.loops import Signal, running, whenever
from stack.waiting import until

LONG = 3600.0


@pytest.fixture
def steps() -> list[int]:
    return []


async def test_a_loop_sleeps_until_it_is_woken_however_often_it_was_meanwhile(steps: list[int]) -> None:
    signal = Signal()

    async def step() -> float | None:
        steps.append(signal.count)
        return None

    async with running(whenever("test", signal, step, shortest=0, longest=LONG)):
        await until(lambda: steps == [0])
        signal.give()
        signal.give()
        await until(lambda: steps == [0, 2])


async def test_what_happens_during_a_step_is_looked_at_once_more(steps: list[int]) -> None:
    signal = Signal()

    async def step() -> float | None:
        steps.append(signal.count)
        if len(steps) == 1:
            signal.give()
        return None

    async with running(whenever("test", signal, step, shortest=0, longest=LONG)):
        await until(lambda: steps == [0, 1])


async def test_a_loop_wakes_by_itself_when_its_step_said_so_or_when_the_longest_pause_is_over(
    steps: list[int],
) -> None:
    async def step() -> float | None:
        steps.append(len(steps))
        return 0.01 if len(steps) < 3 else None

    async with running(whenever("test", Signal(), step, shortest=0, longest=LONG)):
        await until(lambda: steps == [0, 1, 2])
    async with running(whenever("test", Signal(), step, shortest=0, longest=0.01)):
        await until(lambda: len(steps) > 4)


async def test_one_who_stops_waiting_is_forgotten() -> None:
    signal = Signal()
    waiting = asyncio.ensure_future(signal.after(0, LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    signal.give()
    await signal.after(0, LONG)


async def test_what_is_urgent_does_not_wait_for_the_shortest_pause(steps: list[int]) -> None:
    signal, urgent = Signal(), Signal()

    async def step() -> float | None:
        steps.append(signal.count)
        return None

    async with running(whenever("test", signal, step, shortest=LONG, longest=2 * LONG, urgent=urgent)):
        await until(lambda: steps == [0])
        signal.give()
        urgent.give()
        await until(lambda: steps == [0, 1])
