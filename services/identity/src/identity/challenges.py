"""Mongo `identity.challenges`: codes that phones were sent. They end by themselves."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from pymongo import IndexModel

from chassis.envelope import seal
from chassis.mongo import Document
from chassis.outbox import Outbox, push
from identity.domain import MOST_ATTEMPTS, Challenge
from identity.errors import OtpTooSoon
from identity.events import otp_requested
from identity.sends import Sends, TooSoon

CHALLENGES = "challenges"
_CHALLENGE = TypeAdapter(Challenge)
_AFTERWARDS = timedelta(hours=1)  # so long it is still said of a challenge how it ended
_EXPIRY = IndexModel([("ends_at", 1)], expireAfterSeconds=0)


def _challenge(document: Document) -> Challenge:
    return _CHALLENGE.validate_python({**document, "id": document["_id"]})


class ChallengeStore:
    """Challenges, each with its unsent events in its `outbox`, and how often each phone was sent one."""

    def __init__(self, outbox: Outbox, sends: Sends) -> None:
        self._challenges, self._outbox, self._sends = outbox.collection, outbox, sends

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._challenges.ensure_indexes(_EXPIRY)
        await self._sends.ensure_indexes()

    async def count_send(self, phone_key: str, now: datetime) -> None:
        """Note that a code goes out to a phone, or seems to; raises `OtpTooSoon` where it has to wait."""
        try:
            await self._sends.count(phone_key, now)
        except TooSoon as error:
            detail = f"the next code may be sent in {error.seconds} s"
            raise OtpTooSoon(detail, headers={"Retry-After": str(error.seconds)}) from None

    async def insert(self, challenge: Challenge, code: str | None) -> None:
        """Store a new challenge and publish its code; without one nothing is published."""
        events = [] if code is None else [seal(otp_requested(challenge, code)).document()]
        fields = asdict(challenge)
        ends = {"ends_at": challenge.expires_at + _AFTERWARDS}
        await self._outbox.insert({"_id": fields.pop("id"), "version": 1, **fields, **ends, "outbox": events})

    async def find(self, challenge_id: str) -> Challenge | None:
        """The challenge with this id, whatever became of it."""
        document = await self._challenges.find_one({"_id": challenge_id})
        return _challenge(document) if document else None

    async def renew(self, challenge: Challenge, code: str | None) -> bool:
        """Store the next send of a challenge in place of the one before, and publish its code; False where the
        challenge has ended or was sent again meanwhile."""
        live = {"spent_at": None, "attempts": {"$lt": MOST_ATTEMPTS}, "number": challenge.number - 1}
        values = {
            "number": challenge.number,
            "code_hash": challenge.code_hash,
            "expires_at": challenge.expires_at,
            "ends_at": challenge.expires_at + _AFTERWARDS,
        }
        update: Document = {"$set": values}
        if code is not None:
            update["$push"] = push([seal(otp_requested(challenge, code))])
        return await self._outbox.update(challenge.id, live, update)

    async def attempt(self, challenge_id: str, now: datetime) -> Challenge | None:
        """Count one attempt at a challenge; the challenge, or None where it takes none (any more)."""
        live = {"_id": challenge_id, "spent_at": None, "expires_at": {"$gt": now}, "attempts": {"$lt": MOST_ATTEMPTS}}
        document = await self._challenges.find_one_and_update(live, {"$inc": {"attempts": 1, "version": 1}})
        return _challenge(document) if document else None

    async def spend(self, challenge: Challenge, now: datetime) -> Challenge | None:
        """Use up a challenge whose newest code has come; None where it was used or sent again meanwhile."""
        live = {"spent_at": None, "number": challenge.number}
        is_spent = await self._outbox.update(challenge.id, live, {"$set": {"spent_at": now}})
        return replace(challenge, spent_at=now) if is_spent else None
