"""Sends what is due, each webhook by itself: one that is slow or dead takes nobody else's turn."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from prometheus_client import Counter

from chassis.logs import logger
from chassis.mongo import Document
from chassis.times import now_in_milliseconds
from contracts.event import Event
from contracts.ids import UserId
from contracts.notify import WebhookDisabled
from notify.webhooks.client import PartnerClient
from notify.webhooks.domain import (
    Attempt,
    DisabledReason,
    Status,
    Webhook,
    WebhookDelivery,
    next_attempt,
    reason_to_disable,
)
from notify.webhooks.log import DeliveryLog
from notify.webhooks.store import Webhooks, changed_now

log = logger(__name__)
AT_ONCE = 8  # to one webhook that answers; one at a time while it fails
WEBHOOKS_AT_ONCE = 500  # each waits for its own partner
_TURN_SECONDS = 10.0  # well below the lease of the webhook's document, with an attempt on top
ATTEMPTS = Counter("marquee_webhook_attempts", "Attempts to tell partners", ["outcome"])
for _outcome in ("delivered", "failed"):
    ATTEMPTS.labels(_outcome)


class WebhookSending:
    """Sends the deliveries of webhooks. `pauses` are those between attempts; a webhook that fails for `longest` is
    disabled."""

    def __init__(
        self,
        webhooks: Webhooks,
        deliveries: DeliveryLog,
        client: PartnerClient,
        *,
        pauses: Sequence[float],
        longest: timedelta,
    ) -> None:
        self._webhooks, self._log, self._client = webhooks, deliveries, client
        self._pauses, self._longest = pauses, longest
        self._under_way, self._rang = set[str](), set[str]()

    async def run_due(self) -> None:
        """Send all that is due now."""
        await self._webhooks.run_due(self._work, concurrency=WEBHOOKS_AT_ONCE)

    async def _work(self, document: Document) -> None:
        """One webhook's turn. While it has one here it gets no second: the first looks again at its end."""
        webhook_id = document["_id"]
        if webhook_id in self._under_way:
            self._rang.add(webhook_id)
            return
        self._under_way.add(webhook_id)
        try:
            rings = True
            while rings:
                self._rang.discard(webhook_id)
                await self._send_for_a_while(webhook_id)
                mark = await self._webhooks.begin_to_rest(webhook_id)
                await self._webhooks.rest(webhook_id, mark, await self._log.next_due(webhook_id))
                rings = webhook_id in self._rang
        finally:
            self._under_way.discard(webhook_id)

    async def _send_for_a_while(self, webhook_id: str) -> None:
        until = time.monotonic() + _TURN_SECONDS
        present = await self._webhooks.find(webhook_id)
        while present is not None and present.enabled and time.monotonic() < until:
            claimed = await self._log.claim(present.id, 1 if present.failing_since else AT_ONCE)
            if not claimed:
                return
            sent = [asyncio.ensure_future(self._send(present, delivery)) for delivery in claimed]
            took = await asyncio.gather(*sent)
            if any(took) and (present.failing_since or not all(took)):  # one that it took ends what others began
                await self._webhooks.note_success(present)
            present = await self._webhooks.find(webhook_id)
        if present is None or not present.enabled:
            await self._log.skip(webhook_id)

    async def _send(self, webhook: Webhook, delivery: WebhookDelivery) -> bool:
        """One attempt, and what follows from it; whether the partner took it."""
        attempt = await self._client.send(webhook, delivery)
        ATTEMPTS.labels("delivered" if attempt.succeeded else "failed").inc()
        now = now_in_milliseconds()
        if attempt.succeeded:
            await self._log.record(delivery, attempt, Status.DELIVERED, None)
            return True
        log.info("a partner did not take it", webhook=webhook.id, status=attempt.status, error=attempt.error)
        due_at = next_attempt(attempt, delivery.tries + 1, self._pauses, random.random(), now=now)  # noqa: S311  jitter
        await self._log.record(delivery, attempt, Status.PENDING if due_at else Status.FAILED, due_at)
        if webhook.failing_since is None:
            await self._webhooks.note_failure(webhook, attempt.at)
        if reason := reason_to_disable(attempt, webhook.failing_since, self._longest, now=now):
            await self._disable(webhook, reason, attempt)
        return False

    async def _disable(self, webhook: Webhook, reason: DisabledReason, attempt: Attempt) -> None:
        """Send nothing more, and say so: once, unless somebody enabled it meanwhile."""

        def disabled(present: Webhook) -> tuple[Webhook, Event] | None:
            if not present.enabled or present.url != webhook.url or present.times_disabled != webhook.times_disabled:
                return None
            number = present.times_disabled + 1
            changed = changed_now(present, enabled=False, disabled_reason=reason, times_disabled=number)
            return changed, _said(changed, reason, present.failing_since or attempt.at)

        await self._webhooks.change(webhook.id, disabled)


def _said(webhook: Webhook, reason: DisabledReason, since: datetime) -> WebhookDisabled:
    return WebhookDisabled(
        webhook_id=webhook.id,
        user_id=UserId(webhook.created_by),
        url=webhook.url,
        reason=reason,
        failing_since=since.astimezone(UTC),
        number=webhook.times_disabled,
        at=webhook.changed_at,
    )
