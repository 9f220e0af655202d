"""What Mongo holds of each `Idempotency-Key` for 24 hours: the answer that its call had, and a seed.

The seed is the suffix of an id for what the call makes. A call whose outcome is unknown leaves the seed to its
retry, which so finds what the first call made.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Collection, Document
from chassis.problems import Problem
from chassis.times import now_in_milliseconds
from contracts.ids import new_suffix

_LIFETIME = timedelta(hours=24)
_CLAIM_LEASE = timedelta(seconds=60)
_EXPIRY_INDEX = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


class KeyReused(Problem):
    """The key came before with another body or to another path."""

    status, code = 422, "idempotency_key_reused"


class InProgress(Problem):
    """The first call with this key still runs."""

    status, code = 409, "idempotency_in_progress"


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """A call's right to answer under its key.

    `seed` is the suffix of an id for what the call makes. `is_retry`: an earlier call had the same seed, and its
    outcome is unknown. `answer` is the stored answer of an earlier success: then nothing is to be made. `until` is when
    another call may take the key over.
    """

    seed: str
    is_retry: bool = False
    answer: Document | None = None
    until: datetime | None = None


class IdempotencyStore:
    """The answers and seeds in one service's database."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_index(self) -> None:
        """Make the index that lets old keys expire; idempotent."""
        await self._collection.ensure_indexes(_EXPIRY_INDEX)

    async def claim(self, key: str, fingerprint: str) -> KeyClaim:
        """Claim the key, or read the answer stored under it. `fingerprint` identifies the request's path and body.

        Raises `KeyReused` where the key came with another request, `InProgress` while another call has claimed it.
        """
        now = now_in_milliseconds()
        seed = new_suffix()
        fresh: Document = {
            "_id": key,
            "fingerprint": fingerprint,
            "free_at": now + _CLAIM_LEASE,
            "expires_at": now + _LIFETIME,
            "answer": None,
            "seed": seed,
        }
        try:
            await self._collection.insert(fresh)
        except DuplicateKeyError:
            return await self._take_over(fresh, now) or await self._stored_answer(key, fingerprint)
        return KeyClaim(seed, until=fresh["free_at"])

    async def _take_over(self, fresh: Document, now: datetime) -> KeyClaim | None:
        """Claim a key whose claim has run out or whose answer has expired; None where there is neither.

        The seed stays where the request is the same and was never answered.
        """
        is_retry = {"$and": [{"$eq": ["$fingerprint", fresh["fingerprint"]]}, {"$eq": ["$answer", None]}]}
        values = {name: {"$literal": value} for name, value in fresh.items() if name != "_id"}
        values["seed"] = {"$cond": [is_retry, {"$ifNull": ["$seed", fresh["seed"]]}, fresh["seed"]]}
        free = {"_id": fresh["_id"], "$or": [{"answer": None, "free_at": {"$lte": now}}, {"expires_at": {"$lte": now}}]}
        stored = await self._collection.find_one_and_update(free, [{"$set": values}])
        if stored is None:
            return None
        return KeyClaim(stored["seed"], is_retry=stored["seed"] != fresh["seed"], until=fresh["free_at"])

    async def _stored_answer(self, key: str, fingerprint: str) -> KeyClaim:
        stored = await self._collection.find_one({"_id": key})
        if stored is not None and stored["fingerprint"] != fingerprint:
            raise KeyReused("this Idempotency-Key was used for another request")
        if stored is None or stored["answer"] is None:
            raise InProgress("the first request with this Idempotency-Key still runs", headers={"Retry-After": "1"})
        return KeyClaim("", answer=stored["answer"])

    async def complete(self, key: str, claim: KeyClaim, answer: Document) -> None:
        """Store a 2xx answer."""
        expires_at = datetime.now(UTC) + _LIFETIME
        await self._collection.update(_claimed(key, claim), {"$set": {"answer": answer, "expires_at": expires_at}})

    async def forget(self, key: str, claim: KeyClaim) -> None:
        """Delete a key whose call was refused and so had no effect."""
        await self._collection.delete(_claimed(key, claim))

    async def leave_to_retry(self, key: str, claim: KeyClaim) -> None:
        """End the claim of a call that may have taken effect: its retry may claim the key at once, with its seed."""
        await self._collection.update(_claimed(key, claim), {"$set": {"free_at": datetime.now(UTC)}})


def _claimed(key: str, claim: KeyClaim) -> Document:
    """Matches the key while this claim still holds and nothing was answered: a call that took too long has lost it."""
    return {"_id": key, "answer": None, "free_at": claim.until}
