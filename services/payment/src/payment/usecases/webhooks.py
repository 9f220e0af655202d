"""Webhooks: verified over the raw bytes, stored, answered; and only then read, as hints about what to settle."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson

from chassis import due as due_work
from chassis.logs import logger
from chassis.loops import Background
from payment import metrics
from payment.errors import InvalidSignature
from payment.foreign import ForeignOrders
from payment.inbox import Delivery, Hint, Inbox
from payment.signatures import signs
from payment.usecases.settlement import Settled, Settlement

log = logger(__name__)
_LEASE = timedelta(seconds=30)
_LONGEST = timedelta(hours=1)
# The provider tells of what it does not know itself: soon it will, or never.
_GIVE_UP = timedelta(days=1)


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
        self,
        inbox: Inbox,
        settlement: Settlement,
        foreign: ForeignOrders,
        background: Background,
        *,
        secrets: Iterable[str],
        provider: str,
    ) -> None:
        self._inbox, self._settlement, self._background = inbox, settlement, background
        self._foreign = foreign
        self._secrets, self._provider = tuple(secrets), provider

    async def take(self, raw: bytes, signature: str | None, event_id: str | None) -> None:
        """Store a delivery, or raise `InvalidSignature`. Duplicates are taken without a word."""
        if not signs(self._secrets, raw, signature):
            self._count("forged")
            log.warning("webhook with a signature that does not fit", bytes=len(raw))
            raise InvalidSignature("the signature does not fit the body")
        event_id, hint = event_id or hashlib.sha256(raw).hexdigest(), hint_of(raw)
        if hint is None:
            log.error("webhook that is no JSON object", event_id=event_id)
        delivery = await self._inbox.add(event_id, raw, hint)
        self._count("duplicate" if delivery is None else "stored")
        if delivery is not None:
            self._background.start(self.process(delivery))

    async def run_due(self) -> None:
        """Everything in the inbox that is due now."""
        await due_work.run_due(
            self._inbox.collection, lambda document: self.process(Delivery.of(document)), lease=_LEASE
        )

    async def measure(self) -> None:
        """Bring the metric up to date."""
        metrics.UNMATCHED.set(await self._inbox.unmatched())

    async def process(self, delivery: Delivery) -> None:
        """Settle what a delivery hints at. What the provider cannot say yet is tried again, never dropped; what is not
        ours rests."""
        settled = await self._settled(delivery.hint)
        match settled:
            case "later":
                return await self._inbox.postpone(delivery, settled, _LONGEST)
            case "unmatched" if delivery.received_at + _GIVE_UP > datetime.now(UTC):
                return await self._inbox.postpone(delivery, settled, _GIVE_UP)
        is_first = await self._inbox.finish(delivery.event_id, "unmatched" if settled == "lost" else settled)
        if is_first and settled in {"foreign", "lost"}:
            self._count(settled)
        return None

    async def _settled(self, hint: Hint) -> Settled | Literal["ignored"]:
        known = await self._foreign.among({one for one in (hint.order_id, hint.payment_id) if one})
        if known:
            return next(iter(known.values()))
        match hint.event.split("."):
            case ["refund", *_] if hint.payment_id:
                return await self._settlement.refunds(hint.payment_id)
            case ["payment", "authorized" | "captured" | "failed"] if hint.payment_id:
                return await self._settlement.payment(hint.payment_id)
            case ["order", "paid"] if hint.order_id:
                return await self._settlement.order(hint.order_id)
            case _:
                return "ignored"

    def _count(self, outcome: str) -> None:
        metrics.WEBHOOKS.labels(self._provider, outcome).inc()
