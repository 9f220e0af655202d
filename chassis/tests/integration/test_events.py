"""Events through real queues: outbox to consumer, retries, dead letters, and a store that is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aio_pika
import pytest

from chassis import broker as rabbit
from chassis import dead_letters, metrics, topology
from chassis.broker import Publisher, publishing
from chassis.consume import Handlers, consuming
from chassis.envelope import seal
from chassis.loops import Background, running
from chassis.mongo import Collection, Document, amend, connect
from chassis.outbox import INDEX, Outbox, push
from chassis.unavailable import PeerUnavailable
from contracts.booking import RefundDue
from contracts.ids import BookingId, PaymentId, ShowtimeId, UserId
from contracts.seating import AvailabilityChanged
from stack.calls import call
from stack.waiting import until


def refund_due(key: str = "refund_pay_1") -> RefundDue:
    return RefundDue(
        booking_id=BookingId("bkg_1"),
        version=3,
        user_id=UserId("usr_1"),
        showtime_id=ShowtimeId("sho_1"),
        payment_id=PaymentId("pay_1"),
        capture_id="pay_x",
        refund_key=key,
        amount=100,
        currency="INR",
        reason="by_guest",
    )


@asynccontextmanager
async def house(url: str, handlers: Handlers) -> AsyncIterator[Publisher]:
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(publishing(url, "booking"))
        await publisher.ready.wait()
        await stack.enter_async_context(consuming(url, "payment", handlers, publisher, prefetch=4))
        yield publisher


@dataclass
class Telling:
    """An outbox of bookings, and what payment heard of it."""

    publisher: Publisher
    bookings: Collection
    heard: list[RefundDue]

    def outbox(self, background: Background) -> Outbox:
        return Outbox(self.bookings, self.publisher, background)

    async def write(self, event: RefundDue, key: str) -> Document:
        pushed = {"$push": push([seal(event, key=key)])}
        stored = await amend(self.bookings, "bkg_1", lambda _: pushed)
        assert stored is not None
        return stored

    async def left(self) -> object:
        kept = await self.bookings.find_one({"_id": "bkg_1"})
        return kept and kept["outbox"]


@pytest.fixture
async def telling(rabbitmq_vhost_url: str, mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[Telling]:
    heard: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        heard.append(event)

    async with (
        house(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher,
        connect(mongo_uri, mongo_database_prefix) as database,
    ):
        await database["bookings"].ensure_indexes(INDEX)
        yield Telling(publisher, database["bookings"], heard)


async def test_an_event_written_with_its_state_reaches_its_subscriber_once_and_leaves_the_outbox(
    telling: Telling,
) -> None:
    background, event = Background(), refund_due()
    telling.outbox(background).send_soon(await telling.write(event, "k1"))
    await until(lambda: len(telling.heard) == 1)
    await background.finish(seconds=60)
    assert telling.heard == [event]
    assert await telling.left() == []


async def test_what_a_crash_left_in_the_outbox_is_found_by_the_poll(telling: Telling) -> None:
    outbox = telling.outbox(Background())
    await telling.write(refund_due(), "k1")

    async def polled() -> bool:
        await outbox.poll()
        return bool(telling.heard)

    await until(polled)
    assert telling.heard == [refund_due()]


async def test_an_event_that_lies_in_an_outbox_twice_is_said_and_leaves_it(telling: Telling) -> None:
    await telling.write(refund_due(), "the-same")
    stored = await telling.write(refund_due(), "the-same")
    assert len(stored["outbox"]) == 2
    await telling.outbox(Background()).send(stored)
    await until(lambda: bool(telling.heard))
    assert await telling.left() == []


async def test_an_error_of_the_message_comes_back_after_five_seconds_to_the_failing_queue_alone(
    rabbitmq_vhost_url: str,
) -> None:
    tries: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        tries.append(event)
        if len(tries) == 1:
            raise ValueError("not digestible at first")

    async with house(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
        await publisher.publish(seal(refund_due()))
        await until(lambda: len(tries) == 2)


async def test_what_cannot_be_digested_becomes_a_dead_letter_that_can_be_listed_and_replayed(
    rabbitmq_vhost_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(topology, "RETRY_SECONDS", ())
    broken, heard = True, []

    async def on_refund_due(event: RefundDue) -> None:
        if broken:
            raise ValueError("a defect")
        heard.append(event)

    async with house(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
        await publisher.publish(seal(refund_due(), key="the-id"))
        await until(lambda: _is(dead_letters.count(rabbitmq_vhost_url, "payment"), 1))
        monkeypatch.setenv("RABBITMQ_URL", rabbitmq_vhost_url)
        await asyncio.to_thread(dead_letters.run, "list", "payment")
        assert "a defect" in capsys.readouterr().out
        await until(lambda: _is(dead_letters.count(rabbitmq_vhost_url, "payment"), 1))  # whoever listed it gave it back
        broken = False
        await asyncio.to_thread(dead_letters.run, "replay", "payment")
        await until(lambda: len(heard) == 1)
        await until(lambda: _is(dead_letters.count(rabbitmq_vhost_url, "payment"), 0))


async def test_dead_letters_are_watched_over_one_connection(
    rabbitmq_vhost_url: str, rabbitmq_management_url: str
) -> None:
    vhost = urlsplit(rabbitmq_vhost_url).path[1:]

    def watching() -> set[str]:
        found = call("GET", f"{rabbitmq_management_url}/api/vhosts/{vhost}/connections").json
        names = {one["name"]: str(one["client_properties"].get("connection_name")) for one in found}
        return {name for name, what in names.items() if what.startswith("payment dead letters")}

    def depth() -> float | None:
        return metrics.REGISTRY.get_sample_value("marquee_dead_letters", {"service": "payment"})

    async with house(rabbitmq_vhost_url, {}), await aio_pika.connect(rabbitmq_vhost_url) as connection:
        letters = (await connection.channel()).default_exchange
        async with running(dead_letters.watch(rabbitmq_vhost_url, "payment", pause=0.01)):
            first = await until(watching)
            for number in (1, 2):
                await letters.publish(aio_pika.Message(b"{}"), topology.dead_letters("payment").name)
                await until(lambda: depth() == number)  # noqa: B023  # awaited here
            assert watching() == first
            assert len(first) == 1


async def _is(number: Awaitable[int], wanted: int) -> bool:
    return await number == wanted


async def test_headers_that_nobody_of_ours_wrote_do_not_stop_the_queue(rabbitmq_vhost_url: str) -> None:
    heard: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        heard.append(event)

    async with house(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
        async with await aio_pika.connect(rabbitmq_vhost_url) as connection:
            exchange = await (await connection.channel()).get_exchange("marquee.events")
            for attempt in ("many", -1, {"x": 1}, None, 2**40, "7"):
                odd = aio_pika.Message(b"no event", headers={"x-marquee-attempt": attempt})
                await exchange.publish(odd, "booking.refund_due.v1")
        await publisher.publish(seal(refund_due()))
        await until(lambda: heard == [refund_due()])


async def test_a_store_that_is_away_costs_a_message_no_attempt(rabbitmq_vhost_url: str) -> None:
    tries: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        tries.append(event)
        if len(tries) < 4:
            raise PeerUnavailable("the store is away")

    async with house(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
        await publisher.publish(seal(refund_due()))
        await until(lambda: len(tries) == 4)
        assert await dead_letters.count(rabbitmq_vhost_url, "payment") == 0


async def test_an_event_said_before_any_consumer_has_ever_started_is_not_lost(new_rabbitmq_vhost_url: str) -> None:
    heard: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        heard.append(event)

    async with publishing(new_rabbitmq_vhost_url, "booking") as publisher:
        await publisher.ready.wait()
        await publisher.publish(seal(refund_due()))
    async with house(new_rabbitmq_vhost_url, {RefundDue: on_refund_due}):
        await until(lambda: len(heard) == 1)


async def test_a_message_that_reaches_no_queue_is_an_error_when_one_of_ours_subscribes(rabbitmq_vhost_url: str) -> None:
    async with publishing(rabbitmq_vhost_url, "seating") as publisher:
        await publisher.ready.wait()
        connection = await aio_pika.connect(rabbitmq_vhost_url)
        async with connection:
            channel = await connection.channel()
            await channel.queue_delete("catalog.seating.availability_changed.v1")
        event = AvailabilityChanged(showtime_id=ShowtimeId("sho_1"), version=1, available=1, total=2)
        with pytest.raises(rabbit.NotPublished):
            await publisher.publish(seal(event))
