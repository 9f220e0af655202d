"""What is kept of an `Idempotency-Key`: the answer it had, and a seed.

The seed is an id for what the call makes. A run whose outcome is unknown leaves it to the next, which so finds what
the first one made.
"""

from datetime import UTC, datetime, timedelta

from contracts.ids import unique_part
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Collection, Document
from chassis.problems import Problem

_KEPT = timedelta(hours=24)
_RUNNING = timedelta(seconds=60)
INDEX = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


class KeyReused(Problem):
    """The key came before with another body or to another path."""

    status, code = 422, "idempotency_key_reused"


class InProgress(Problem):
    """The first call with this key still runs."""

    status, code = 409, "idempotency_in_progress"


class Keys:
    """The answers kept in one service's database."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def begin(self, key: str, fingerprint: str) -> Document:
        """Take the key (`answer` is None, `seed` an id for what is made) or return what was kept of it.

        Raises `KeyReused`, `InProgress`.
        """
        now = datetime.now(UTC)
        fresh = {"_id": key, "fingerprint": fingerprint, "expires_at": now + _RUNNING, "answer": None,
                 "seed": unique_part()}  # fmt: skip
        try:
            await self._collection.insert(fresh)
        except DuplicateKeyError:
            return await self._taken_over(fresh, now) or await self._kept(key, fingerprint)
        return fresh

    async def _taken_over(self, fresh: Document, now: datetime) -> Document | None:
        """A key whose time is over; where the same call had no answer, its seed goes on."""
        same = {"$and": [{"$eq": ["$fingerprint", fresh["fingerprint"]]}, {"$eq": ["$answer", None]}]}
        values = {name: {"$literal": value} for name, value in fresh.items() if name != "_id"}
        values["seed"] = {"$cond": [same, {"$ifNull": ["$seed", fresh["seed"]]}, fresh["seed"]]}
        lapsed = {"_id": fresh["_id"], "expires_at": {"$lte": now}}
        return await self._collection.find_one_and_update(lapsed, [{"$set": values}])

    async def _kept(self, key: str, fingerprint: str) -> Document:
        found = await self._collection.find_one({"_id": key})
        if found is not None and found["fingerprint"] != fingerprint:
            raise KeyReused("this Idempotency-Key was used for another request")
        if found is None or found["answer"] is None:
            raise InProgress("the first request with this Idempotency-Key still runs", headers={"Retry-After": "1"})
        return found

    async def keep(self, key: str, answer: Document) -> None:
        """Keep a 2xx answer."""
        expires_at = datetime.now(UTC) + _KEPT
        await self._collection.update({"_id": key}, {"$set": {"answer": answer, "expires_at": expires_at}})

    async def free(self, key: str) -> None:
        """Forget a key whose call was refused."""
        await self._collection.delete({"_id": key, "answer": None})

    async def leave(self, key: str) -> None:
        """Leave a key whose call may have taken effect to the next run, with its seed."""
        now = datetime.now(UTC)
        await self._collection.update({"_id": key, "answer": None}, {"$set": {"expires_at": now}})
