"""Every handled message is acknowledged once, and none that is under way, whatever the order in which they end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

import aiormq
from hypothesis import given
from hypothesis import strategies as st

from chassis.acknowledgements import Acknowledgements
from stack.waiting import until


class Channel:
    """What a broker does with acknowledgements: it closes the channel for a tag that is not outstanding."""

    is_closed = False

    def __init__(self, delivered: int) -> None:
        self.outstanding = set(range(1, delivered + 1))
        self.frames = 0

    def create_task(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            work.send(None)
        except StopIteration:
            return

    async def basic_ack(self, tag: int, *, multiple: bool = False) -> None:
        assert tag in self.outstanding
        self.frames += 1
        self.outstanding -= {other for other in self.outstanding if other <= tag} if multiple else {tag}

    async def basic_reject(self, tag: int, *, requeue: bool, wait: bool) -> None:
        assert not requeue
        assert not wait
        self.outstanding.remove(tag)


async def settle(channel: Channel, order: list[tuple[int, str]], most: int) -> None:
    together = Acknowledgements(cast(aiormq.Channel, channel), most=most)
    under_way = set(channel.outstanding)
    for tag, outcome in order:
        if outcome == "handled":
            together.add(tag)
        elif outcome == "rejected":
            await together.reject(tag)
        under_way.discard(tag)
        assert under_way <= channel.outstanding
    await together.finish()
    assert channel.outstanding == under_way


@given(
    tags=st.permutations(range(1, 13)),
    outcomes=st.lists(st.sampled_from(["handled", "handled", "handled", "rejected"]), max_size=12),
    most=st.integers(1, 5),
)
def test_every_handled_message_is_acknowledged_once_and_none_under_way(
    tags: list[int], outcomes: list[str], most: int
) -> None:
    asyncio.run(settle(Channel(12), list(zip(tags, outcomes, strict=False)), most))


async def test_what_is_handled_in_order_is_acknowledged_in_one_frame() -> None:
    channel = Channel(50)
    await settle(channel, [(tag, "handled") for tag in range(1, 51)], most=100)
    assert channel.frames == 1


async def test_a_message_that_nothing_follows_is_acknowledged_after_a_moment() -> None:
    channel = Channel(1)
    Acknowledgements(cast(aiormq.Channel, channel), most=100).add(1)
    assert channel.outstanding == {1}
    await until(lambda: channel.outstanding == set())


class SlowChannel(Channel):
    """Each frame lets others run before it is written, as a full connection does."""

    def __init__(self, delivered: int) -> None:
        super().__init__(delivered)
        self.tasks: list[asyncio.Task[None]] = []

    def create_task(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def basic_ack(self, tag: int, *, multiple: bool = False) -> None:
        turns = 1 if multiple else 5
        for _ in range(turns):
            await asyncio.sleep(0)
        await super().basic_ack(tag, multiple=multiple)


async def test_a_frame_for_many_does_not_overtake_those_for_single_ones() -> None:
    channel = SlowChannel(4)
    together = Acknowledgements(cast(aiormq.Channel, channel), most=2)
    for tag in (2, 3, 1, 4):  # 2 and 3 are acknowledged by themselves while 1 and 4 are handled
        together.add(tag)
        await asyncio.sleep(0)
    await asyncio.gather(*channel.tasks)
    assert channel.outstanding == set()
