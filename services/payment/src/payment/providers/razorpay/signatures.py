"""Razorpay's two signatures, checked against every secret that may still be in use."""

import hashlib
import hmac
from collections.abc import Iterable


def signs(secrets: Iterable[str], message: bytes, signature: str | None) -> bool:
    """Whether `signature` is the hex HMAC-SHA256 of `message` under one of the secrets. Takes anything at all.

    Every secret is tried, so that the time that takes tells nothing.
    """
    given = (signature or "").encode("utf-8", "surrogateescape")
    fits = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()
        fits |= hmac.compare_digest(expected, given)
    return fits


def signs_checkout(secrets: Iterable[str], order_id: str, payment_id: str, signature: str) -> bool:
    """What Checkout hands to the page; `order_id` is the one in our own books."""
    return signs(secrets, f"{order_id}|{payment_id}".encode("utf-8", "surrogatepass"), signature)
