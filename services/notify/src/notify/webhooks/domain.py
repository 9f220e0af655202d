"""A partner's webhook, its deliveries, and what follows from an attempt; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

STAYS_FOR = timedelta(days=30)  # a delivery can be sent again until then
LOGGED_ATTEMPTS = 20  # of one delivery, the newest
MOST_RETRY_AFTER = timedelta(hours=1)  # a partner that is busy may ask for as long a pause
GONE = 410
_JITTER = 0.1

DisabledReason = Literal["failing", "gone"]


class Status(StrEnum):
    """Where a delivery stands. `failed`: it was tried for 3 days. `skipped`: its webhook was disabled."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Whom to tell of which events. `theater_ids` None: those of all theaters, and of none. `failing_since` is when the
    first attempt failed after which none succeeded; `disabled_reason` why it was disabled, if nobody did it by hand."""

    id: str
    url: str
    events: tuple[str, ...]
    theater_ids: tuple[str, ...] | None
    enabled: bool
    secret: str
    created_by: str
    created_at: datetime
    changed_at: datetime
    version: int
    failing_since: datetime | None = None
    disabled_reason: DisabledReason | None = None
    times_disabled: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: `status` is the partner's answer, `error` says why there was none."""

    at: datetime
    milliseconds: int
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the partner took it: 2xx, and nothing else."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event for one webhook. `message_id` names the event and stays the same however often it is sent; `tries`
    counts the attempts since it was asked for, the first time or again; `due_at` is set while it is pending."""

    id: str
    webhook_id: str
    event: str
    message_id: str
    body: str
    status: Status
    created_at: datetime
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()
    due_at: datetime | None = None


def next_attempt(
    attempt: Attempt, tries: int, pauses: Sequence[float], chance: float, *, now: datetime
) -> datetime | None:
    """When a delivery is sent again that has failed for the `tries`th time; None where it was tried often enough.

    `chance`, from 0 to 1, spreads what failed together over a tenth of the pause.
    """
    if tries > len(pauses):
        return None
    pause = timedelta(seconds=pauses[tries - 1] * (1 + _JITTER * chance))
    least = min(attempt.retry_after or timedelta(0), MOST_RETRY_AFTER)
    return now + max(pause, least)


def reason_to_disable(
    attempt: Attempt, failing_since: datetime | None, longest: timedelta, *, now: datetime
) -> DisabledReason | None:
    """Why nothing more is sent to a webhook after this attempt; None where it goes on."""
    if attempt.status == GONE:
        return "gone"
    if not attempt.succeeded and failing_since is not None and now - failing_since >= longest:
        return "failing"
    return None
