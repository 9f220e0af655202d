"""What the public document says of a webhook: its body and headers, which the endpoint reads by itself, to the byte."""

from typing import Any, Literal

from chassis.bodies import ResponseBody

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
RAZORPAY: dict[str, Any] = {
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


class WebhookStoredView(ResponseBody):
    """It is stored; a duplicate was already."""

    status: Literal["stored"] = "stored"
