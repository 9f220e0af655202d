"""What an admin call changed, as identity's audit stores it; each service with admin calls has an event of its own."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar, Self

from pydantic import JsonValue

from contracts.event import Event, UtcTime
from contracts.ids import TheaterId, encode, new_id

Shown = Mapping[str, JsonValue]
"""A thing as public documents show it: JSON with their names. No secret and no personal data."""


class AuditRecord(Event):
    """Somebody changed the subject by an admin call. Private, and published by the write that made the change.

    `before` and `after` have what differs, under the names of the public documents: nothing before a thing is made, nor
    after it is removed. `theater_id` is where it belongs; what has none is shown to admins alone.
    """

    subject_field: ClassVar[str] = "subject_id"
    private: ClassVar[bool] = True

    audit_id: str
    at: UtcTime
    user_id: str  # who changed it
    action: str  # things and what became of them: `movies.changed`
    subject_id: str
    theater_id: TheaterId | None = None
    before: dict[str, JsonValue] | None = None
    after: dict[str, JsonValue] | None = None

    @classmethod
    def of(
        cls,
        user_id: str,
        action: str,
        subject_id: str,
        before: Shown | None,
        after: Shown | None,
        *,
        theater_id: str | None = None,
        audit_id: str | None = None,
        at: datetime | None = None,
    ) -> Self:
        """The record of a change, of which both sides are given whole. `audit_id` is fixed where the write may be made
        again, `at` where it tells of an earlier time."""
        old, new = (before, after) if before is None or after is None else differing(before, after)
        return cls(
            audit_id=audit_id or new_id("aud"),
            at=at or datetime.now(UTC),
            user_id=user_id,
            action=action,
            subject_id=subject_id,
            theater_id=None if theater_id is None else TheaterId(theater_id),
            before=None if old is None else dict(old),
            after=None if new is None else dict(new),
        )


def audit_id(*fact: str) -> str:
    """The id of the record that follows from a fact: the same however often it is made."""
    return f"aud_{encode(int.from_bytes(hashlib.sha256(' '.join(fact).encode()).digest()[:16]))}"


def differing(before: Shown, after: Shown) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """What differs between two states of a thing, of each: objects are compared name by name, lists as wholes."""
    old, new = dict[str, JsonValue](), dict[str, JsonValue]()
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        if was == now and (name in before) == (name in after):
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            was, now = differing(was, now)
        if name in before:
            old[name] = was
        if name in after:
            new[name] = now
    return old, new
