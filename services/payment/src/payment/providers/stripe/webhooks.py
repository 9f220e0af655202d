"""Stripe's webhooks: their signature, what each is about, and what the public document says of them."""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
import stripe

from chassis.logs import logger
from payment.providers.stripe.entities import outcome_of_status
from payment.usecases.provider import Hint, Webhook

log = logger(__name__)
SIGNATURE_HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300
_IS_ABOUT_PAYMENT = frozenset(
    {
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "charge.captured",
        "charge.expired",
        "charge.failed",
        "charge.pending",
        "charge.succeeded",
    }
)


def webhook_of(raw: bytes, signature: str | None, secrets: Iterable[str], *, is_live: bool = False) -> Webhook | None:
    """A webhook that one of the secrets has signed within the last five minutes; None for any other. `is_live` is the
    mode of the keys."""
    if not sum(_signs(secret, raw, signature) for secret in secrets):  # each is tried, whichever fits
        return None
    try:
        event = orjson.loads(raw)
    except orjson.JSONDecodeError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("id"), str):
        return Webhook(hashlib.sha256(raw).hexdigest(), None)
    return Webhook(event["id"], hint_of(event), is_of_account=event.get("livemode", is_live) is is_live)


def _signs(secret: str, raw: bytes, signature: str | None) -> bool:
    try:
        stripe.WebhookSignature.verify_header(raw, signature, secret, TOLERANCE_SECONDS)
    except stripe.SignatureVerificationError as error:
        if "tolerance" in str(error):
            log.warning("webhook with an old signature: compare this host's clock", detail=error.user_message)
        return False
    except (UnicodeError, TypeError):
        return False
    return True


def hint_of(event: dict[str, Any]) -> Hint:
    """What an event is about; whatever is missing or odd inside is None."""
    name = _text(event, "type") or ""
    data = event.get("data")
    entity = data.get("object") if isinstance(data, dict) else None
    entity = entity if isinstance(entity, dict) else {}
    family = name.partition(".")[0]
    if name in _IS_ABOUT_PAYMENT:
        return _of_intent(name, entity) if family == "payment_intent" else _of_charge(name, entity)
    if name.startswith("charge.dispute."):
        return Hint(name, "dispute", payment_id=_id(entity, "payment_intent"), dispute_id=_id(entity, "id"))
    if family == "refund" or name.startswith("charge.refund"):
        return _of_refund(name, entity)
    return Hint(name)


def _of_intent(name: str, intent: dict[str, Any]) -> Hint:
    intent_id = _id(intent, "id")
    if name == "payment_intent.canceled":
        return Hint(name, "order", order_id=intent_id, order_is_closed=True)
    has_succeeded = name == "payment_intent.succeeded"
    error = intent.get("last_payment_error")
    charge_id = _id(error, "charge") if isinstance(error, dict) else None
    has_failed = name == "payment_intent.payment_failed" and charge_id is not None
    return Hint(
        name,
        "payment",
        payment_id=charge_id if has_failed else intent_id,
        order_id=intent_id,
        payment_status="captured" if has_succeeded else "failed" if has_failed else None,
    )


def _of_charge(name: str, charge: dict[str, Any]) -> Hint:
    intent_id, charge_id = _id(charge, "payment_intent"), _id(charge, "id")
    is_captured = name in {"charge.captured", "charge.succeeded"} and charge.get("captured") is True
    return Hint(
        name,
        "payment",
        payment_id=(intent_id if is_captured else None) or charge_id,
        order_id=intent_id,
        payment_status="captured" if is_captured else "failed" if name == "charge.failed" else None,
    )


def _of_refund(name: str, entity: dict[str, Any]) -> Hint:
    """`charge.refunded` is about a charge, the others are about a refund."""
    intent_id = _id(entity, "payment_intent")
    is_charge = name == "charge.refunded"
    return Hint(
        name,
        "refunds",
        payment_id=intent_id or (_id(entity, "id") if is_charge else _id(entity, "charge")),
        order_id=intent_id,
        refund_id=None if is_charge else _id(entity, "id"),
        refund_outcome=None if is_charge else outcome_of_status(_text(entity, "status")),
    )


def _text(entity: dict[str, Any], name: str) -> str | None:
    value = entity.get(name)
    return value if isinstance(value, str) and value else None


def _id(entity: dict[str, Any], name: str) -> str | None:
    """The id of an entity that is named or expanded."""
    value = entity.get(name)
    return _text(value, "id") if isinstance(value, dict) else _text(entity, name)


_BODY = {
    "type": "object",
    "description": "Stripe's event as it signs it; only the ids in it count, the rest is asked for.",
    "properties": {
        "id": {"type": "string"},
        "object": {"type": "string", "const": "event"},
        "type": {"type": "string", "description": "such as `payment_intent.succeeded`"},
        "livemode": {"type": "boolean"},
        "created": {"type": "integer", "description": "Unix time"},
        "data": {"type": "object", "description": "the entity, as `object`"},
    },
    "required": ["id", "type", "data"],
    "examples": [
        {
            "id": "evt_3PXkzQm8n7R2c3d",
            "object": "event",
            "type": "payment_intent.succeeded",
            "livemode": False,
            "created": 1796464800,
            "data": {"object": {"id": "pi_3PXkzQm8n7R2c3d", "object": "payment_intent", "status": "succeeded"}},
        }
    ],
}
DOCUMENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
    "parameters": [
        {
            "name": "Stripe-Signature",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "maxLength": 2000},
            "description": "`t=` Unix time, and `v1=` the HMAC-SHA256 of time, point and body under the webhook's "
            "secret, in hex; older than five minutes it is refused",
            "example": "t=1796464800,v1=9ef4dffbfd84f1318f6739a3ce19f9d85851857ae648f114332d8401e0949a3d",
        }
    ],
}
