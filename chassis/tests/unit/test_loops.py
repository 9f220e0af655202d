"""Loops outlive their errors and end with the process."""

import asyncio
from contextlib import suppress

from chassis.loops import forever, running


async def test_a_loop_ends_even_when_its_step_swallowed_the_cancellation() -> None:
    began = asyncio.Event()

    async def step() -> None:
        began.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    async with asyncio.timeout(60), running(forever("stubborn", step, pause=3600)):
        await began.wait()


async def test_a_loop_outlives_an_error_of_its_step() -> None:
    tries = 0
    again = asyncio.Event()

    async def step() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ValueError("once")
        again.set()

    async with asyncio.timeout(60), running(forever("failing", step, pause=0)):
        await again.wait()


async def test_work_that_swallows_a_cancellation_and_is_no_loop_of_ours_ends_too() -> None:
    began = asyncio.Event()

    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):
            began.set()
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async with asyncio.timeout(60), running(stubborn()):
        await began.wait()
