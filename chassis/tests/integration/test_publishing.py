"""Many messages at once: each is confirmed by itself, and what was not stays the caller's."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import aio_pika
import aiormq
import pytest

from chassis import broker as rabbit
from chassis import bulk
from chassis.broker import Publisher, publishing
from chassis.consume import consuming
from chassis.envelope import Envelope, seal
from contracts.ids import HoldId, ShowtimeId, UserId
from contracts.seating import AvailabilityChanged, SeatsHeld
from stack.calls import call
from stack.testing import listening
from stack.waiting import until

HEARD = "catalog.seating.availability_changed.v1"


def a_hold(number: int) -> Envelope:
    event = SeatsHeld.model_validate(
        {
            "showtime_id": ShowtimeId("sho_1"),
            "hold_id": HoldId(f"hld_{number}"),
            "user_id": UserId("usr_1"),
            "seat_ids": ["A1"],
            "expires_at": "2030-01-01T00:00:00Z",
            "version": number,
        }
    )
    return seal(event, key=f"hold-{number}")


def a_count(key: str) -> Envelope:
    return seal(AvailabilityChanged(showtime_id=ShowtimeId("sho_1"), version=1, available=1, total=2), key=key)


@pytest.fixture
async def publisher(rabbitmq_vhost_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Publisher]:
    monkeypatch.setattr(rabbit, "PUBLISH_TIMEOUT_SECONDS", 60)  # hundreds at once, on whatever machine
    async with publishing(rabbitmq_vhost_url, "seating") as publisher:
        await publisher.ready.wait()
        yield publisher


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


@asynccontextmanager
async def a_full_partner(url: str, overflow: str) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    """A queue of a partner's that takes one event and refuses more, for the block; a channel beside it."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        arguments: Any = {"x-max-length": 1, "x-overflow": overflow}
        queue = await channel.declare_queue("partner.full", exclusive=True, arguments=arguments)
        await queue.bind("marquee.events", "#")
        yield channel


@pytest.mark.parametrize("overflow", ["reject-publish", "reject-publish-dlx"])
async def test_a_full_queue_of_a_partner_that_refuses_more_stops_no_event(
    publisher: Publisher, rabbitmq_vhost_url: str, overflow: str
) -> None:
    counts = {f"count-{number}" for number in range(70)}
    async with (
        listening(rabbitmq_vhost_url, HEARD.partition(".")[2]) as other,
        listening(rabbitmq_vhost_url, "seating.seats_held.v1") as held,
        a_full_partner(rabbitmq_vhost_url, overflow) as channel,
    ):
        assert await publisher.publish_all([*map(a_count, counts), a_hold(1)]) == {*counts, "hold-1"}
        await publisher.publish(a_hold(2))
        ours = await channel.get_queue(HEARD)
        taken = [await ours.get(no_ack=True) for _ in range(ours.declaration_result.message_count or 0)]
        await until(lambda: len(other) == 70 and len(held) == 2)
    assert {str(message.headers["cloudEvents_id"]) for message in taken if message} == counts


async def test_a_queue_of_ours_that_is_gone_is_missed_behind_a_full_one_of_a_partner(
    publisher: Publisher, rabbitmq_vhost_url: str
) -> None:
    async with a_full_partner(rabbitmq_vhost_url, "reject-publish") as channel:
        await channel.queue_delete(HEARD)
        await publisher.publish(a_hold(1))
        assert await publisher.publish_all([a_count("lost"), a_hold(2)]) == {"hold-2"}


async def test_connections_bear_their_names(
    publisher: Publisher, rabbitmq_vhost_url: str, rabbitmq_management_url: str
) -> None:
    vhost = urlsplit(rabbitmq_vhost_url).path[1:]
    whose = f" ({socket.gethostname()}:{os.getpid()})"

    async def nothing(_event: AvailabilityChanged) -> None:
        """The catalog's part is not of interest here."""

    def names() -> set[str]:
        connections = call("GET", f"{rabbitmq_management_url}/api/vhosts/{vhost}/connections").json
        return {connection["client_properties"].get("connection_name") for connection in connections}

    async with consuming(rabbitmq_vhost_url, "catalog", {AvailabilityChanged: nothing}, publisher, prefetch=1):
        await until(lambda: names() == {f"seating publisher{whose}", f"catalog consumers{whose}"})


async def test_publishers_at_once_on_one_channel_do_not_mix_their_confirmations(publisher: Publisher) -> None:
    batches = [[a_hold(100 * batch + number) for number in range(70)] for batch in range(8)]
    safe = await asyncio.gather(*map(publisher.publish_all, batches))
    assert safe == [{envelope.id for envelope in batch} for batch in batches]


async def test_a_body_larger_than_a_frame_arrives_whole(channel: aiormq.Channel) -> None:
    queue = await channel.queue_declare(exclusive=True)
    body = b"x" * (2 * channel.max_content_size + 17)
    messages = [bulk.OutgoingMessage(body, "", str(queue.queue), True, name, {"a": 1}, "k") for name in ("one", "two")]
    assert await bulk.send(channel, messages) == [None, None]
    for name in ("one", "two"):
        got = await channel.basic_get(str(queue.queue), no_ack=True)
        assert (got.body, got.header.properties.message_id, got.header.properties.headers) == (body, name, {"a": 1})
        assert got.header.properties.delivery_mode == 2


async def test_a_batch_that_never_left_takes_its_numbers_back(
    channel: aiormq.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = str((await channel.queue_declare(exclusive=True)).queue)
    messages = [bulk.OutgoingMessage(b"{}", "", queue, True, name, {}) for name in ("one", "two")]
    full: Any = asyncio.Queue(maxsize=1)
    full.put_nowait(None)
    with monkeypatch.context() as patched:
        patched.setattr(channel, "write_queue", full)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await bulk.send(channel, messages)
    assert channel.confirmations == {}
    async with asyncio.timeout(60):
        assert await bulk.send(channel, messages) == [None, None]


async def test_an_id_is_under_way_once(channel: aiormq.Channel) -> None:
    message = bulk.OutgoingMessage(b"{}", "", "no such queue", mandatory=True, message_id="m", headers={})
    queue = str((await channel.queue_declare(exclusive=True)).queue)
    neighbour = bulk.OutgoingMessage(b"{}", "", queue, mandatory=True, message_id="n", headers={})
    first, second = await asyncio.gather(bulk.send(channel, [message]), bulk.send(channel, [message, neighbour]))
    assert isinstance(second[0], bulk.AlreadyInFlight)
    assert second[1] is None
    for (outcome,) in (first, await bulk.send(channel, [message])):
        assert isinstance(outcome, aiormq.exceptions.PublishError)


async def test_a_channel_that_ends_settles_what_it_still_owed(channel: aiormq.Channel) -> None:
    message = bulk.OutgoingMessage(b"{}", "no such exchange", "x", mandatory=True, message_id="m", headers={})
    async with asyncio.timeout(60):
        (outcome,) = await bulk.send(channel, [message])
    assert isinstance(outcome, aiormq.exceptions.AMQPError)
