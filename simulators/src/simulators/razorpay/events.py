"""Webhook events: snapshots of what just happened, each with an id of its own, signed over the bytes that are sent."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from simulators.deliveries import Deliveries, Message, WebhookPlan
from simulators.journal import Journal, JsonObject
from simulators.razorpay.books import Books, new_id, shown
from simulators.razorpay.entities import SUCCESS

_ACCOUNT = "acc_MarqueeSim0001"
_PLAN = "webhook_plan"
_SECRET = "webhook_secret"  # noqa: S105  # the name of a setting, not its value


def signature(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Signing:
    """The webhook secret of today. Retries keep the signature they were made with; a replay is signed anew."""

    def __init__(self, journal: Journal, secret: str) -> None:
        self._journal = journal
        self._secret = secret

    def rotate(self, secret: str) -> None:
        self._journal.set_setting(_SECRET, secret)

    def __call__(self, message: Message, plan: WebhookPlan) -> Mapping[str, str]:
        secret = self._journal.setting(_SECRET) or self._secret
        signed = signature(secret + " forged" if plan.bad_signature else secret, message.body)
        return {
            "Content-Type": "application/json",
            "User-Agent": "Razorpay-Webhook/v1",
            "X-Razorpay-Signature": signed,
            "X-Razorpay-Event-Id": message.event_id,
        }


class Events:
    def __init__(self, books: Books, deliveries: Deliveries) -> None:
        self._books = books
        self._deliveries = deliveries
        self._gathered: list[Message] = []
        self._plan = WebhookPlan()

    def set_plan(self, plan: WebhookPlan) -> None:
        """How webhooks are delivered whose cause names no plan of its own."""
        self._books.journal.set_setting(_PLAN, plan.model_dump())

    @contextmanager
    def gathered(self, plan: WebhookPlan | None) -> Iterator[None]:
        """The events told inside belong together and are sent by one plan."""
        usual = WebhookPlan.model_validate(self._books.journal.setting(_PLAN) or {})
        self._gathered, self._plan = [], usual if plan is None else plan
        yield
        self._deliveries.send(self._gathered, self._plan)

    def payment(self, event: str, payment: JsonObject) -> None:
        self._tell(event, {"payment": payment})

    def order_paid(self, payment: JsonObject, order: JsonObject) -> None:
        self._tell("order.paid", {"payment": payment, "order": order})

    def refund(self, event: str, refund: JsonObject, payment: JsonObject) -> None:
        self._tell(event, {"refund": refund, "payment": payment})

    def _tell(self, event: str, entities: Mapping[str, JsonObject]) -> None:
        if self._plan.stale_snapshot:
            entities = {name: _BEFORE[name](entity) for name, entity in entities.items()}
        envelope = {
            "entity": "event",
            "account_id": _ACCOUNT,
            "event": event,
            "contains": list(entities),
            "payload": {name: {"entity": shown(entity)} for name, entity in entities.items()},
            "created_at": self._books.now(),
        }
        self._gathered.append(Message(new_id("evt").removeprefix("evt_"), event, _php_json(envelope)))


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
