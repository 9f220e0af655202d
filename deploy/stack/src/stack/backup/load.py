"""Make an empty Mongo what it was when a backup was taken: documents first, then indexes. Nobody uses it meanwhile."""

import io
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import zstandard
from bson import CodecOptions, decode_file_iter
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection

from stack.audit.reading import DATABASES
from stack.backup import manifest as manifests
from stack.backup.dump import digest
from stack.backup.manifest import BackupError, Document, Manifest, StoredCollection

_CHUNK = 1 << 20
_AS_IT_IS = CodecOptions(document_class=RawBSONDocument)
_BATCH_BYTES = 4 << 20
_WRITERS = 4
_FAST = WriteConcern(w=1, j=False)
"""Nothing is acknowledged to anybody before all of it is on disk."""


def verified(folder: Path) -> Manifest:
    """The manifest of a backup whose files are as they were written. Raises `BackupError`."""
    manifest = manifests.read(folder)
    for stored in manifest.collections:
        file = folder / stored.file
        if not file.exists() or digest(file) != stored.sha256:
            raise BackupError(f"{file} is not what was written: take another backup of the same age")
    return manifest


def load(uri: str, folder: Path) -> Manifest:
    """Load a backup into the Mongo at `uri`. Raises `BackupError` where a file was changed, or Mongo is not empty."""
    manifest = verified(folder)
    with MongoClient[Document](uri) as client:
        _must_be_empty(client)
        for stored in manifest.collections:
            _load(client[stored.database].get_collection(stored.name, write_concern=_FAST), folder, stored)
        for stored in manifest.collections:
            _index(client, stored)
        client.admin.command("fsync", 1)
    return manifest


def _must_be_empty(client: MongoClient[Document]) -> None:
    """Collections without a document go: their indexes are made anew."""
    for database in DATABASES:
        for name in client[database].list_collection_names():
            if client[database][name].find_one() is not None:
                raise BackupError(f"{database}.{name} has documents: a backup is restored into an empty Mongo alone")
        client.drop_database(database)


def _load(collection: Collection[Document], folder: Path, stored: StoredCollection) -> None:
    """Some batches are on their way at once, each unordered."""
    count, under_way = 0, set[Future[int]]()
    with ThreadPoolExecutor(_WRITERS) as writers, (folder / stored.file).open("rb") as file:
        for batch in _batches(zstandard.ZstdDecompressor().stream_reader(file)):
            under_way.add(writers.submit(_insert, collection, batch))
            if len(under_way) > _WRITERS:
                done, under_way = wait(under_way, return_when="FIRST_COMPLETED")
                count += sum(each.result() for each in done)
        count += sum(each.result() for each in under_way)
    if count != stored.documents:
        raise BackupError(f"{stored.file} has {count} documents and should have {stored.documents}")


def _insert(collection: Collection[Document], batch: list[RawBSONDocument]) -> int:
    collection.insert_many(batch, ordered=False, bypass_document_validation=True)
    return len(batch)


def _batches(stream: zstandard.ZstdDecompressionReader) -> Iterator[list[RawBSONDocument]]:
    """Documents as they are, not decoded. Raises `InvalidBSON` where the file ends within one."""
    batch, size = list[RawBSONDocument](), 0
    for document in decode_file_iter(io.BufferedReader(stream, _CHUNK), _AS_IT_IS):
        batch.append(document)
        size += len(document.raw)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _index(client: MongoClient[Document], stored: StoredCollection) -> None:
    """An empty collection is made as well: services expect those that they have made."""
    database = client[stored.database]
    if stored.documents == 0:
        database.create_collection(stored.name)
    if stored.indexes:
        indexes = [{name: value for name, value in index.items() if name != "ns"} for index in stored.indexes]
        database.command("createIndexes", stored.name, indexes=indexes)
