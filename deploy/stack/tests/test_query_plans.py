"""A service's query that reads a whole collection is recorded, whatever sends it; one that has an index is not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import IndexModel, MongoClient
from pymongo.collection import Collection

from stack.query_plans import record_scans, recorded_scans, unused_indexes

Client = MongoClient[dict[str, Any]]
Users = Collection[dict[str, Any]]
KEY = {"email_key": "a@example.com"}
QUERIES: dict[str, Callable[[Users], object]] = {
    "users find email_key": lambda users: users.find_one(KEY),
    "users aggregate email_key": lambda users: users.count_documents(KEY),
    "users distinct email_key": lambda users: users.distinct("name", KEY),
    "users update email_key": lambda users: users.update_many(KEY, {"$set": {"name": "A"}}),
    "users findAndModify email_key": lambda users: users.find_one_and_update(KEY, [{"$set": {"name": "B"}}]),
    "users remove email_key": lambda users: users.delete_one(KEY),
}


@pytest.fixture
def name(mongo_database_prefix: str) -> str:
    return f"{mongo_database_prefix}of_a_test"


@pytest.fixture
def observer(mongo_uri: str, name: str) -> Iterator[Client]:
    with Client(mongo_uri) as nameless:
        record_scans(nameless, [name])
        yield nameless


@pytest.fixture
def users(observer: Client, mongo_uri: str, name: str) -> Iterator[Users]:
    """The collection, as the service sees it that has its name."""
    with Client(mongo_uri, appname=name) as named:
        users = named[name].users
        users.insert_one({"_id": 1, "email_key": "b@example.com"})
        yield users


@pytest.mark.parametrize("scan", QUERIES)
def test_a_scan_is_recorded_unless_its_index_is_there_by_now(
    users: Users, observer: Client, name: str, scan: str
) -> None:
    QUERIES[scan](users)
    assert set(recorded_scans(observer, name)) == {scan}
    users.create_index("email_key")
    assert set(recorded_scans(observer, name)) == set()


def test_a_sort_in_memory_is_recorded_unless_an_index_has_the_order_by_now(
    users: Users, observer: Client, name: str
) -> None:
    users.create_index("email_key")
    users.insert_many({"_id": number, **KEY, "name": str(number)} for number in (3, 2))
    users.find(KEY, sort=[("name", 1)]).to_list()
    assert set(recorded_scans(observer, name)) == {"users find email_key sorted"}
    users.create_index([("email_key", 1), ("name", 1)])
    assert set(recorded_scans(observer, name)) == set()


def test_a_scan_within_a_transaction_is_recorded(users: Users, observer: Client, name: str) -> None:
    with users.database.client.start_session() as session, session.start_transaction():
        users.find_one_and_update(KEY, {"$set": {"name": "A"}}, session=session)
    assert set(recorded_scans(observer, name)) == {"users findAndModify email_key"}


@pytest.mark.parametrize(
    ("condition", "scans"),
    [({"$type": "string"}, {"users find email_key"}), ({"$exists": True}, set())],
)
def test_a_partial_index_counts_where_a_query_can_use_it(
    users: Users, observer: Client, name: str, condition: dict[str, Any], scans: set[str]
) -> None:
    users.create_indexes([IndexModel([("email_key", 1)], partialFilterExpression={"email_key": condition})])
    users.find_one(KEY)
    assert set(recorded_scans(observer, name)) == scans


def test_what_a_test_looks_up_itself_is_not_recorded(users: Users, observer: Client, name: str) -> None:
    assert observer[name].users.find_one({"name": "A"}) is None
    assert set(recorded_scans(observer, name)) == set()


def test_an_index_is_unused_until_a_query_takes_it_unless_it_is_there_for_something_else(
    users: Users, observer: Client, name: str
) -> None:
    users.create_index("email_key")
    users.create_index("name", unique=True)
    users.create_index("seen_at", expireAfterSeconds=60)
    assert unused_indexes(observer, name) == {"users email_key_1"}
    users.find_one(KEY)
    assert unused_indexes(observer, name) == set()
