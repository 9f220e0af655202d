"""The broker's account for partners: what it may, what it may not, and that its queues bound themselves."""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelAccessRefused

from stack.calls import call
from stack.ports import PortClaims
from stack.servers.rabbitmq import DEFINITIONS, RabbitMQ, filled
from stack.waiting import until

OURS = "booking.payment.succeeded.v1"
BODY_BYTES = 1_000_000
MOST_BYTES = 64_000_000
SENT = 100  # more than fit
WEEK_MS = 7 * 24 * 3600 * 1000
TYPES: dict[str, dict[str, Any]] = {
    "classic": {},
    "quorum": {"x-queue-type": "quorum"},
    "stream": {"x-queue-type": "stream"},
    # What a partner asks for beyond the bounds is cut down to them.
    "greedy": {"x-max-length": 10_000_000, "x-max-length-bytes": 10**12, "x-expires": 10 * WEEK_MS},
}

# When it ends though nobody uses it, and what it has, though somebody asked for longer.
A_WEEK = {"expires": WEEK_MS, "message-ttl": WEEK_MS}
ENDS: dict[str, dict[str, Any]] = {"stream": {"max-age": "7D"}}


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    claims = PortClaims()
    server = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"), claims)
    server.start()
    server.wait_ready()
    yield server
    server.stop()
    claims.release()


@pytest.fixture
async def ours(rabbitmq: RabbitMQ) -> AsyncIterator[AbstractChannel]:
    """A channel of ours; exchanges and a queue as we have them."""
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        for name in ("marquee.events", "marquee.private"):
            await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)
        await channel.declare_queue(OURS, durable=True, arguments={"x-queue-type": "quorum"})
        yield channel


@pytest.fixture
async def partner(rabbitmq: RabbitMQ, ours: AbstractChannel) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(rabbitmq.subscriber) as connection:
        yield await connection.channel()


async def test_a_partner_hears_public_events_in_a_queue_of_its_own(
    partner: AbstractChannel, ours: AbstractChannel
) -> None:
    queue = await partner.declare_queue("partner.acme.bookings", durable=True)
    await queue.bind("marquee.events", "booking.*.v1")
    events = await ours.get_exchange("marquee.events")
    for name in ("booking.confirmed.v1", "seating.seats_held.v1", "booking.cancelled.v1"):
        await events.publish(aio_pika.Message(name.encode()), name, mandatory=False)
    heard = [await queue.get(timeout=60) for _ in range(2)]
    assert [message.body for message in heard if message] == [b"booking.confirmed.v1", b"booking.cancelled.v1"]
    await queue.delete(if_unused=False, if_empty=False)


async def _bind_private(partner: AbstractChannel) -> None:
    await (await partner.declare_queue("partner.acme", auto_delete=True)).bind("marquee.private", "#")


async def _dead_letter_to(partner: AbstractChannel, exchange: str) -> None:
    arguments: Any = {"x-dead-letter-exchange": exchange, "x-dead-letter-routing-key": OURS}
    await partner.declare_queue("partner.acme.dead", arguments=arguments)


async def _publish(partner: AbstractChannel, exchange: str) -> None:
    target = await partner.get_exchange(exchange, ensure=False) if exchange else partner.default_exchange
    await target.publish(aio_pika.Message(b"{}"), OURS)


async def _bind_ours_to_an_exchange_of_its_own(partner: AbstractChannel) -> None:
    exchange = await partner.declare_exchange("partner.acme.x", "topic", auto_delete=True)
    await (await partner.get_queue(OURS, ensure=False)).bind(exchange, "#")


async def _fall_back_to(partner: AbstractChannel, exchange: str) -> None:
    await partner.declare_exchange("partner.acme.y", "topic", arguments={"alternate-exchange": exchange})


async def _read_ours(partner: AbstractChannel) -> None:
    await (await partner.get_queue(OURS, ensure=False)).get(fail=False)


async def _empty_ours(partner: AbstractChannel) -> None:
    await (await partner.get_queue(OURS, ensure=False)).purge()


FORBIDDEN: dict[str, Callable[[AbstractChannel], Awaitable[Any]]] = {
    "bind the private exchange": _bind_private,
    "declare another queue": lambda partner: partner.declare_queue("acme.bookings"),
    "declare a queue without a name": lambda partner: partner.declare_queue(exclusive=True),
    "declare our exchange": lambda partner: partner.declare_exchange("marquee.events", "topic", durable=True),
    "declare a queue of ours": lambda partner: partner.declare_queue("booking.dead"),
    "read ours": _read_ours,
    "empty ours": _empty_ours,
    "publish an event": lambda partner: _publish(partner, "marquee.events"),
    "publish a private event": lambda partner: _publish(partner, "marquee.private"),
    "publish to a queue": lambda partner: _publish(partner, ""),
    "dead-letter to our events": lambda partner: _dead_letter_to(partner, "marquee.events"),
    "dead-letter to a queue of ours": lambda partner: _dead_letter_to(partner, ""),
    "bind our queue to its exchange": _bind_ours_to_an_exchange_of_its_own,
    "fall back to our events": lambda partner: _fall_back_to(partner, "marquee.events"),
    "delete ours": lambda partner: partner.queue_delete(OURS),
    "delete our exchange": lambda partner: partner.exchange_delete("marquee.events"),
}


@pytest.mark.parametrize("act", FORBIDDEN)
async def test_a_partner_may_nothing_else(partner: AbstractChannel, act: str) -> None:
    with pytest.raises(ChannelAccessRefused):
        await FORBIDDEN[act](partner)


@pytest.mark.parametrize("path", ["overview", "queues", "users", "definitions"])
def test_a_partner_does_not_manage(rabbitmq: RabbitMQ, path: str) -> None:
    ours, partners = urlsplit(rabbitmq.management), urlsplit(rabbitmq.subscriber)
    address = f"{partners.username}:{partners.password}@{ours.hostname}:{ours.port}"
    assert call("GET", f"http://{address}/api/{path}").status == 401
    assert call("GET", f"{rabbitmq.management}/api/{path}").status == 200


@pytest.mark.parametrize("kind", TYPES)
async def test_a_forgotten_queue_drops_its_oldest_ends_after_a_week_and_stops_no_publish(
    rabbitmq: RabbitMQ, ours: AbstractChannel, partner: AbstractChannel, kind: str
) -> None:
    name = f"partner.forgotten.{kind}"
    queue = await partner.declare_queue(name, durable=True, arguments=TYPES[kind])
    await queue.bind("marquee.events", "seating.#")
    found = await until(lambda: bounds(rabbitmq, name))
    assert found.items() >= ENDS.get(kind, A_WEEK).items()
    events = await ours.get_exchange("marquee.events")
    body = b"x" * BODY_BYTES
    for _ in range(SENT):
        await events.publish(aio_pika.Message(body, delivery_mode=2), "seating.seats_held.v1", timeout=60)
    shown = await until(lambda: settled(rabbitmq, name))
    assert 0 < shown["messages"] * BODY_BYTES <= MOST_BYTES + 16_000_000  # a stream drops whole segments
    await queue.delete(if_unused=False, if_empty=False)


def bounds(rabbitmq: RabbitMQ, name: str) -> dict[str, Any]:
    """The policy in force for a queue, once there is one."""
    shown = call("GET", f"{rabbitmq.management}/api/queues/%2F/{name}").json
    return dict(shown.get("effective_policy_definition") or {})


def settled(rabbitmq: RabbitMQ, name: str) -> dict[str, Any] | None:
    """The queue, once it is within its bounds."""
    shown: dict[str, Any] = call("GET", f"{rabbitmq.management}/api/queues/%2F/{name}").json
    return shown if 0 < shown.get("messages", 0) < SENT else None


def test_the_image_fills_in_the_definitions_as_the_stack_does() -> None:
    environment = {**os.environ, "RABBITMQ_PASSWORD": "ours_1-A", "RABBITMQ_SUBSCRIBER_PASSWORD": "theirs_2-B"}
    script = [str(DEFINITIONS.with_name("definitions.sh"))]

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", *script], env={**environment, **more}, capture_output=True, text=True, check=False)

    made = filled(DEFINITIONS.read_text(encoding="utf-8"), "ours_1-A", "theirs_2-B")
    assert json.loads(run().stdout) == json.loads(made)
    for unfit in ("", "a b", 'a"b', "a/b", "a&b"):
        refused = run(RABBITMQ_SUBSCRIBER_PASSWORD=unfit)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "RABBITMQ_SUBSCRIBER_PASSWORD" in refused.stderr
