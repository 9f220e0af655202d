"""What comes within a moment is worked off together, and whoever waits for it hears how that ended."""

import asyncio

from chassis.batches import Batches, Together


class Worked:
    """The batches that were worked off; `error` is raised by each."""

    def __init__(self, error: Exception | None = None) -> None:
        self.batches: list[list[int]] = []
        self._error = error

    async def __call__(self, items: list[int]) -> None:
        self.batches.append(items)
        if self._error:
            raise self._error


async def test_items_of_one_moment_are_worked_off_together_and_later_ones_apart() -> None:
    worked = Worked()
    batches = Batches(worked, seconds=0.01, size=9)
    await asyncio.gather(*map(batches.add, (1, 2, 3)))
    await batches.add(4)
    assert worked.batches == [[1, 2, 3], [4]]


async def test_a_full_batch_waits_for_no_more() -> None:
    worked = Worked()
    batches = Batches(worked, seconds=3600, size=2)
    async with asyncio.timeout(60):
        await asyncio.gather(*map(batches.add, (1, 2, 3, 4)))
    assert worked.batches == [[1, 2], [3, 4]]


async def test_an_error_of_the_work_reaches_all_whose_item_it_had() -> None:
    batches = Batches(Worked(ValueError("no")), seconds=0.01, size=9)
    outcomes = await asyncio.gather(*map(batches.add, (1, 2)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError, ValueError]


async def test_who_gives_up_waiting_takes_nothing_from_the_others() -> None:
    worked = Worked()
    batches = Batches(worked, seconds=0.01, size=9)
    impatient, patient = (asyncio.ensure_future(batches.add(item)) for item in (1, 2))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert impatient.cancelled()
    assert worked.batches == [[1, 2]]


async def test_an_error_that_nobody_waits_for_is_not_reported_as_overlooked() -> None:
    overlooked: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: overlooked.append(context))
    ended = asyncio.Event()

    async def fail(_: list[int]) -> None:
        ended.set()
        raise ValueError("no")

    waiting = asyncio.ensure_future(Batches(fail, seconds=0.01, size=9).add(1))
    await asyncio.sleep(0)
    waiting.cancel()
    await ended.wait()
    for _ in range(3):
        await asyncio.sleep(0)
    assert overlooked == []


async def test_each_item_has_the_result_that_the_work_had_for_it() -> None:
    async def doubled(items: list[int]) -> list[int]:
        return [2 * item for item in items]

    together = Together(doubled, seconds=0.01, size=9)
    assert await asyncio.gather(*map(together.result, (3, 1, 2, 1))) == [6, 2, 4, 2]


async def test_without_a_result_there_is_the_error_for_each() -> None:
    async def fails(_: list[int]) -> list[int]:
        raise ValueError("no")

    together = Together(fails, seconds=0.01, size=9)
    outcomes = await asyncio.gather(*map(together.result, (1, 2)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError, ValueError]
