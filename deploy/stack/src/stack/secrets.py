"""Secrets and demo credentials of one stack: made at its first start, kept in its folder for its owner alone."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

FILE = "secrets.json"


def load(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Kept ones, with new ones for names that were not there yet; those given in the environment win."""
    stored = _read(folder / FILE)
    known = {**_fresh(), **stored}
    if known != stored:
        write_private(folder / FILE, json.dumps(known, indent=1))
    return {name: given.get(name, value) for name, value in known.items()}


def write_private(file: Path, text: str) -> None:
    """Mode 0600, and never half written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(file)


def _read(file: Path) -> dict[str, str]:
    try:
        stored: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return stored


def _fresh() -> dict[str, str]:
    return {
        "JWT_ACCESS_SECRET": _key(),
        "JWT_REFRESH_SECRET": _key(),
        "TICKET_SIGNING_SECRET": _key(),
        "ADMIN_EMAIL": "admin@marquee.example",
        "ADMIN_PASSWORD": secrets.token_urlsafe(12),
        "DEMO_EMAIL": "demo@marquee.example",
        "DEMO_PASSWORD": secrets.token_urlsafe(12),
        "RAZORPAY_KEY_ID": f"rzp_test_{secrets.token_hex(7)}",
        "RAZORPAY_KEY_SECRET": secrets.token_hex(12),
        "RAZORPAY_WEBHOOK_SECRET": secrets.token_hex(16),
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_PUBLISHABLE_KEY": f"pk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_FROM": "+15005550006",
        "TMDB_TOKEN": secrets.token_urlsafe(32),
    }


def _key() -> str:
    """32 bytes, base64: the size of an Ed25519 seed."""
    return base64.b64encode(secrets.token_bytes(32)).decode()
