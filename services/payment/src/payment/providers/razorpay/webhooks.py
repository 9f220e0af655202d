"""Razorpay's webhooks: read as hints about what to look up, and what the public document says of them."""

from typing import Any, Literal, get_args

import orjson

from payment.domain import RefundOutcome
from payment.usecases.provider import Hint, Subject

SIGNATURE_HEADER = "x-razorpay-signature"
EVENT_ID_HEADER = "x-razorpay-event-id"
_PAYMENT_STATUSES: dict[str, Literal["failed", "authorized", "captured"]] = {
    "payment.failed": "failed",
    "payment.authorized": "authorized",
    "payment.captured": "captured",
    "order.paid": "captured",
}
_REFUND_OUTCOMES: dict[str, RefundOutcome] = {outcome: outcome for outcome in get_args(RefundOutcome)}


def body_of(raw: bytes) -> dict[str, Any] | None:
    """A webhook's body; None when it is no JSON object."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def hint_of(body: dict[str, Any]) -> Hint:
    """What a webhook's body is about. Whatever is missing or odd inside is None."""
    event = body.get("event")
    name = event if isinstance(event, str) else ""
    return Hint(
        event=name,
        subject=_subject(name),
        payment_id=_text(body, "payment", "id") or _text(body, "refund", "payment_id"),
        order_id=_text(body, "order", "id") or _text(body, "payment", "order_id"),
        payment_status=_PAYMENT_STATUSES.get(name),
        refund_id=_text(body, "refund", "id"),
        refund_outcome=_REFUND_OUTCOMES.get(_text(body, "refund", "status") or ""),
        dispute_id=_text(body, "dispute", "id"),
    )


def _subject(event: str) -> Subject | None:
    match event.split("."):
        case ["refund", *_]:
            return "refunds"
        case ["payment", "dispute", *_]:
            return "dispute"
        case ["payment", "authorized" | "captured" | "failed"]:
            return "payment"
        case ["order", "paid"]:
            return "order"
        case _:
            return None


def _text(body: dict[str, Any], kind: str, name: str) -> str | None:
    value: object = body
    for step in ("payload", kind, "entity", name):
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None


_BODY = {
    "type": "object",
    "description": "Razorpay's event as it signs it; only the ids in it count, the rest is asked for.",
    "properties": {
        "entity": {"type": "string", "const": "event"},
        "account_id": {"type": "string"},
        "event": {"type": "string", "description": "such as `payment.captured`"},
        "contains": {"type": "array", "items": {"type": "string"}},
        "payload": {"type": "object", "description": "the entities, by the names in `contains`"},
        "created_at": {"type": "integer", "description": "Unix time"},
    },
    "required": ["event", "payload"],
    "examples": [
        {
            "entity": "event",
            "account_id": "acc_BFQ7uQEaa7j2z7",
            "event": "payment.captured",
            "contains": ["payment"],
            "payload": {"payment": {"entity": {"id": "pay_PXkzQm8n7R2c3d", "order_id": "order_PXkzJ3v0tQ1a2b"}}},
            "created_at": 1796464800,
        }
    ],
}
DOCUMENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
    "parameters": [
        {
            "name": "X-Razorpay-Signature",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "description": "HMAC-SHA256 of the body under the webhook's secret, in hex",
            "example": "9ef4dffbfd84f1318f6739a3ce19f9d85851857ae648f114332d8401e0949a3d",
        },
        {
            "name": "X-Razorpay-Event-Id",
            "in": "header",
            "schema": {"type": "string", "maxLength": 200},
            "description": "the same for each delivery of one event",
            "example": "evt_PXl0aB1c2D3e4F",
        },
    ],
}
