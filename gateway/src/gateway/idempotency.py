"""What Redis holds of each `Idempotency-Key` of the gateway's own calls, which end there by themselves.

A waiting room has the id of its showtime, so nothing is made from a seed here: it is new with each claim and names it.
"""

from importlib import resources

import orjson
from redis.asyncio import Redis

from chassis.idempotency_keys import CLAIM_LEASE, LIFETIME, Answer, KeyClaim, in_progress, key_reused
from chassis.scripts import Script, ScriptRunner
from contracts.ids import new_suffix


def _script(name: str) -> Script:
    return Script((resources.files("gateway") / "lua" / f"{name}.lua").read_text(encoding="utf-8"))


_CLAIM, _CONCLUDE = _script("claim_key"), _script("conclude_key")
_LEASE_MILLISECONDS, _LIFETIME_MILLISECONDS = (int(time.total_seconds() * 1_000) for time in (CLAIM_LEASE, LIFETIME))


class RedisIdempotencyStore:
    """The claims and answers of keys, of all copies of the gateway. Every call raises what Redis or the connection
    raised."""

    def __init__(self, redis: "Redis") -> None:
        self._run = ScriptRunner(redis)

    async def claim(self, key: str, fingerprint: str) -> KeyClaim:
        """As the protocol says."""
        seed = new_suffix()
        stored = await self._run(_CLAIM, _keys(key), fingerprint, seed, _LEASE_MILLISECONDS)
        if not stored:
            return KeyClaim(seed)
        first, head, body = stored
        if first != fingerprint.encode():
            raise key_reused()
        if head is None:
            raise in_progress()
        return KeyClaim("", answer={**orjson.loads(head), "body": body})

    async def complete(self, key: str, claim: KeyClaim, answer: Answer) -> None:
        """As the protocol says."""
        head = orjson.dumps({"status": answer["status"], "headers": answer["headers"]})
        await self._run(_CONCLUDE, _keys(key), claim.seed, _LIFETIME_MILLISECONDS, head, answer["body"])

    async def forget(self, key: str, claim: KeyClaim) -> None:
        """As the protocol says."""
        await self._run(_CONCLUDE, _keys(key), claim.seed)

    async def leave_to_retry(self, key: str, claim: KeyClaim) -> None:
        """As the protocol says."""
        await self.forget(key, claim)


def _keys(key: str) -> tuple[bytes]:
    return (f"idempotency:{key}".encode(),)
