"""Many messages at once: each is confirmed by itself, and what was not stays the caller's."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import aio_pika
import aiormq
import pytest
from chassis.broker import Publisher, publishing
from chassis.envelope import Envelope, seal
from contracts.ids import HoldId, ShowtimeId, UserId
from contracts.seating import AvailabilityChanged, SeatsHeld
from stack.in_loop import listening
from stack.waiting import until

from chassis import broker as rabbit
from chassis import bulk

HEARD = "catalog.seating.availability_changed.v1"


def a_hold(number: int) -> Envelope:
    event = SeatsHeld.model_validate({
        "showtime_id": ShowtimeId("sho_1"), "hold_id": HoldId(f"hld_{number}"), "user_id": UserId("usr_1"),
        "seat_ids": ["A1"], "expires_at": "2030-01-01T00:00:00Z", "version": number,
    })  # fmt: skip
    return seal(event, key=f"hold-{number}")


def a_count(key: str) -> Envelope:
    return seal(AvailabilityChanged(showtime_id=ShowtimeId("sho_1"), version=1, available=1, total=2), key=key)


@pytest.fixture
async def publisher(rabbitmq_vhost_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Publisher]:
    monkeypatch.setattr(rabbit, "PUBLISH_TIMEOUT_SECONDS", 60)  # hundreds at once, on whatever machine
    async with publishing(rabbitmq_vhost_url, "seating") as made:
        await made.ready.wait()
        yield made


@pytest.fixture
async def channel(rabbitmq_vhost_url: str) -> AsyncIterator[aiormq.Channel]:
    connection = await aiormq.connect(rabbitmq_vhost_url)
    yield cast("aiormq.Channel", await connection.channel(publisher_confirms=True, on_return_raises=True))
    await connection.close()


async def test_hundreds_arrive_once_each_in_their_order(publisher: Publisher, rabbitmq_vhost_url: str) -> None:
    async with listening(rabbitmq_vhost_url, "seating.seats_held.v1") as heard:
        safe = await publisher.publish_all(a_hold(number) for number in range(300))
        assert safe == {f"hold-{number}" for number in range(300)}
        await publisher.publish(a_hold(300))
        await until(lambda: len(heard) == 301)
    assert [event["version"] for event in heard] == list(range(301))


async def test_one_that_reaches_no_queue_leaves_the_others_of_its_batch_safe(
    publisher: Publisher, rabbitmq_vhost_url: str
) -> None:
    async with await aio_pika.connect(rabbitmq_vhost_url) as connection:
        await (await connection.channel()).queue_delete(HEARD)
    assert await publisher.publish_all([a_hold(1), a_count("lost"), a_hold(2)]) == {"hold-1", "hold-2"}
    assert await publisher.publish_all([a_hold(3)]) == {"hold-3"}


async def test_publishers_at_once_on_one_channel_do_not_mix_their_confirmations(publisher: Publisher) -> None:
    batches = [[a_hold(100 * batch + number) for number in range(70)] for batch in range(8)]
    safe = await asyncio.gather(*map(publisher.publish_all, batches))
    assert safe == [{one.id for one in batch} for batch in batches]


async def test_a_body_larger_than_a_frame_arrives_whole(channel: aiormq.Channel) -> None:
    queue = await channel.queue_declare(exclusive=True)
    body = b"x" * (2 * channel.max_content_size + 17)
    parcels = [bulk.Parcel(body, "", str(queue.queue), True, name, {"a": 1}, "k") for name in ("one", "two")]
    assert await bulk.send(channel, parcels) == [None, None]
    for name in ("one", "two"):
        got = await channel.basic_get(str(queue.queue), no_ack=True)
        assert (got.body, got.header.properties.message_id, got.header.properties.headers) == (body, name, {"a": 1})
        assert got.header.properties.delivery_mode == 2


async def test_a_batch_that_never_left_takes_its_numbers_back(
    channel: aiormq.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = str((await channel.queue_declare(exclusive=True)).queue)
    parcels = [bulk.Parcel(b"{}", "", queue, True, name, {}) for name in ("one", "two")]
    full: Any = asyncio.Queue(maxsize=1)
    full.put_nowait(None)
    with monkeypatch.context() as patched:
        patched.setattr(channel, "write_queue", full)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await bulk.send(channel, parcels)
    assert channel.confirmations == {}
    async with asyncio.timeout(60):
        assert await bulk.send(channel, parcels) == [None, None]


async def test_an_id_is_under_way_once(channel: aiormq.Channel) -> None:
    parcel = bulk.Parcel(b"{}", "", "no such queue", mandatory=True, message_id="m", headers={})
    queue = str((await channel.queue_declare(exclusive=True)).queue)
    neighbour = bulk.Parcel(b"{}", "", queue, mandatory=True, message_id="n", headers={})
    one, other = await asyncio.gather(bulk.send(channel, [parcel]), bulk.send(channel, [parcel, neighbour]))
    assert isinstance(other[0], bulk.AlreadyUnderWay)
    assert other[1] is None
    for (outcome,) in (one, await bulk.send(channel, [parcel])):
        assert isinstance(outcome, aiormq.exceptions.PublishError)


async def test_a_channel_that_ends_settles_what_it_still_owed(channel: aiormq.Channel) -> None:
    parcel = bulk.Parcel(b"{}", "no such exchange", "x", mandatory=True, message_id="m", headers={})
    async with asyncio.timeout(60):
        (outcome,) = await bulk.send(channel, [parcel])
    assert isinstance(outcome, aiormq.exceptions.AMQPError)
