"""Of many who want the same, one does the work."""

import asyncio

import pytest

from seating.single_flight import SingleFlight


class Work:
    """Work that ends when it is told to, and counts its runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> None:
        self.runs += 1
        await self.may_end.wait()
        if self.runs == 1:
            raise LookupError


async def waiting_for(flight: SingleFlight, work: Work, callers: int) -> list["asyncio.Task[None]"]:
    tasks = [asyncio.create_task(flight("key", work)) for _ in range(callers)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_all_who_ask_at_once_share_one_run_and_its_error() -> None:
    flight, work = SingleFlight(), Work()
    tasks = await waiting_for(flight, work, 3)
    work.may_end.set()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert work.runs == 1
    assert [type(end) for end in ends] == [LookupError] * 3


async def test_whoever_asks_after_the_end_has_it_done_again() -> None:
    flight, work = SingleFlight(), Work()
    work.may_end.set()
    with pytest.raises(LookupError):
        await flight("key", work)
    await flight("key", work)
    assert work.runs == 2


async def test_a_caller_who_is_cancelled_leaves_the_work_to_the_others() -> None:
    flight, work = SingleFlight(), Work()
    first, second = await waiting_for(flight, work, 2)
    first.cancel()
    work.may_end.set()
    with pytest.raises(LookupError):
        await second
    assert first.cancelled()
    assert work.runs == 1
