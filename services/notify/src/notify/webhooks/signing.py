"""Signatures by Standard Webhooks 1.0.0: HMAC-SHA256 over id, time of the attempt and body."""

import base64
import secrets
from datetime import datetime

from standardwebhooks import Webhook as Signer

_SECRET_BYTES = 32  # 24 to 64 by the specification


def new_secret() -> str:
    """A secret as partners get it: `whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def headers(secret: str, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers of an attempt at this time, in UTC."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signer(secret).sign(message_id, at, body),
    }
