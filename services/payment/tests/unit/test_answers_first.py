"""Work behind answers gives way to answers, and is never stopped by them."""

import asyncio
from contextlib import ExitStack

import pytest

from payment.usecases import answers_first
from payment.usecases.answers_first import AT_A_TIME, FEW, AnswersFirst


async def turns(order: AnswersFirst, begun: list[int], end: asyncio.Event, pieces: int) -> None:
    async def work(number: int) -> None:
        async with order.turn():
            begun.append(number)
            await end.wait()

    await asyncio.gather(*(work(number) for number in range(pieces)))


async def idle() -> None:
    """Until everything that can go on has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_work_waits_while_many_wait_for_answers_and_goes_on_when_few_do() -> None:
    order, begun, end = AnswersFirst(), list[int](), asyncio.Event()
    end.set()
    with ExitStack() as callers:
        for _ in range(FEW + 1):
            callers.enter_context(order.answering())
        work = asyncio.ensure_future(turns(order, begun, end, 2))
        await idle()
        assert begun == []
    await work
    assert begun == [0, 1]


async def test_few_who_wait_hold_up_no_work() -> None:
    order, begun, end = AnswersFirst(), list[int](), asyncio.Event()
    end.set()
    with ExitStack() as callers:
        for _ in range(FEW):
            callers.enter_context(order.answering())
        await turns(order, begun, end, 1)
    assert begun == [0]


async def test_no_more_than_so_many_pieces_are_under_way() -> None:
    order, begun, end = AnswersFirst(), list[int](), asyncio.Event()
    work = asyncio.ensure_future(turns(order, begun, end, 2 * AT_A_TIME))
    await idle()
    assert begun == list(range(AT_A_TIME))
    end.set()
    await work
    assert begun == list(range(2 * AT_A_TIME))


async def test_a_flood_of_callers_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_first, "LONGEST_SECONDS", 0)
    order, begun, end = AnswersFirst(), list[int](), asyncio.Event()
    end.set()
    with ExitStack() as callers:
        for _ in range(10 * FEW):
            callers.enter_context(order.answering())
        await turns(order, begun, end, 3 * AT_A_TIME)
    assert begun == list(range(3 * AT_A_TIME))
