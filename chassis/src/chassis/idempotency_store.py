"""What Mongo holds of each `Idempotency-Key` for 24 hours: the answer that its call had, and a seed.

The seed is the suffix of an id for what the call makes. A call whose outcome is unknown leaves the seed to its
retry, which so finds what the first call made.
"""

from datetime import UTC, datetime

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis.idempotency_keys import CLAIM_LEASE, LIFETIME, Answer, KeyClaim, in_progress, key_reused
from chassis.mongo import Collection, Document
from chassis.times import now_in_milliseconds
from contracts.ids import new_suffix

_EXPIRY_INDEX = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


class MongoIdempotencyStore:
    """The answers and seeds in one service's database."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_index(self) -> None:
        """Make the index that lets old keys expire; idempotent."""
        await self._collection.ensure_indexes(_EXPIRY_INDEX)

    async def claim(self, key: str, fingerprint: str) -> KeyClaim:
        """As the protocol says."""
        now = now_in_milliseconds()
        seed = new_suffix()
        fresh: Document = {
            "_id": key,
            "fingerprint": fingerprint,
            "free_at": now + CLAIM_LEASE,
            "expires_at": now + LIFETIME,
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
            raise key_reused()
        if stored is None or stored["answer"] is None:
            raise in_progress()
        return KeyClaim("", answer=stored["answer"])

    async def complete(self, key: str, claim: KeyClaim, answer: Answer) -> None:
        """As the protocol says."""
        expires_at = datetime.now(UTC) + LIFETIME
        await self._collection.update(_claimed(key, claim), {"$set": {"answer": answer, "expires_at": expires_at}})

    async def forget(self, key: str, claim: KeyClaim) -> None:
        """As the protocol says."""
        await self._collection.delete(_claimed(key, claim))

    async def leave_to_retry(self, key: str, claim: KeyClaim) -> None:
        """As the protocol says; the retry has the seed."""
        await self._collection.update(_claimed(key, claim), {"$set": {"free_at": datetime.now(UTC)}})


def _claimed(key: str, claim: KeyClaim) -> Document:
    """Matches the key while this claim still holds and nothing was answered: a call that took too long has lost it."""
    return {"_id": key, "answer": None, "free_at": claim.until}
