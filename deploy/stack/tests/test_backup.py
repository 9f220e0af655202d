"""A backup is one instant of all databases, and an empty Mongo becomes what it was then."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from stack.audit.reading import DATABASES
from stack.backup import dump, erasures, load
from stack.backup.manifest import BackupError, Manifest, write

Client = MongoClient[dict[str, Any]]


def _clear(client: Client) -> None:
    for database in DATABASES:
        client.drop_database(database)


@pytest.fixture
def mongo(mongo_uri: str) -> Iterator[Client]:
    """Whose databases have the names of a system's."""
    with Client(mongo_uri, tz_aware=True) as client:
        _clear(client)
        yield client
        _clear(client)


def _pay(client: Client) -> None:
    """One write to two databases."""
    with client.start_session() as session, session.start_transaction():
        for database, collection in (("payment", "payments"), ("booking", "bookings")):
            client[database][collection].insert_one({"sold": True}, session=session)


def test_a_backup_is_one_instant_of_all_databases_while_sales_go_on(
    mongo: Client, mongo_uri: str, tmp_path: Path
) -> None:
    _pay(mongo)
    is_over = threading.Event()

    def sell() -> None:
        while not is_over.is_set():
            _pay(mongo)

    seller = threading.Thread(target=sell)
    seller.start()
    try:
        taken = dump.take(mongo_uri, tmp_path / "one")
    finally:
        is_over.set()
        seller.join()
    counts = {stored.name: stored.documents for stored in taken.collections}
    assert counts["payments"] == counts["bookings"] >= 1
    _clear(mongo)
    load.load(mongo_uri, tmp_path / "one")
    assert mongo["payment"]["payments"].count_documents({}) == counts["payments"]
    assert mongo["booking"]["bookings"].count_documents({}) == counts["bookings"]


def test_documents_indexes_and_empty_collections_are_as_they_were(
    mongo: Client, mongo_uri: str, tmp_path: Path
) -> None:
    users = mongo["identity"]["users"]
    users.create_index("email_key", unique=True, partialFilterExpression={"email_key": {"$exists": True}}, name="mail")
    users.create_index("ends_at", expireAfterSeconds=3600)
    mongo["identity"]["audit"].create_index("at")
    documents = [{"_id": n, "at": datetime(2026, 1, 1, tzinfo=UTC), "rows": [{"n": n}] * 50} for n in range(3_000)]
    users.insert_many(documents)
    indexes, of_audit = users.index_information(), mongo["identity"]["audit"].index_information()
    dump.take(mongo_uri, tmp_path / "one")
    _clear(mongo)
    load.load(mongo_uri, tmp_path / "one")
    assert list(users.find(sort=[("_id", 1)])) == documents
    assert users.index_information() == indexes
    assert mongo["identity"]["audit"].index_information() == of_audit


def test_a_mongo_that_has_documents_is_left_as_it_is(mongo: Client, mongo_uri: str, tmp_path: Path) -> None:
    _pay(mongo)
    dump.take(mongo_uri, tmp_path / "one")
    _pay(mongo)
    with pytest.raises(BackupError, match="has documents"):
        load.load(mongo_uri, tmp_path / "one")
    assert mongo["payment"]["payments"].count_documents({}) == 2


def test_what_was_changed_since_or_never_finished_is_no_backup(mongo: Client, mongo_uri: str, tmp_path: Path) -> None:
    _pay(mongo)
    dump.take(mongo_uri, tmp_path / "one")
    _clear(mongo)
    file = tmp_path / "one" / "payment.payments.bson.zst"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BackupError, match="is not what was written"):
        load.load(mongo_uri, tmp_path / "one")
    (tmp_path / "two").mkdir()
    with pytest.raises(BackupError, match="is no backup"):
        load.load(mongo_uri, tmp_path / "two")
    assert not set(DATABASES) & set(mongo.list_database_names())


def test_a_backup_that_failed_leaves_nothing_and_neither_does_one_whose_process_died(
    mongo: Client, mongo_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pay(mongo)
    (tmp_path / f"killed{dump.PARTIAL}").mkdir()

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(dump, "write", fail)
        with pytest.raises(OSError, match="full"):
            dump.take(mongo_uri, tmp_path / "one")
    assert list(tmp_path.iterdir()) == []
    dump.take(mongo_uri, tmp_path / "one")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_two_backups_are_not_taken_into_one_folder_at_once(
    mongo: Client, mongo_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pay(mongo)

    def meanwhile(folder: Path, manifest: Manifest) -> None:
        with pytest.raises(BackupError, match="another backup is being taken"):
            dump.take(mongo_uri, tmp_path / "two")
        write(folder, manifest)

    monkeypatch.setattr(dump, "write", meanwhile)
    dump.take(mongo_uri, tmp_path / "one")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_each_erasure_is_in_the_log_once(mongo: Client, mongo_uri: str, tmp_path: Path) -> None:
    log, at = tmp_path / "backups" / erasures.LOG, datetime(2026, 1, 1, tzinfo=UTC)
    for user_id in ("usr_1", "usr_2"):
        mongo["identity"]["erasures"].insert_one({"_id": user_id, "at": at, "guest_ids": ["usr_3"]})
        erasures.add_known(mongo_uri, log)
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [(line["user_id"], line["guest_ids"]) for line in lines] == [("usr_1", ["usr_3"]), ("usr_2", ["usr_3"])]
    log.write_text(log.read_text("utf-8").rstrip("\n")[:-5], "utf-8")  # the power went meanwhile
    assert erasures.add_known(mongo_uri, log) == 1
    assert [json.loads(line)["user_id"] for line in log.read_text("utf-8").splitlines()] == ["usr_1", "usr_2"]
