"""What is kept of an `Idempotency-Key`: the answer it had, and a seed.

The seed is an id for what the call makes. A run whose outcome is unknown leaves it to the next, which so finds what
the first one made.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Collection, Document
from chassis.problems import Problem
from contracts.ids import unique_part

_KEPT = timedelta(hours=24)
_RUNNING = timedelta(seconds=60)
INDEX = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


class KeyReused(Problem):
    """The key came before with another body or to another path."""

    status, code = 422, "idempotency_key_reused"


class InProgress(Problem):
    """The first call with this key still runs."""

    status, code = 409, "idempotency_in_progress"


@dataclass(frozen=True, slots=True)
class Turn:
    """A call's turn under its key.

    `seed` is the unique part of an id for what it makes; `again` says that a run before this one had the same seed and
    an unknown outcome; `answer` is what a success was answered with, and then there is nothing to make; `until` is when
    another may take the turn over.
    """

    seed: str
    again: bool = False
    answer: Document | None = None
    until: datetime | None = None


class Keys:
    """The answers and seeds kept in one service's database."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def begin(self, key: str, fingerprint: str) -> Turn:
        """Take the key, or find the answer kept under it; raises `KeyReused`, `InProgress`."""
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as Mongo keeps it
        seed = unique_part()
        fresh: Document = {
            "_id": key,
            "fingerprint": fingerprint,
            "free_at": now + _RUNNING,
            "expires_at": now + _KEPT,
            "answer": None,
            "seed": seed,
        }
        try:
            await self._collection.insert(fresh)
        except DuplicateKeyError:
            return await self._taken_over(fresh, now) or await self._kept(key, fingerprint)
        return Turn(seed, until=fresh["free_at"])

    async def _taken_over(self, fresh: Document, now: datetime) -> Turn | None:
        """A key that nobody has any more; where it was the same call, its seed goes on."""
        same = {"$and": [{"$eq": ["$fingerprint", fresh["fingerprint"]]}, {"$eq": ["$answer", None]}]}
        values = {name: {"$literal": value} for name, value in fresh.items() if name != "_id"}
        values["seed"] = {"$cond": [same, {"$ifNull": ["$seed", fresh["seed"]]}, fresh["seed"]]}
        left = {"_id": fresh["_id"], "$or": [{"answer": None, "free_at": {"$lte": now}}, {"expires_at": {"$lte": now}}]}
        found = await self._collection.find_one_and_update(left, [{"$set": values}])
        return Turn(found["seed"], again=found["seed"] != fresh["seed"], until=fresh["free_at"]) if found else None

    async def _kept(self, key: str, fingerprint: str) -> Turn:
        found = await self._collection.find_one({"_id": key})
        if found is not None and found["fingerprint"] != fingerprint:
            raise KeyReused("this Idempotency-Key was used for another request")
        if found is None or found["answer"] is None:
            raise InProgress("the first request with this Idempotency-Key still runs", headers={"Retry-After": "1"})
        return Turn("", answer=found["answer"])

    async def keep(self, key: str, turn: Turn, answer: Document) -> None:
        """Keep a 2xx answer."""
        expires_at = datetime.now(UTC) + _KEPT
        await self._collection.update(_of(key, turn), {"$set": {"answer": answer, "expires_at": expires_at}})

    async def free(self, key: str, turn: Turn) -> None:
        """Forget a key whose call was refused."""
        await self._collection.delete(_of(key, turn))

    async def leave(self, key: str, turn: Turn) -> None:
        """Leave a key whose call may have taken effect to the next run, with its seed."""
        await self._collection.update(_of(key, turn), {"$set": {"free_at": datetime.now(UTC)}})


def _of(key: str, turn: Turn) -> Document:
    """The key while nobody has answered under it and it is still this turn's: one that took too long has lost it."""
    return {"_id": key, "answer": None, "free_at": turn.until}
