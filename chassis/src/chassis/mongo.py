"""The Mongo client, collections whose callers wait in order, and `amend`: the change of an aggregate, conditional on
its version (an optimistic lock)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import pymongo
from bson import ObjectId
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.common import validate_ok_for_update
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from chassis import mongo_wire
from chassis.loops import Alarm
from chassis.mongo_commands import Commands

Document = dict[str, Any]
Sort = Sequence[tuple[str, int]]
Update = Mapping[str, Any] | Sequence[Mapping[str, Any]]  # operators, or a pipeline
Decision = Callable[[Document | None], Mapping[str, Any] | None]
"""Decides on a document as it is now (None: there is none) how to update it; None where there is nothing to do."""
_SETTING = frozenset({"$set", "$setOnInsert", "$min", "$max", "$addFields"})
_POOL = 48
_ANSWER_SECONDS = 10
_DUPLICATE = 11000  # Mongo's code for a key that is there already
UNREAD: Document = {}
"""In place of a document: the caller has not read it."""
_PAGE = 500
T = TypeVar("T")


class Collection:
    """A collection with majority reads and journaled majority writes.

    Under load the driver's pool lets some callers wait for seconds; a semaphore in front of it serves them in order.
    """

    def __init__(self, raw: AsyncCollection[Document], slots: asyncio.Semaphore) -> None:
        self.raw = raw
        self._name = raw.name
        self._commands = Commands(raw.database.client, raw.database.name, raw.codec_options)
        self.due = Alarm()
        """When a document of the collection is due next, as far as the writes of this process say (`chassis.due`)."""
        self._slots = slots

    async def find_one(self, query: Mapping[str, Any], projection: Mapping[str, Any] | None = None) -> Document | None:
        """The first match or None."""
        first = await self._read({"limit": 1, "singleBatch": True}, query, projection)
        return first[0] if first else None

    async def find(
        self,
        query: Mapping[str, Any],
        *,
        sort: Sort | None = None,
        skip: int = 0,
        limit: int = 0,
        projection: Mapping[str, Any] | None = None,
    ) -> list[Document]:
        """All matches, read whole; `limit` 0 means no limit."""
        wanted = {"skip": skip, "limit": limit, "sort": dict(sort) if sort else None}
        return await self._read({name: value for name, value in wanted.items() if value}, query, projection)

    async def _read(
        self, options: Document, query: Mapping[str, Any], projection: Mapping[str, Any] | None
    ) -> list[Document]:
        command = {"find": self._name, "filter": query, **options}
        if projection is not None:
            command["projection"] = projection or {"_id": 1}
        async with self._slots:
            cursor = (await self._commands.read(command))["cursor"]
            documents: list[Document] = cursor["firstBatch"]
            while cursor["id"]:
                more = {"getMore": cursor["id"], "collection": self._name}
                cursor = (await self._commands.read(more, is_first=False))["cursor"]
                documents += cursor["nextBatch"]
        return documents

    async def batches(
        self, query: Mapping[str, Any], *, sort: Sort, projection: Mapping[str, Any], size: int, zones: bool = True
    ) -> AsyncGenerator[list[Document], None]:
        """All matches, at most `size` at a time: for more than memory should hold. The next ones are read while the
        caller works on these, and no place is taken between. Without `zones` times are in UTC and do not say so, which
        takes less than half as long to read."""
        raw = self.raw if zones else self.raw.with_options(self.raw.codec_options.with_options(tz_aware=False))
        async with raw.find(query, projection, sort=sort, batch_size=size) as cursor:

            async def read() -> list[Document]:
                async with self._slots:
                    return await cursor.to_list(size)

            ahead = asyncio.create_task(read())
            try:
                while batch := await asyncio.shield(ahead):
                    ahead = asyncio.create_task(read())
                    yield batch
            finally:
                await asyncio.wait({ahead})  # a cursor that is being read cannot be closed
                if not ahead.cancelled():
                    ahead.exception()  # nobody else asks for it where the caller has gone

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """A pipeline's result, read whole."""
        async with self._slots:
            cursor = await self.raw.aggregate(pipeline)
            return await cursor.to_list(None)

    async def count(self, query: Mapping[str, Any]) -> int:
        """How many match. Without a query Mongo would read every document: the index of ids is enough."""
        hint: dict[str, Any] = {} if query else {"hint": "_id_"}
        async with self._slots:
            return await self.raw.count_documents(query, **hint)

    async def insert(self, document: Document) -> None:
        """Insert; raises `DuplicateKeyError`."""
        document.setdefault("_id", ObjectId())
        async with self._slots:
            await self._commands.write({"insert": self._name, "ordered": True, "documents": [document]})
        self._note_due({"$set": document})

    async def insert_each(self, documents: Sequence[Document]) -> list[bool]:
        """Insert those whose id is not there yet, in one command, each write by itself; of each whether it was new."""
        is_new = [True] * len(documents)
        for start in range(0, len(documents), _PAGE):
            page = documents[start : start + _PAGE]
            command = {"insert": self._name, "ordered": False, "documents": page}
            async with self._slots:
                reply = await self._commands.write(command, accepts={_DUPLICATE})
            for error in reply.get("writeErrors", ()):
                is_new[start + error["index"]] = False
        for document in documents:
            self._note_due({"$set": document})
        return is_new

    async def update(self, query: Mapping[str, Any], update: Mapping[str, Any], *, upsert: bool = False) -> int:
        """Change the first match; the number of documents matched or upserted (0 or 1)."""
        return await self._updated([(query, update)], upsert=upsert)

    async def update_many(self, query: Mapping[str, Any], update: Mapping[str, Any]) -> int:
        """Change every match; how many were matched."""
        return await self._updated([(query, update)], multi=True)

    async def update_each(self, updates: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> int:
        """Of each pair of query and update change the first match: in one command, each write by itself; how many were
        matched."""
        pairs = list(updates)
        return sum([await self._updated(pairs[start : start + _PAGE]) for start in range(0, len(pairs), _PAGE)])

    async def _updated(
        self, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], *, upsert: bool = False, multi: bool = False
    ) -> int:
        for _, update in pairs:
            validate_ok_for_update(update)
        updates = [{"q": query, "u": update, "multi": multi, "upsert": upsert} for query, update in pairs]
        async with self._slots:
            command = {"update": self._name, "ordered": False, "updates": updates}
            matched: int = (await self._commands.write(command, once=not multi))["n"]  # with what was inserted
        for _, update in pairs:
            self._note_due(update)
        return matched

    async def find_one_and_update(
        self,
        query: Mapping[str, Any],
        update: Update,
        *,
        upsert: bool = False,
        sort: Sort | None = None,
        before: bool = False,
        projection: Mapping[str, Any] | None = None,
    ) -> Document | None:
        """Change the first match and return it, or what `projection` shows, as it is afterwards (or `before`)."""
        validate_ok_for_update(update)
        command = {"findAndModify": self._name, "query": query, "update": update, "new": not before, "upsert": upsert}
        command |= {"sort": dict(sort)} if sort else {}
        command |= {"fields": projection} if projection is not None else {}
        async with self._slots:
            document: Document | None = (await self._commands.write(command))["value"]
        if document is not None:
            self._note_due(update)
        return document

    async def save_newest(self, document_id: str, revision: int, values: Mapping[str, Any]) -> bool:
        """Set `values` and `revision` in the document unless it has a revision as high; whether they were set."""
        older, update = {"_id": document_id, "revision": {"$lt": revision}}, {"$set": {**values, "revision": revision}}
        try:
            return await self.update(older, update, upsert=True) > 0
        except DuplicateKeyError:  # the document is as new, or an older one was inserted in the meantime
            return await self.update(older, update) > 0

    async def delete(self, query: Mapping[str, Any]) -> int:
        """Delete the first match; how many were deleted."""
        async with self._slots:
            return (await self.raw.delete_one(query)).deleted_count

    async def ensure_indexes(self, *indexes: IndexModel) -> None:
        """Create what is missing; idempotent."""
        async with self._slots:
            await self.raw.create_indexes(list(indexes))

    def _note_due(self, update: Update) -> None:
        """Note the time that an update has set `due_at` to; the present where Mongo computes it."""
        for stage in [update] if isinstance(update, Mapping) else update:
            for operator in _SETTING & stage.keys():
                if "due_at" in stage[operator]:
                    at = stage[operator]["due_at"]
                    self.due.note(at if isinstance(at, datetime) else datetime.now(UTC))


class Database:
    """One service's database."""

    def __init__(self, client: AsyncMongoClient[Document], name: str) -> None:
        self._raw = client.get_database(
            name,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._client = client
        self._slots = asyncio.Semaphore(_POOL)
        self._collections: dict[str, Collection] = {}

    def __getitem__(self, name: str) -> Collection:
        if name not in self._collections:
            self._collections[name] = Collection(self._raw[name], self._slots)
        return self._collections[name]

    async def transaction(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        """Run `work` in a snapshot transaction, again after a write conflict; it works on `Collection.raw`, passing
        the session to every call, and has no effect of its own outside the database."""
        async with self._slots, self._client.start_session() as session:
            with pymongo.timeout(_ANSWER_SECONDS):
                return await session.with_transaction(
                    work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern(w="majority", j=True)
                )

    async def ping(self) -> None:
        """Raise where no primary answers."""
        await self._client.admin.command("ping")


@asynccontextmanager
async def connect(uri: str, database: str) -> AsyncIterator[Database]:
    """A client for this event loop; calls fail after 3 s without a primary and after 10 s without an answer.

    The driver's one `timeoutMS` for a whole call would also be how long it looks for a primary.
    """
    mongo_wire.install()
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        uri,
        appname=database,
        tz_aware=True,
        maxPoolSize=_POOL,
        serverSelectionTimeoutMS=3_000,
        connectTimeoutMS=2_000,
        socketTimeoutMS=_ANSWER_SECONDS * 1_000,
        event_listeners=[mongo_wire.LeftBehind()],
    )
    try:
        yield Database(client, database)
    finally:
        await client.close()


async def amend(
    collection: Collection, document_id: str, change: Decision, *, known: Document | None = UNREAD
) -> Document | None:
    """Apply `change` to the document's present state, conditional on its `version`; on conflict read again.

    `change` is pure and may be called several times: it gets the document (None when there is none yet) and returns a
    Mongo update, or None when there is nothing to do. `version` starts at 1 and rises by one with each update. Returns
    the newest document. Of a document with an outbox use `Outbox.amend`, which publishes too.

    `known` is the document as the caller has read it, perhaps a while ago, or None where there should be none yet: it
    spares the read. Where the document has changed since, or `change` finds nothing to do in `known` or refuses it, it
    is read after all. Raises `DuplicateKeyError` where the update breaks another unique index.
    """
    is_read = known is UNREAD
    present = await collection.find_one({"_id": document_id}) if is_read else known
    while True:
        try:
            update = change(present)
        except Exception:
            if is_read:
                raise
            update = None
        if update is None:
            if is_read:
                return present
            present, is_read = await collection.find_one({"_id": document_id}), True
            continue
        query = {"_id": document_id, "version": present["version"] if present else {"$exists": False}}
        increment = {**update.get("$inc", {}), "version": 1}
        try:
            amended = await collection.find_one_and_update(query, {**update, "$inc": increment}, upsert=present is None)
        except DuplicateKeyError as error:
            if present is not None or "_id" not in (error.details or {}).get("keyPattern", {}):
                raise
            amended = None
        if amended is not None:
            return amended
        present, is_read = await collection.find_one({"_id": document_id}), True


async def amend_all(collection: Collection, query: Mapping[str, Any], change: Decision) -> int:
    """`amend` every match, some at a time; how many there were."""
    return await for_each(collection, query, lambda document_id: amend(collection, document_id, change))


async def for_each(collection: Collection, query: Mapping[str, Any], work: Callable[[str], Awaitable[object]]) -> int:
    """Do `work` on the id of every match, in the order of ids and some at a time; how many there were."""
    last_id, count = "", 0
    while page := await collection.find(
        {**query, "_id": {"$gt": last_id}}, projection={"_id": 1}, sort=[("_id", 1)], limit=_PAGE
    ):
        await asyncio.gather(*(work(document["_id"]) for document in page))
        last_id, count = page[-1]["_id"], count + len(page)
    return count
