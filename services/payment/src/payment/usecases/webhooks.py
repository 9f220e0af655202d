"""Webhooks: verified over the raw bytes, stored, answered; and only then read, as hints about what to settle."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from chassis.logs import logger
from chassis.loops import Background
from chassis.mongo import Document

from chassis import due as due_work
from payment import metrics
from payment.errors import InvalidSignature
from payment.inbox import Inbox
from payment.signatures import signs
from payment.usecases.settlement import Settled, Settlement

log = logger(__name__)
_LEASE = timedelta(seconds=30)
# Orders are looked at for five days anyway; what fits none of ours by then is kept but not asked about any more.
_GIVE_UP = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook is about. Its snapshot of the payment is not looked at: the provider is asked."""

    event: str
    payment_id: str | None
    order_id: str | None


def hint_of(raw: bytes) -> Hint | None:
    """Read a delivery; None when it is no JSON object. Whatever is missing or odd inside is None."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(body, dict):
        return None
    payment = _text(body, "payment", "id") or _text(body, "refund", "payment_id")
    order = _text(body, "order", "id") or _text(body, "payment", "order_id")
    event = body.get("event")
    return Hint(event if isinstance(event, str) else "", payment, order)


def _text(body: dict[str, Any], kind: str, name: str) -> str | None:
    found: object = body
    for step in ("payload", kind, "entity", name):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found else None


class Webhooks:
    """Takes deliveries in and works them off."""

    def __init__(
        self, inbox: Inbox, settlement: Settlement, background: Background, secrets: Iterable[str], provider: str
    ) -> None:
        self._inbox, self._settlement, self._background = inbox, settlement, background
        self._secrets, self._provider = tuple(secrets), provider

    async def take(self, raw: bytes, signature: str | None, event_id: str | None) -> None:
        """Store a delivery, or raise `InvalidSignature`. Duplicates are taken without a word."""
        if not signs(self._secrets, raw, signature):
            metrics.WEBHOOKS.labels(self._provider, "forged").inc()
            log.warning("webhook with a signature that does not fit", bytes=len(raw))
            raise InvalidSignature("the signature does not fit the body")
        kept = await self._inbox.keep(event_id or hashlib.sha256(raw).hexdigest(), raw)
        metrics.WEBHOOKS.labels(self._provider, "duplicate" if kept is None else "stored").inc()
        if kept is not None:
            self._background.start(self.process(kept))

    async def work_off(self) -> None:
        """Everything in the inbox that is due now."""
        await due_work.work_off(self._inbox.collection, self.process, lease=_LEASE)

    async def measure(self) -> None:
        """Bring the metric up to date."""
        metrics.UNMATCHED.set(await self._inbox.unmatched())

    async def process(self, document: Document) -> None:
        """Settle what a delivery hints at. What fits nothing of ours is kept and tried again, never dropped."""
        event_id = document["_id"]
        hint = hint_of(document["raw"])
        if hint is None:
            log.error("webhook that is no JSON object", event_id=event_id)
            return await self._inbox.finish(event_id, "unreadable")
        settled = await self._settled(hint)
        if settled == "later" or (settled == "unmatched" and document["received_at"] + _GIVE_UP > datetime.now(UTC)):
            return await self._inbox.postpone(event_id, settled, document["tries"])
        return await self._inbox.finish(event_id, settled)

    async def _settled(self, hint: Hint) -> Settled | str:
        match hint.event.split("."):
            case ["refund", *_] if hint.payment_id:
                return await self._settlement.refunds(hint.payment_id)
            case ["payment", "authorized" | "captured" | "failed"] if hint.payment_id:
                return await self._settlement.payment(hint.payment_id)
            case ["order", "paid"] if hint.order_id:
                return await self._settlement.order(hint.order_id)
            case _:
                return "ignored"
