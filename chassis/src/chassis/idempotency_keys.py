"""What a store knows of an `Idempotency-Key`: whose call may answer under it, or which answer that call had.

The seed of a claim is the suffix of an id for what the call makes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chassis.problems import Problem

LIFETIME = timedelta(hours=24)
CLAIM_LEASE = timedelta(seconds=60)
Answer = dict[str, Any]
"""An answer's `status`, its `headers` as pairs of text, and its `body` in bytes."""


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
    answer: Answer | None = None
    until: datetime | None = None


def key_reused() -> KeyReused:
    """What the call is told whose key came with another request."""
    return KeyReused("this Idempotency-Key was used for another request")


def in_progress() -> InProgress:
    """What the call is told that came while the first one runs."""
    return InProgress("the first request with this Idempotency-Key still runs", headers={"Retry-After": "1"})


class IdempotencyStore(Protocol):
    """The claims and answers of keys. An answer stays for `LIFETIME`; a claim that nobody ended is void after
    `CLAIM_LEASE`, and a call that took so long changes nothing here any more."""

    async def claim(self, key: str, fingerprint: str) -> KeyClaim:
        """Claim the key, or read the answer stored under it. `fingerprint` identifies the request's path and body.

        Raises `KeyReused` where the key came with another request, `InProgress` while another call has claimed it.
        """

    async def complete(self, key: str, claim: KeyClaim, answer: Answer) -> None:
        """Store a 2xx answer."""

    async def forget(self, key: str, claim: KeyClaim) -> None:
        """Delete a key whose call was refused and so had no effect."""

    async def leave_to_retry(self, key: str, claim: KeyClaim) -> None:
        """End the claim of a call that may have taken effect: another may claim the key at once."""
