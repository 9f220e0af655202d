"""Tickets: a short text signed with Ed25519 that a gate checks offline, and its QR code.

`MQ1.<payload>.<signature>`, both base64url without padding; the signature covers `MQ1.<payload>`. The payload is JSON:
`b` booking id, `r` reference, `s` showtime id, `t` seats, `v` the ticket's version.
"""

import base64
import binascii
import io
from dataclasses import dataclass

import orjson
import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_MARK = "MQ1"
VERSION = 1


class InvalidTicket(ValueError):
    """Not a ticket, or not one of ours."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says."""

    booking_id: str
    reference: str
    showtime_id: str
    seat_ids: tuple[str, ...]
    version: int = VERSION


class Signer:
    """Holds the signing key; the same ticket always gives the same text."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key()

    def text(self, ticket: Ticket) -> str:
        """The signed text of a ticket."""
        payload = {
            "b": ticket.booking_id,
            "r": ticket.reference,
            "s": ticket.showtime_id,
            "t": ticket.seat_ids,
            "v": ticket.version,
        }
        signed = f"{_MARK}.{_encoded(orjson.dumps(payload))}"
        return f"{signed}.{_encoded(self._key.sign(signed.encode()))}"

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public key, for gates that check tickets offline."""
        raw = self.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "x": _encoded(raw)}]}


def verify(text: str, key: Ed25519PublicKey) -> Ticket:
    """The ticket a text stands for; raises `InvalidTicket`."""
    parts = text.split(".")
    if len(parts) != 3 or parts[0] != _MARK:
        raise InvalidTicket("not a ticket")
    try:
        signature = _decoded(parts[2])
        key.verify(signature, f"{_MARK}.{parts[1]}".encode())
        if _encoded(signature) != parts[2]:
            raise InvalidTicket("the same signature in another spelling")
        payload = orjson.loads(_decoded(parts[1]))
        return Ticket(payload["b"], payload["r"], payload["s"], tuple(payload["t"]), payload["v"])
    except (InvalidSignature, binascii.Error, ValueError, KeyError, TypeError):
        raise InvalidTicket("not one of our tickets") from None


def qr_code(text: str, kind: str) -> bytes:
    """The QR code of a ticket text, as `svg` or `png`."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind=kind, scale=6, border=4)
    return out.getvalue()


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
