"""Take a backup: each database of the system as it was at one and the same instant, while sales go on.

A snapshot session reads all collections at one cluster time; nothing is locked. Documents are not decoded.
"""

import fcntl
import hashlib
import os
import shutil
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from stack.audit.reading import DATABASES
from stack.backup.manifest import BackupError, Document, Manifest, StoredCollection, write

PARTIAL = ".partial"
"""How the name of a folder ends that is no backup yet."""
_BATCH = 4_000
_HISTORY_SECONDS = 4 * 3600
_HISTORY = "minSnapshotHistoryWindowInSeconds"
_LENGTH = struct.Struct("<i")
Client = MongoClient[Document]


def take(uri: str, folder: Path) -> Manifest:
    """A backup of the system at `uri` in the folder, which must not exist; it is there whole, or not at all. What runs
    that did not come to their end have left beside it is removed.

    Raises `BackupError`, where another is being taken there too.
    """
    with _alone_in(folder.parent):
        if folder.exists():
            raise BackupError(f"{folder} exists: name another folder")
        for left in folder.parent.glob(f"*{PARTIAL}"):
            shutil.rmtree(left)
        partial = folder.with_name(f"{folder.name}{PARTIAL}")
        partial.mkdir()
        try:
            manifest = _read_into(partial, uri)
            _to_disk(partial)
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return manifest


@contextmanager
def _alone_in(backups: Path) -> Iterator[None]:
    """For as long as the process holds the folder's lock; a death lets it go."""
    backups.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(backups, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as taken:
        raise BackupError(f"another backup is being taken in {backups}: wait for it") from taken
    finally:
        os.close(descriptor)


def _read_into(partial: Path, uri: str) -> Manifest:
    with Client(uri, tz_aware=True) as client, _long_history(client), client.start_session(snapshot=True) as session:
        names = {database: _collections(client, database) for database in DATABASES}
        try:
            stored = [
                _store(client, session, partial, database, name)
                for database, collections in names.items()
                for name in collections
            ]
        except OperationFailure as error:
            raise BackupError(f"the snapshot could not be read to its end: take it again ({error})") from error
        manifest = Manifest(_instant(session), stored)
    write(partial, manifest)
    return manifest


@contextmanager
def _long_history(client: Client) -> Iterator[None]:
    """Mongo keeps what a snapshot needs for five minutes; who may not say otherwise has to be done by then."""
    try:
        before = client.admin.command({"getParameter": 1, _HISTORY: 1})[_HISTORY]
        client.admin.command({"setParameter": 1, _HISTORY: _HISTORY_SECONDS})
    except OperationFailure:
        yield
        return
    try:
        yield
    finally:
        client.admin.command({"setParameter": 1, _HISTORY: before})


def _collections(client: Client, database: str) -> list[str]:
    """Before the snapshot: it has all of them."""
    return sorted(name for name in client[database].list_collection_names() if not name.startswith("system."))


def _store(client: Client, session: ClientSession, folder: Path, database: str, name: str) -> StoredCollection:
    collection, file = client[database][name], f"{database}.{name}.bson.zst"
    documents = size = 0
    with (folder / file).open("wb") as out, zstandard.ZstdCompressor(threads=-1).stream_writer(out) as compressed:
        batches: Iterable[Any] = collection.find_raw_batches({}, session=session, batch_size=_BATCH)
        for batch in batches:  # bytes, whatever the driver's types say
            compressed.write(batch)
            documents, size = documents + _count(batch), size + len(batch)
    return StoredCollection(
        database=database,
        name=name,
        file=file,
        documents=documents,
        bytes=size,
        sha256=digest(folder / file),
        indexes=[dict(index) for index in collection.list_indexes() if index["name"] != "_id_"],
    )


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _count(batch: bytes) -> int:
    """How many documents there are, by the length that each begins with."""
    count = place = 0
    while place < len(batch):
        place += _LENGTH.unpack_from(batch, place)[0]
        count += 1
    return count


def _instant(session: Any) -> datetime:
    """The time of the snapshot; a system without a single document has none."""
    timestamp = session._snapshot_time
    return timestamp.as_datetime() if timestamp else datetime.now(UTC)


def _to_disk(folder: Path) -> None:
    for path in (*folder.iterdir(), folder, folder.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
