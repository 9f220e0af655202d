"""From an event to a delivery for each webhook that is to be told of it."""

import hashlib
from datetime import datetime

import orjson

from chassis.envelope import event_id, told_at
from chassis.times import now_in_milliseconds
from contracts.event import Event
from contracts.ids import encode
from contracts.partners import name_of, theater_of
from notify.webhooks.domain import Status, Webhook, WebhookDelivery
from notify.webhooks.log import DeliveryLog
from notify.webhooks.store import Webhooks


def body_of(event: Event, at: datetime) -> str:
    """What is sent: type, timestamp and data as Standard Webhooks has them, the data with the names of the API."""
    data = event.model_dump(mode="json", by_alias=True)
    timestamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": name_of(type(event)), "timestamp": timestamp, "data": data}).decode()


def id_from(prefix: str, *fact: str) -> str:
    """An id that follows from a fact: the same however often that is heard."""
    return f"{prefix}_{encode(int.from_bytes(hashlib.sha256(' '.join(fact).encode()).digest()[:16]))}"


class FanOut:
    """Hears the events that some webhook wants."""

    def __init__(self, webhooks: Webhooks, log: DeliveryLog) -> None:
        self._webhooks, self._log = webhooks, log

    async def on_event(self, event: Event) -> None:
        """Log a delivery for each webhook, and let those that are enabled be sent. Heard again it changes nothing."""
        webhooks = await self._webhooks.wanting(name_of(type(event)), theater_of(event))
        if not webhooks:
            return
        now, body = now_in_milliseconds(), body_of(event, told_at())
        await self._log.insert([_delivery(webhook, event, body, now) for webhook in webhooks])
        await self._webhooks.ring((webhook.id for webhook in webhooks if webhook.enabled), now)


def _delivery(webhook: Webhook, event: Event, body: str, now: datetime) -> WebhookDelivery:
    fact = event_id() or body
    return WebhookDelivery(
        id=id_from("wdl", webhook.id, fact),
        webhook_id=webhook.id,
        event=name_of(type(event)),
        message_id=id_from("msg", fact),
        body=body,
        status=Status.PENDING if webhook.enabled else Status.SKIPPED,
        created_at=now,
        due_at=now if webhook.enabled else None,
    )
