"""A database as it is after years: copies of what real sales left in it, under ids of their own.

A step (a guest registers, a guest buys) is taken on a running stack; the documents that are new after it have the
shapes that the services gave them. Copies differ from them in the ids alone, each as long as the one it stands for, and
are inserted as bytes. What ends by itself (TTL) within a year is not copied: of it there is never much.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection

from contracts.ids import ALPHABET, SUFFIX_LENGTH, encode
from stack.audit.reading import DATABASES

Document = dict[str, Any]
Place = tuple[str, str]  # database and collection
_OURS = re.compile(rb"\b[a-z]{3}_([%s]{26}(?:[%s]{26})?)\b" % (ALPHABET.encode(), ALPHABET.encode()))
_PROVIDERS = re.compile(rb"\b(?:order_|pay_|[a-z]+:)([0-9A-Za-z]{14})\b")
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Trace:
    """The documents that a step left, as BSON, and the parts of them that no copy may share."""

    documents: Mapping[Place, Sequence[bytes]]
    own: Sequence[bytes]

    def fresh(self, part: bytes, serial: int, made_at_ms: int) -> bytes:
        """What stands for a part in the copy with this number."""
        return _fresh(part, self.own.index(part), serial, made_at_ms)

    def copy(self, others: Mapping[bytes, bytes], serial: int, made_at_ms: int) -> Iterator[tuple[Place, bytes]]:
        """The documents of the copy with this number; `others` are parts that stand for something else there."""
        replaced = {part: _fresh(part, at, serial, made_at_ms) for at, part in enumerate(self.own)} | dict(others)
        for place, documents in self.documents.items():
            for document in documents:
                copied = document
                for part, other in replaced.items():
                    copied = copied.replace(part, other)
                yield place, copied


def _fresh(part: bytes, at: int, serial: int, made_at_ms: int) -> bytes:
    """Another part of this length: the suffix of an id made at that time, or a number."""
    number = serial * 64 + at
    if len(part) == SUFFIX_LENGTH:
        return encode(made_at_ms << 80 | 7 << 76 | 2 << 62 | number).encode()
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(len(part)))).encode()


async def trace(
    client: MongoClient[Document], step: Callable[[], Awaitable[Iterable[str]]], *, shared: Iterable[str]
) -> Trace:
    """Take the step and find what it left. `shared` are ids that copies keep; the step returns what else they do not
    share beside ids, such as a part of an e-mail's address."""
    before = {place: _ids(collection) for place, collection in collections(client)}
    more = await step()
    documents = {
        place: [
            bson.encode(_at_rest(document))
            for document in collection.find()
            if document["_id"] not in before.get(place, ()) and _lasts_a_year(document, expiry(collection))
        ]
        for place, collection in collections(client)
    }
    text = b"\n".join(document for of_place in documents.values() for document in of_place)
    suffixes = {
        suffix for ids in _OURS.findall(text) for suffix in (ids[:SUFFIX_LENGTH], ids[SUFFIX_LENGTH:]) if suffix
    }
    suffixes -= {id_[-SUFFIX_LENGTH:].encode() for id_ in shared}
    own = sorted(suffixes | set(_PROVIDERS.findall(text)) | {part.encode() for part in more})
    return Trace({place: of_place for place, of_place in documents.items() if of_place}, own)


def _at_rest(document: Document) -> Document:
    """The document once nothing is to be done for it any more, as after some days."""
    return {name: value for name, value in document.items() if name not in {"due_at", "due_batch"}}


def _ids(collection: Collection[Document]) -> set[Any]:
    return {document["_id"] for document in collection.find({}, {"_id": 1})}


def collections(client: MongoClient[Document]) -> Iterator[tuple[Place, Collection[Document]]]:
    """Those of the services."""
    for database in DATABASES:
        for name in sorted(client[database].list_collection_names()):
            yield (database, name), client[database][name]


def expiry(collection: Collection[Document]) -> dict[str, timedelta]:
    """The fields after whose instant documents end by themselves, with how long after it."""
    indexes = collection.index_information().values()
    ttl = [index for index in indexes if "expireAfterSeconds" in index]
    return {index["key"][0][0]: timedelta(seconds=index["expireAfterSeconds"]) for index in ttl}


def _lasts_a_year(document: Document, expiry_of: Mapping[str, timedelta]) -> bool:
    soon = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=365)
    return not any(name in document and document[name] + after < soon for name, after in expiry_of.items())


def insert(client: MongoClient[Document], copied: Callable[[int], Iterator[tuple[Place, bytes]]], count: int) -> None:
    """Insert the documents of that many more sales; `copied` gives those of each."""
    with ThreadPoolExecutor(4) as threads:
        for first in range(0, count, _BATCH):
            batch: dict[Place, list[RawBSONDocument]] = {}
            for number in range(first, min(count, first + _BATCH)):
                for place, document in copied(number):
                    batch.setdefault(place, []).append(RawBSONDocument(document))
            list(threads.map(lambda item: _insert(client, *item), batch.items()))


def _insert(client: MongoClient[Document], place: Place, documents: Sequence[RawBSONDocument]) -> None:
    client[place[0]].get_collection(place[1]).insert_many(documents, ordered=False)
