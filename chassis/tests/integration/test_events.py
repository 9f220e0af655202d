"""Events through real queues: outbox to consumer, retries, dead letters, and a store that is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import aio_pika
import pytest
from pamqp.common import FieldValue
from prometheus_client import REGISTRY

from chassis import acknowledgements, dead_letters, topology
from chassis import broker as rabbit
from chassis.broker import Publisher, publishing
from chassis.consume import Handlers, consuming
from chassis.envelope import event_id, seal
from chassis.loops import Background, running
from chassis.mongo import Collection, Document, amend, connect
from chassis.outbox import INDEX, Outbox, push
from chassis.unavailable import PeerUnavailable
from contracts.booking import BookingExpired, RefundDue
from contracts.event import Event
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
async def consuming_payment(url: str, handlers: Handlers) -> AsyncIterator[Publisher]:
    """A publisher of booking's events, and consumers of payment's beside it."""
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(publishing(url, "booking"))
        await publisher.ready.wait()
        await stack.enter_async_context(consuming(url, "payment", handlers, publisher, prefetch=4))
        yield publisher


@dataclass
class Harness:
    """A collection with an outbox, and what payment heard of it."""

    publisher: Publisher
    bookings: Collection
    heard: list[RefundDue]

    def outbox(self, background: Background) -> Outbox:
        return Outbox(self.bookings, self.publisher, background)

    async def write_without_publishing(self, event: RefundDue, key: str) -> Document:
        """As a process does that dies right after its write."""
        booking = await amend(self.bookings, "bkg_1", lambda _: pushing(event, key))
        assert booking is not None
        return booking

    async def unsent(self) -> list[str]:
        """The ids of the events in the outbox."""
        booking = await self.bookings.find_one({"_id": "bkg_1"})
        assert booking is not None
        return [entry["id"] for entry in booking["outbox"]]


def pushing(event: RefundDue, key: str) -> Document:
    return {"$push": push([seal(event, key=key)])}


@pytest.fixture
async def harness(rabbitmq_vhost_url: str, mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[Harness]:
    heard: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        heard.append(event)

    async with (
        consuming_payment(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher,
        connect(mongo_uri, mongo_database_prefix) as database,
    ):
        await database["bookings"].ensure_indexes(INDEX)
        yield Harness(publisher, database["bookings"], heard)


async def test_an_event_written_with_its_state_reaches_its_subscriber_once_and_leaves_the_outbox(
    harness: Harness,
) -> None:
    background, event = Background(), refund_due()
    await harness.outbox(background).amend("bkg_1", lambda _: pushing(event, "k1"))
    await until(lambda: len(harness.heard) == 1)
    await background.finish(seconds=60)
    assert harness.heard == [event]
    assert await harness.unsent() == []


async def test_a_document_is_inserted_with_its_events(harness: Harness) -> None:
    background, envelope = Background(), seal(refund_due(), key="k1")
    await harness.outbox(background).insert({"_id": "bkg_1", "version": 1, "outbox": [envelope.document()]})
    await until(lambda: harness.heard == [refund_due()])
    await background.finish(seconds=60)
    assert await harness.unsent() == []


async def test_a_writer_publishes_what_its_own_write_pushed_and_no_backlog(harness: Harness) -> None:
    background = Background()
    for number in range(3):
        await harness.write_without_publishing(refund_due(f"refund_{number}"), f"left-{number}")
    await harness.outbox(background).amend("bkg_1", lambda _: pushing(refund_due("refund_own"), "own"))
    await until(lambda: bool(harness.heard))
    await background.finish(seconds=60)
    assert [event.refund_key for event in harness.heard] == ["refund_own"]
    assert await harness.unsent() == ["left-0", "left-1", "left-2"]


async def test_a_change_that_met_another_publishes_what_it_wrote_at_last(harness: Harness) -> None:
    background, decisions = Background(), 0

    def change(booking: Document | None) -> Document | None:
        nonlocal decisions
        decisions += 1
        version = booking["version"] if booking else 0
        return pushing(refund_due(f"refund_{version}"), f"at-{version}")

    outbox = harness.outbox(background)
    await asyncio.gather(*(outbox.amend("bkg_1", change) for _ in range(5)))
    await until(lambda: len(harness.heard) == 5)
    await background.finish(seconds=60)
    assert decisions > 5
    assert {event.refund_key for event in harness.heard} == {f"refund_{number}" for number in range(5)}
    assert await harness.unsent() == []


async def test_a_change_that_finds_nothing_to_do_publishes_nothing(harness: Harness) -> None:
    background = Background()
    await harness.write_without_publishing(refund_due(), "left")
    await harness.outbox(background).amend("bkg_1", lambda _: None)
    await background.finish(seconds=60)
    assert harness.heard == []
    assert await harness.unsent() == ["left"]


async def test_a_walk_over_many_documents_publishes_for_each(harness: Harness) -> None:
    background = Background()
    for number in range(3):
        await harness.bookings.insert({"_id": f"bkg_{number}", "version": 1, "is_due": number != 1, "outbox": []})

    def change(booking: Document | None) -> Document | None:
        key = booking["_id"].replace("bkg", "refund") if booking else ""
        return pushing(refund_due(key), key)

    assert await harness.outbox(background).amend_all({"is_due": True}, change) == 2
    await until(lambda: len(harness.heard) == 2)
    await background.finish(seconds=60)
    assert {event.refund_key for event in harness.heard} == {"refund_0", "refund_2"}


async def test_what_a_crash_left_in_the_outbox_is_found_by_the_poll(harness: Harness) -> None:
    outbox = harness.outbox(Background())
    await harness.write_without_publishing(refund_due(), "k1")

    async def polled() -> bool:
        await outbox.poll()
        return bool(harness.heard)

    await until(polled)
    assert harness.heard == [refund_due()]


async def test_an_event_that_lies_in_an_outbox_twice_is_said_and_leaves_it(harness: Harness) -> None:
    await harness.write_without_publishing(refund_due(), "the-same")
    booking = await harness.write_without_publishing(refund_due(), "the-same")
    assert len(booking["outbox"]) == 2
    outbox = harness.outbox(Background())
    await outbox.send({"bkg_1": booking["outbox"]})
    await until(lambda: bool(harness.heard))
    await outbox.remove_confirmed()
    assert await harness.unsent() == []


async def test_an_error_of_the_message_comes_back_after_five_seconds_to_the_failing_queue_alone(
    rabbitmq_vhost_url: str,
) -> None:
    tries: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        tries.append(event)
        if len(tries) == 1:
            raise ValueError("not digestible at first")

    async with consuming_payment(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
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

    async with consuming_payment(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
        await publisher.publish(seal(refund_due(), key="the-id"))
        await until(lambda: _is(dead_letters.count(rabbitmq_vhost_url, "payment"), 1))
        monkeypatch.setenv("RABBITMQ_URL", rabbitmq_vhost_url)
        await asyncio.to_thread(dead_letters.main, ["list", "payment"])
        assert "a defect" in capsys.readouterr().out
        await until(lambda: _is(dead_letters.count(rabbitmq_vhost_url, "payment"), 1))  # whoever listed it gave it back
        broken = False
        await asyncio.to_thread(dead_letters.main, ["replay", "payment"])
        await until(lambda: len(heard) == 1)
        await until(lambda: _is(dead_letters.count(rabbitmq_vhost_url, "payment"), 0))


async def test_dead_letters_are_watched_over_one_connection(
    rabbitmq_vhost_url: str, rabbitmq_management_url: str
) -> None:
    def watching() -> set[str]:
        rows = call("GET", f"{rabbitmq_management_url}/api/vhosts{urlsplit(rabbitmq_vhost_url).path}/connections").json
        purposes = {each["name"]: str(each["client_properties"].get("connection_name")) for each in rows}
        return {name for name, purpose in purposes.items() if purpose.startswith("payment dead letters")}

    def depth() -> float | None:
        return REGISTRY.get_sample_value("marquee_dead_letters", {"service": "payment"})

    async with consuming_payment(rabbitmq_vhost_url, {}), await aio_pika.connect(rabbitmq_vhost_url) as connection:
        letters = (await connection.channel()).default_exchange
        async with running(dead_letters.watch(rabbitmq_vhost_url, "payment", pause=0.5)):
            (first,) = await until(watching)
            for number in (1, 2, 3):
                await letters.publish(aio_pika.Message(b"{}"), topology.dead_letters("payment").name)
                await until(lambda: depth() == number)  # noqa: B023  # awaited here
                if number == 2:
                    assert watching() == {first}
                    call("DELETE", f"{rabbitmq_management_url}/api/connections/{quote(first, safe='')}")
                    await until(lambda: watching() - {first})


async def _is(number: Awaitable[int], wanted: int) -> bool:
    return await number == wanted


async def test_headers_that_nobody_of_ours_wrote_do_not_stop_the_queue(rabbitmq_vhost_url: str) -> None:
    heard: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        heard.append(event)

    async with consuming_payment(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
        async with await aio_pika.connect(rabbitmq_vhost_url) as connection:
            exchange = await (await connection.channel()).get_exchange("marquee.events")
            attempts: tuple[FieldValue, ...] = ("many", -1, {"x": 1}, None, 2**40, "7")
            for attempt in attempts:
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

    async with consuming_payment(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
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
    async with consuming_payment(new_rabbitmq_vhost_url, {RefundDue: on_refund_due}):
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


async def test_consumers_come_back_when_their_connection_is_lost(
    rabbitmq_vhost_url: str, rabbitmq_management_url: str
) -> None:
    heard: list[RefundDue] = []

    async def on_refund_due(event: RefundDue) -> None:
        heard.append(event)

    vhost = urlsplit(rabbitmq_vhost_url).path[1:]

    def connections() -> list[str]:
        listed = call("GET", f"{rabbitmq_management_url}/api/vhosts/{vhost}/connections").json
        return [each["name"] for each in listed if "consumers" in str(each["client_properties"])]

    async with consuming_payment(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
        await publisher.publish(seal(refund_due("refund_1")))
        await until(lambda: len(heard) == 1)
        (lost,) = await until(connections)
        call("DELETE", f"{rabbitmq_management_url}/api/connections/{quote(lost)}")
        await until(lambda: lost not in connections())
        await publisher.publish(seal(refund_due("refund_2")))
        await until(lambda: "refund_2" in {event.refund_key for event in heard})


async def test_what_was_handled_is_acknowledged_when_the_process_ends(
    rabbitmq_vhost_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledgements, "SECONDS", 3_600)
    heard: list[str] = []

    async def on_refund_due(event: RefundDue) -> None:
        heard.append(event.refund_key)

    for key in ("refund_0", "refund_1"):
        async with consuming_payment(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
            await publisher.publish(seal(refund_due(key)))
            await until(lambda: key in heard)  # noqa: B023  # awaited here
    assert heard == ["refund_0", "refund_1"]


async def test_a_message_that_waits_holds_up_no_acknowledgement_of_others(rabbitmq_vhost_url: str) -> None:
    heard: list[str] = []
    may_end = asyncio.Event()

    async def on_refund_due(event: RefundDue) -> None:
        if event.refund_key == "refund_0":
            await may_end.wait()
        heard.append(event.refund_key)

    async with consuming_payment(rabbitmq_vhost_url, {RefundDue: on_refund_due}) as publisher:
        for number in range(20):  # five times the prefetch
            await publisher.publish(seal(refund_due(f"refund_{number}")))
        await until(lambda: len(heard) == 19)
        may_end.set()
        await until(lambda: len(heard) == 20)


async def test_an_open_queue_takes_the_events_that_it_is_bound_to_and_no_others(rabbitmq_vhost_url: str) -> None:
    heard: list[tuple[str, str]] = []

    async def on_any(event: Event) -> None:
        if event_id() == "poison" and ("poison", event.type) not in heard:
            heard.append(("poison", event.type))
            raise ValueError("the first attempt fails")
        heard.append((event_id(), event.type))

    due = refund_due()
    expired = BookingExpired(
        booking_id=due.booking_id, version=1, user_id=due.user_id, showtime_id=due.showtime_id, theater_id=None
    )
    async with publishing(rabbitmq_vhost_url, "booking") as publisher:
        await publisher.ready.wait()
        async with consuming(rabbitmq_vhost_url, "notify", {}, publisher, prefetch=4, of_open_queue=on_any):
            await publisher.publish(seal(expired, key="too early"))
            await publisher.bind("notify", [BookingExpired, RefundDue])
            await publisher.publish(seal(expired, key="e1"))
            await publisher.publish(seal(due, key="d1"))
            await until(lambda: len(heard) == 2)
            await publisher.bind("notify", [], [RefundDue])
            await publisher.publish(seal(due, key="d2"))
            await publisher.publish(seal(expired, key="poison"))
            await until(lambda: len(heard) == 4)  # tried again after a failure
    assert sorted(heard[:2]) == [("d1", "booking.refund_due.v1"), ("e1", "booking.expired.v1")]
    assert heard[2:] == [("poison", "booking.expired.v1")] * 2
