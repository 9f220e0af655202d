"""Webhook events: snapshots of what just happened, each with an id of its own, signed over the bytes that are sent."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping

from simulators.deliveries import Message, WebhookPlan
from simulators.journal import JsonObject
from simulators.outgoing import Outgoing, WebhookSecret
from simulators.razorpay.books import Books, new_id, shown
from simulators.razorpay.entities import SUCCESS

_ACCOUNT = "acc_MarqueeSim0001"
_OTHER_ACCOUNT = "acc_Another0000001"


def signature(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Signing:
    """Retries keep the signature they were made with; a replay is signed anew."""

    def __init__(self, secret: WebhookSecret) -> None:
        self._secret = secret

    def __call__(self, message: Message, plan: WebhookPlan) -> Mapping[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "Razorpay-Webhook/v1",
            "X-Razorpay-Signature": signature(self._secret.signing(plan), message.body),
            "X-Razorpay-Event-Id": message.event_id,
        }


class Events:
    def __init__(self, books: Books, outgoing: Outgoing) -> None:
        self._books = books
        self._outgoing = outgoing
        self.gathered = outgoing.gathered

    def payment(self, event: str, payment: JsonObject) -> None:
        self._tell(event, {"payment": payment})

    def order_paid(self, payment: JsonObject, order: JsonObject) -> None:
        self._tell("order.paid", {"payment": payment, "order": order})

    def refund(self, event: str, refund: JsonObject, payment: JsonObject) -> None:
        self._tell(event, {"refund": refund, "payment": payment})

    def dispute(self, event: str, dispute: JsonObject, payment: JsonObject) -> None:
        self._tell(event, {"payment": payment, "dispute": dispute})

    def _tell(self, event: str, entities: Mapping[str, JsonObject]) -> None:
        if self._outgoing.plan.stale_snapshot:
            entities = {name: _BEFORE.get(name, dict)(entity) for name, entity in entities.items()}
        envelope = {
            "entity": "event",
            "account_id": _OTHER_ACCOUNT if self._outgoing.plan.wrong_mode else _ACCOUNT,
            "event": event,
            "contains": list(entities),
            "payload": {name: {"entity": self._outgoing.entity(shown(entity))} for name, entity in entities.items()},
            "created_at": self._books.now(),
        }
        body = _php_json(self._outgoing.event(envelope))
        self._outgoing.add(Message(new_id("evt").removeprefix("evt_"), event, body))


def _payment_before(payment: JsonObject) -> JsonObject:
    """One step behind: authorized where it is captured, created where it is authorized or failed."""
    if payment["captured"]:
        uncaptured = {"status": "authorized", "captured": False, "fee": None, "tax": None}
        return payment | uncaptured | {"amount_refunded": 0, "refund_status": None}
    return payment | SUCCESS | {"status": "created", "acquirer_data": {}}


def _order_before(order: JsonObject) -> JsonObject:
    return order | {"status": "attempted", "amount_paid": 0, "amount_due": order["amount"]}


def _refund_before(refund: JsonObject) -> JsonObject:
    return refund | {"status": "pending", "speed_processed": None}


_BEFORE: Mapping[str, Callable[[JsonObject], JsonObject]] = {
    "payment": _payment_before,
    "order": _order_before,
    "refund": _refund_before,
}


def _php_json(value: object) -> str:
    """Slashes and letters beyond ASCII escaped, as PHP writes JSON: who parses and dumps again gets other bytes."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")
