"""Confirmed events leave their documents: in the next write, or together; a process may be killed at any step."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from chassis import outbox as outboxes
from chassis.broker import Publisher, publishing
from chassis.envelope import Envelope, seal
from chassis.loops import Background
from chassis.mongo import Document, connect
from chassis.outbox import Outbox, Update, push
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.seating import HoldExtended
from stack.mongo_commands import counted_commands
from stack.testing import listening
from stack.waiting import until

TYPE = HoldExtended.type


def pushing(key: str) -> Document:
    """An update that says something; a subscriber of ours has a queue for it."""
    event = HoldExtended.model_validate(
        {
            "booking_id": BookingId("bkg_1"),
            "hold_id": HoldId("hld_1"),
            "showtime_id": ShowtimeId("sho_1"),
            "expires_at": "2030-01-01T00:00:00Z",
        }
    )
    return {"$push": push([seal(event, key=key)])}


@dataclass
class Harness:
    outbox: Outbox
    publisher: Publisher
    background: Background
    servers: tuple[str, ...]
    heard: list[Document] = field(default_factory=list)

    @property
    def heard_ids(self) -> list[str]:
        return sorted(event["event_id"] for event in self.heard)

    async def unsent(self) -> list[str]:
        """The ids of all events in all outboxes."""
        documents = await self.outbox.collection.find({"outbox.time": {"$exists": True}})
        return sorted(entry["id"] for document in documents for entry in document["outbox"])


@pytest.fixture
async def publisher(rabbitmq_vhost_url: str) -> AsyncIterator[Publisher]:
    async with publishing(rabbitmq_vhost_url, "seating") as publisher:
        await publisher.ready.wait()
        yield publisher


@pytest.fixture
async def harness(
    publisher: Publisher, rabbitmq_vhost_url: str, mongo_uri: str, mongo_database_prefix: str
) -> AsyncIterator[Harness]:
    async with (
        connect(mongo_uri, mongo_database_prefix) as database,
        listening(rabbitmq_vhost_url, TYPE) as heard,
    ):
        background = Background()
        outbox = Outbox(database["holds"], publisher, background)
        await outbox.ensure_index()
        yield Harness(outbox, publisher, background, (rabbitmq_vhost_url, mongo_uri, mongo_database_prefix), heard)
        await background.finish(seconds=60)


async def test_confirmed_events_of_many_documents_are_taken_out_in_one_command(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "REMOVE_SECONDS", 3_600)  # until the process ends
    for name in (f"h{number:02}" for number in range(50)):
        await harness.outbox.insert({"_id": name, "version": 1, "outbox": pushing(name)["$push"]["outbox"]["$each"]})
    await until(lambda: len(harness.outbox.confirmed) == 50)
    with counted_commands() as commands:
        await harness.background.finish(seconds=60)
    assert commands == ["update"]
    assert await harness.unsent() == []


async def test_events_of_one_moment_are_published_together(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outboxes, "PUBLISH_SECONDS", 3_600)  # until the process ends
    batches: list[int] = []
    sent = harness.publisher.publish_all

    async def count(envelopes: Iterable[Envelope]) -> set[str]:
        batch = list(envelopes)
        batches.append(len(batch))
        return await sent(batch)

    monkeypatch.setattr(harness.publisher, "publish_all", count)
    await asyncio.gather(*(harness.outbox.amend(f"h{number}", lambda _: pushing("e")) for number in range(20)))
    assert (batches, harness.heard) == ([], [])
    await harness.background.finish(seconds=60)
    assert batches == [20]
    assert await harness.unsent() == []


async def test_what_the_broker_does_not_confirm_is_published_again_without_a_poll(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[list[Envelope]] = []
    sent = harness.publisher.publish_all

    async def confirm_all_at_the_third_time(envelopes: Iterable[Envelope]) -> set[str]:
        attempts.append(list(envelopes))
        return await sent(attempts[-1] if len(attempts) > 2 else [])

    monkeypatch.setattr(harness.publisher, "publish_all", confirm_all_at_the_third_time)
    await asyncio.gather(*(harness.outbox.amend(name, lambda _, name=name: pushing(f"of {name}")) for name in "abc"))  # type: ignore[misc]
    await until(lambda: harness.heard_ids == ["of a", "of b", "of c"])
    assert len(attempts) > 2


async def test_what_is_not_confirmed_for_long_is_left_to_the_poll(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "_SENT_AGAIN", timedelta(0))
    attempts: list[list[str]] = []

    async def confirm_none(envelopes: Iterable[Envelope]) -> set[str]:
        attempts.append([envelope.id for envelope in envelopes])
        return set()

    with monkeypatch.context() as patched:
        patched.setattr(harness.publisher, "publish_all", confirm_none)
        await harness.outbox.amend("h1", lambda _: pushing("e1"))
        await harness.background.finish(seconds=60)
    assert attempts == [["e1"]]
    monkeypatch.setattr(outboxes, "_LEFT_BEHIND", timedelta(0))
    await harness.outbox.poll()
    await until(lambda: harness.heard_ids == ["e1"])


async def test_they_are_taken_out_without_a_further_word(harness: Harness) -> None:
    await harness.outbox.amend("h1", lambda _: pushing("e1"))

    async def empty() -> bool:
        return not await harness.unsent()

    await until(empty)
    assert harness.heard_ids == ["e1"]


@pytest.mark.parametrize("second", [{"$set": {"seen": True}}, pushing("e2")], ids=["a write", "a write with events"])
async def test_a_document_that_is_written_anyway_loses_its_confirmed_events_in_that_write(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, second: Document
) -> None:
    monkeypatch.setattr(outboxes, "REMOVE_SECONDS", 3_600)
    await harness.outbox.amend("h1", lambda _: pushing("e1"))
    await until(lambda: harness.outbox.confirmed == {"h1": {"e1"}})
    with counted_commands() as commands:
        written = await harness.outbox.amend("h1", lambda _: second)
    assert commands == ["find", "findAndModify"]
    assert written is not None
    assert [entry["id"] for entry in written["outbox"]] == ([] if "$set" in second else ["e2"])


async def test_an_update_on_a_condition_is_one_command_and_publishes_what_it_pushed(harness: Harness) -> None:
    await harness.outbox.insert({"_id": "h1", "version": 1, "status": "due"})
    with counted_commands() as commands:
        pushes = {**pushing("e1"), "$set": {"status": "done"}}
        outcomes = [await harness.outbox.update("h1", {"status": "due"}, pushes) for _ in range(2)]
        assert commands == ["update", "update"]
    assert outcomes == [True, False]
    await until(lambda: harness.outbox.confirmed == {"h1": {"e1"}})
    assert await harness.outbox.update("h1", {}, {"$set": {"status": "over"}})
    assert await harness.unsent() == []
    assert await harness.outbox.collection.find_one({"_id": "h1"}, {"outbox": 0}) == {
        "_id": "h1",
        "version": 3,
        "status": "over",
    }


async def test_updates_of_many_documents_are_one_command_and_publish_what_they_pushed(harness: Harness) -> None:
    for key in ("h1", "h2"):
        await harness.outbox.insert({"_id": key, "version": 1, "status": "due"})
    with counted_commands() as commands:
        ends = [(key, {"status": "due"}, {**pushing(f"of {key}"), "$set": {"status": "done"}}) for key in ("h1", "h2")]
        assert await harness.outbox.update_each(ends) == [True, True]
        assert commands == ["update"]
    await until(lambda: harness.outbox.confirmed == {"h1": {"of h1"}, "h2": {"of h2"}})
    over: list[Update] = [(key, {}, {"$set": {"status": "over"}}) for key in ("h1", "h2")]
    assert await harness.outbox.update_each(over) == [True, True]
    assert await harness.unsent() == []
    assert await harness.outbox.collection.find({"_id": {"$gte": "h"}}, projection={"outbox": 0}) == [
        {"_id": key, "version": 3, "status": "over"} for key in ("h1", "h2")
    ]


async def test_of_many_updates_those_that_meet_their_condition_are_made_and_what_they_say_is_published(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.outbox._LEFT_BEHIND", timedelta(0))
    for key, status in (("h1", "due"), ("h2", "done"), ("h3", "due")):
        await harness.outbox.insert({"_id": key, "version": 1, "status": status})
    ends = [(key, {"status": "due"}, {**pushing(key), "$set": {"status": "done"}}) for key in ("h1", "h2", "h3")]
    await harness.outbox.update_each(ends)
    assert await harness.unsent() == ["h1", "h3"]
    await harness.outbox.poll()
    await until(lambda: sorted({*harness.heard_ids}) == ["h1", "h3"])
    assert await harness.unsent() == []
    documents = await harness.outbox.collection.find({"_id": {"$gte": "h"}}, projection={"version": 1})
    assert [document["version"] for document in documents] == [2, 1, 2]


async def test_what_was_not_confirmed_stays_in_a_document_that_is_written(harness: Harness) -> None:
    for key in ("left", "confirmed"):
        await harness.outbox.collection.update({"_id": "h1"}, {**pushing(key), "$inc": {"version": 1}}, upsert=True)
    present = await harness.outbox.collection.find_one({"_id": "h1"})
    assert present is not None
    await harness.outbox.send({"h1": present["outbox"][1:]})
    await harness.outbox.amend("h1", lambda _: pushing("new"))
    assert await harness.unsent() in (["confirmed", "left", "new"], ["left", "new"])
    await harness.background.finish(seconds=60)
    assert await harness.unsent() == ["left"]


async def test_what_could_not_be_taken_out_is_taken_out_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "REMOVE_SECONDS", 3_600)
    await harness.outbox.amend("h1", lambda _: pushing("e1"))
    await until(lambda: harness.outbox.confirmed)

    async def fails(_updates: object) -> None:
        raise ConnectionError("Mongo is unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(harness.outbox.collection, "update_each", fails)
        with pytest.raises(ConnectionError):
            await harness.outbox.remove_confirmed()
    assert await harness.unsent() == ["e1"]
    await harness.outbox.poll()
    assert await harness.unsent() == []
    assert harness.heard_ids == ["e1"]


DIES = """
import asyncio, os, signal, sys
from chassis import outbox as outboxes
from chassis.broker import Publisher, publishing
from chassis.loops import Background
from chassis.mongo import connect
from chassis.outbox import Outbox

sys.path.insert(0, os.path.dirname(sys.argv[1]))
from test_outbox import pushing, until

def die():
    os.kill(os.getpid(), signal.SIGKILL)

async def main(step, url, uri, name):
    outboxes.REMOVE_SECONDS = 3600
    async with connect(uri, name) as database, publishing(url, "seating") as publisher:
        await publisher.ready.wait()
        outbox = Outbox(database["holds"], publisher, Background())
        if step == "before it publishes":
            outbox.send_soon = lambda *_: die()
        if step == "before the confirm":
            confirmed = publisher._sent
            async def sent(messages):
                await confirmed(messages)
                die()
            publisher._sent = sent
        for number in range(3):
            await outbox.amend(f"h{number}", lambda _: pushing(f"e{number}"))
        await until(lambda: len(outbox.confirmed) == 3)
        if step == "within the removal":
            update_each = outbox.collection.update_each
            async def first_alone(updates):
                await update_each(list(updates)[:1])
                die()
            outbox.collection.update_each = first_alone
            await outbox.remove_confirmed()
        die()

asyncio.run(main(*sys.argv[2:]))
"""
STEPS = ["before it publishes", "before the confirm", "before the removal", "within the removal"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_process_that_is_killed_at_any_step_loses_no_event(harness: Harness, step: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, __file__, step, *harness.servers)
    async with asyncio.timeout(120):
        assert await process.wait() == -signal.SIGKILL
    written = [document["_id"] for document in await harness.outbox.collection.find({"_id": {"$gt": ""}})]
    assert written
    assert await harness.unsent()

    async def polled() -> bool:
        await harness.outbox.poll()
        return not await harness.unsent()

    await until(polled)
    await until(lambda: harness.heard_ids == [name.replace("h", "e") for name in written])
