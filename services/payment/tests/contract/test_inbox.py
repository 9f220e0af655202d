"""What the use cases expect of stored webhooks: the fake and Mongo under one suite."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from services.payment.tests.fakes import FakeInbox

from chassis.process import Process
from payment import inbox
from payment.inbox import MongoInbox
from payment.usecases.ports import Inbox, InboxEntry
from payment.usecases.provider import Hint

HINT = Hint("payment.captured", "payment", "pay_1", "order_1")
LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Subject:
    """An inbox whose entries are due as soon as they are there; `status` gives the last one of an entry."""

    inbox: Inbox
    status: Callable[[str], Awaitable[str]]

    async def due(self) -> list[InboxEntry]:
        """Those that are due now, taken."""
        taken: list[InboxEntry] = []

        async def take(entry: InboxEntry) -> None:
            taken.append(entry)

        await self.inbox.run_due(take, lease=LEASE)
        return taken

    async def added(self, event_id: str = "evt_1", provider: str = "razorpay") -> InboxEntry:
        entry = await self.inbox.add(provider, event_id, b"{}", HINT)
        assert entry is not None
        return entry


@pytest.fixture(params=["fake", "mongo"])
async def subject(request: pytest.FixtureRequest, base: Process, monkeypatch: pytest.MonkeyPatch) -> Subject:
    if request.param == "fake":
        fake = FakeInbox(head_start=timedelta(0))

        async def status(entry_id: str) -> str:
            return fake.statuses[entry_id]

        return Subject(fake, status)
    monkeypatch.setattr(inbox, "_HEAD_START", timedelta(0))
    stored = MongoInbox(base.database["inbox"], base.database["webhooks"])
    await stored.ensure_indexes()

    async def status_of(entry_id: str) -> str:
        document = await base.database["inbox"].find_one({"_id": entry_id})
        assert document is not None
        return str(document["status"])

    return Subject(stored, status_of)


async def test_a_webhook_is_stored_once_for_its_provider_and_event(subject: Subject) -> None:
    entry = await subject.added()
    assert (entry.provider, entry.hint, entry.tries) == ("razorpay", HINT, 0)
    assert await subject.inbox.add("razorpay", "evt_1", b"{}", HINT) is None
    assert (await subject.added(provider="fake")).id != entry.id
    assert {due.id for due in await subject.due()} == {"razorpay:evt_1", "fake:evt_1"}


async def test_of_many_at_once_one_stores_it(subject: Subject) -> None:
    added = await asyncio.gather(*(subject.inbox.add("razorpay", "evt_1", b"{}", HINT) for _ in range(6)))
    assert sum(entry is not None for entry in added) == 1


async def test_what_cannot_be_read_is_stored_and_never_due(subject: Subject) -> None:
    assert await subject.inbox.add("razorpay", "evt_1", b"\xff", None) is None
    assert await subject.due() == []
    assert await subject.status("razorpay:evt_1") == "unreadable"


async def test_it_is_finished_once_and_then_neither_due_nor_postponed(subject: Subject) -> None:
    entry = await subject.added()
    assert [await subject.inbox.finish(entry, "foreign") for _ in range(2)] == [True, False]
    await subject.inbox.postpone(entry, "unavailable", timedelta(0))
    assert await subject.due() == []
    assert await subject.status(entry.id) == "foreign"


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
