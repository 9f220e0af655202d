"""What is set for later is told from what is under way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from stack.audit.later import mails_under_way, set_for_later

Store = Database[dict[str, Any]]
NOW = datetime.now(UTC).replace(microsecond=0)
LATER, BEFORE = NOW + timedelta(hours=3), NOW - timedelta(seconds=1)


@pytest.fixture
def store(mongo_uri: str, mongo_database_prefix: str) -> Iterator[Store]:
    with MongoClient[dict[str, Any]](mongo_uri, tz_aware=True) as client:
        yield client[f"{mongo_database_prefix}later"]


@pytest.fixture
def deliveries(store: Store) -> Store:
    """Mails: one was sent and reminds later, others wait for another try, are being sent, are due, have ended."""
    store["deliveries"].insert_many(
        [
            {"_id": "reminds", "status": "sent", "sending": False, "due_at": LATER + timedelta(days=1)},
            {"_id": "waits", "status": "queued", "sending": False, "due_at": LATER},
            {"_id": "is being sent", "status": "queued", "sending": True, "due_at": NOW + timedelta(seconds=30)},
            {"_id": "is due", "status": "queued", "sending": False, "due_at": BEFORE},
            {"_id": "has ended", "status": "sent", "sending": False},
        ]
    )
    return store


def test_a_mail_that_waits_for_another_try_is_not_under_way(deliveries: Store) -> None:
    assert mails_under_way(deliveries["deliveries"]) == 2
    deliveries["deliveries"].delete_many({"_id": {"$in": ["is due", "is being sent"]}})
    assert mails_under_way(deliveries["deliveries"]) == 0


def test_what_is_set_for_later_is_said_with_when_the_first_of_it_is_due(deliveries: Store) -> None:
    deliveries["deliveries"].delete_one({"_id": "is being sent"})
    deliveries["bookings"].insert_many([{"_id": "bkg_1", "due_at": BEFORE}, {"_id": "bkg_2"}])
    assert list(set_for_later([deliveries])) == [
        f"{deliveries.name}.deliveries: 2, the first at {LATER:%Y-%m-%dT%H:%M:%S}Z"
    ]
