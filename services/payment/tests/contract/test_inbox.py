"""What the use cases expect of stored webhooks: the fake and Mongo under one suite."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.errors import AutoReconnect
from services.payment.tests.fakes import FakeInbox

from chassis.loops import Background
from chassis.mongo import Document
from chassis.process import Process
from payment import inbox
from payment.inbox import MongoInbox
from payment.usecases.ports import EntryStatus, Inbox, InboxEntry
from payment.usecases.provider import Hint, Webhook

HINT = Hint("payment.captured", "payment", "pay_1", "order_1", payment_status="captured")
LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Subject:
    """An inbox whose entries are due as soon as they are there; `status` gives the last one of an entry."""

    inbox: Inbox
    status: Callable[[str], Awaitable[str]]
    background: Background

    async def due(self) -> list[InboxEntry]:
        """Those that are due now, taken."""
        taken: list[InboxEntry] = []

        async def take(entry: InboxEntry) -> None:
            taken.append(entry)

        await self.inbox.run_due(take, lease=LEASE)
        return taken

    async def add(
        self,
        event_id: str = "evt_1",
        provider: str = "razorpay",
        hint: Hint | None = HINT,
        status: EntryStatus = "stored",
    ) -> InboxEntry | None:
        return await self.inbox.add(provider, Webhook(event_id, hint), b"{}", status)

    async def added(self, event_id: str = "evt_1", provider: str = "razorpay") -> InboxEntry:
        entry = await self.add(event_id, provider)
        assert entry is not None
        return entry


@pytest.fixture(params=["fake", "mongo"])
async def subject(request: pytest.FixtureRequest, base: Process, monkeypatch: pytest.MonkeyPatch) -> Subject:
    if request.param == "fake":
        fake = FakeInbox(head_start=timedelta(0))

        async def status(entry_id: str) -> str:
            return fake.stored[entry_id].status

        return Subject(fake, status, Background())
    monkeypatch.setattr(inbox, "_HEAD_START", timedelta(0))
    monkeypatch.setattr(inbox, "_BATCH_SECONDS", 0.02)
    stored = MongoInbox(base.database["inbox"], base.background)
    await stored.ensure_indexes()

    async def status_of(entry_id: str) -> str:
        document = await base.database["inbox"].find_one({"_id": entry_id})
        assert document is not None
        return str(document["status"])

    return Subject(stored, status_of, base.background)


async def test_a_webhook_is_stored_once_for_its_provider_and_event(subject: Subject) -> None:
    entry = await subject.added()
    assert (entry.provider, entry.hint, entry.status, entry.tries) == ("razorpay", HINT, "stored", 0)
    assert await subject.add() is None
    assert (await subject.added(provider="fake")).id != entry.id
    assert {due.id for due in await subject.due()} == {"razorpay:evt_1", "fake:evt_1"}


async def test_of_many_at_once_one_stores_it(subject: Subject) -> None:
    added = await asyncio.gather(*(subject.add() for _ in range(6)))
    assert sum(entry is not None for entry in added) == 1


@pytest.mark.parametrize("status", ["settled", "ignored", "unreadable"])
async def test_what_needs_no_settling_is_stored_and_never_due(subject: Subject, status: EntryStatus) -> None:
    entry = await subject.add(hint=None if status == "unreadable" else HINT, status=status)
    assert entry is not None
    assert (await subject.due(), await subject.status(entry.id)) == ([], status)
    assert await subject.add() is None


async def test_it_is_finished_once_and_then_neither_due_nor_postponed(subject: Subject) -> None:
    entry = await subject.added()
    await subject.inbox.finish(entry, "foreign")
    await subject.background.finish()
    await subject.inbox.finish(entry, "settled")
    await subject.background.finish()
    await subject.inbox.postpone(entry, "unavailable", timedelta(0))
    assert await subject.due() == []
    assert await subject.status(entry.id) == "foreign"


async def test_many_are_finished_at_once(subject: Subject) -> None:
    entries = [await subject.added(f"evt_{number}") for number in range(5)]
    await asyncio.gather(*(subject.inbox.finish(entry, "settled") for entry in entries[1:]))
    await subject.background.finish()
    assert [entry.id for entry in await subject.due()] == [entries[0].id]


async def test_a_lease_keeps_it_from_others(subject: Subject) -> None:
    await subject.added()
    assert len(await subject.due()) == 1
    assert await subject.due() == []


async def test_it_is_postponed_by_growing_intervals_up_to_the_maximum(subject: Subject) -> None:
    entry = await subject.added()
    await subject.inbox.postpone(entry, "unavailable", timedelta(0))
    (again,) = await subject.due()
    assert (again.id, again.tries) == (entry.id, 1)
    await subject.inbox.postpone(again, "unmatched", timedelta(hours=1))
    assert await subject.due() == []
    assert await subject.inbox.count_unmatched() == 1
    await subject.inbox.finish(again, "unmatched")
    await subject.background.finish()
    assert await subject.inbox.count_unmatched() == 0


async def test_it_ends_a_week_after_it_was_settled_and_its_bytes_a_week_after_they_came(base: Process) -> None:
    stored, collection = MongoInbox(base.database["inbox"], base.background), base.database["inbox"]
    await stored.ensure_indexes()
    settled, waiting = [await stored.add("razorpay", Webhook(f"evt_{n}", HINT), b"{}", "stored") for n in range(2)]
    assert settled is not None
    assert waiting is not None
    await stored.finish(settled, "settled")
    await base.background.finish()
    long_ago = datetime.now(UTC) - inbox.RETENTION - timedelta(minutes=1)
    await stored.postpone(replace(waiting, received_at=long_ago), "unavailable", timedelta(hours=1))
    ended, kept = [await collection.find_one({"_id": entry.id}) for entry in (settled, waiting)]
    assert ended is not None
    assert kept is not None
    assert ended["ends_at"] - datetime.now(UTC) > inbox.RETENTION - timedelta(minutes=1)
    assert ("raw" in ended, "raw" in kept, "ends_at" in kept) == (True, False, False)
    indexes = await collection.raw.index_information()
    assert [index["key"] for index in indexes.values() if "expireAfterSeconds" in index] == [[("ends_at", 1)]]


@pytest.mark.parametrize("status", ["stored", "settled", "ignored", "unreadable"])
async def test_no_entry_keeps_its_bytes_without_an_end(base: Process, status: EntryStatus) -> None:
    """They tell of payers. What is due comes to its end when it is worked on."""
    stored = MongoInbox(base.database["inbox"], base.background)
    entry = await stored.add("razorpay", Webhook("evt_1", None if status == "unreadable" else HINT), b"{}", status)
    assert entry is not None
    document = await base.database["inbox"].find_one({"_id": entry.id})
    assert document is not None
    assert document.keys() & {"ends_at", "due_at"}


async def test_what_this_process_has_stored_is_known_without_a_command_and_what_failed_is_not(
    base: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection, commands = base.database["inbox"], list[int]()
    insert_each = collection.insert_each

    async def counted(documents: Sequence[Document]) -> list[bool]:
        commands.append(len(documents))
        if len(commands) == 1:
            raise AutoReconnect("Mongo is away")
        return await insert_each(documents)

    monkeypatch.setattr(collection, "insert_each", counted)
    stored = MongoInbox(collection, base.background)
    with pytest.raises(AutoReconnect):
        await stored.add("razorpay", Webhook("evt_1", HINT), b"{}", "stored")
    assert await stored.add("razorpay", Webhook("evt_1", HINT), b"{}", "stored") is not None
    assert await stored.add("razorpay", Webhook("evt_1", HINT), b"{}", "stored") is None
    assert commands == [1, 1]
    elsewhere = MongoInbox(collection, base.background)
    assert await elsewhere.add("razorpay", Webhook("evt_1", HINT), b"{}", "stored") is None
