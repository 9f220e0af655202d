"""Webhook events: snapshots of what just happened, kept to be listed, signed with their time over the bytes sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from simulators.deliveries import Message, WebhookPlan
from simulators.journal import JsonObject
from simulators.outgoing import Outgoing, WebhookSecret
from simulators.stripe.books import Books, new_id, shown

API_VERSION = "2026-10-28.endive"
_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


def signature(secret: str, at: int, text: str) -> str:
    return hmac.new(secret.encode(), f"{at}.{text}".encode(), hashlib.sha256).hexdigest()


class Signing:
    """Each attempt is signed anew, with the secret and the time of that moment: of the wire, not of the virtual clock,
    since its age is judged by who receives it."""

    def __init__(self, secret: WebhookSecret) -> None:
        self._secret = secret

    def __call__(self, message: Message, plan: WebhookPlan) -> Mapping[str, str]:
        at = int(time.time() - plan.age_seconds)
        signed = signature(self._secret.signing(plan), at, message.body)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": _AGENT,
            "Stripe-Signature": f"t={at},v1={signed}",
        }


class Events:
    """`request` is the call that is being answered: its id, and its idempotency key."""

    def __init__(self, books: Books, outgoing: Outgoing) -> None:
        self._books = books
        self._outgoing = outgoing
        self.gathered = outgoing.gathered
        self.request: JsonObject = {"id": None, "idempotency_key": None}

    def tell(self, kind: str, entity: JsonObject, before: JsonObject | None = None) -> None:
        """`before` is the entity one step earlier: what a stale snapshot shows."""
        subject = before if self._outgoing.plan.stale_snapshot and before is not None else entity
        data: JsonObject = {"object": self._outgoing.entity(shown(subject))}
        if before is not None and kind.endswith(".updated"):
            data["previous_attributes"] = _changed(before, entity)
        event: JsonObject = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self._books.now(),
            "data": data,
            "livemode": self._books.livemode is not self._outgoing.plan.wrong_mode,
            "pending_webhooks": 1,
            "request": self.request,
            "type": kind,
        }
        self._books.save(event)
        body = json.dumps(self._outgoing.event(event), indent=2, ensure_ascii=False)
        self._outgoing.add(Message(event["id"], kind, body))

    def listed(self, event: JsonObject) -> JsonObject:
        """With the number of its webhooks that are not delivered."""
        return event | {"pending_webhooks": sum(not delivered for delivered in self._deliveries(event))}

    def was_delivered(self, event: JsonObject) -> bool:
        return all(self._deliveries(event))

    def _deliveries(self, event: JsonObject) -> list[bool]:
        return [delivery["state"] == "delivered" for delivery in self._books.journal.children("delivery", event["id"])]


def _changed(before: JsonObject, entity: JsonObject) -> JsonObject:
    return {name: value for name, value in shown(before).items() if entity.get(name) != value}
