"""The keys that tickets are verified with: their ids and their JWK form (RFC 8037)."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_ID_BYTES = 4


class TicketKey:
    """A public key; its id is the JWK thumbprint (RFC 7638), of which a ticket code holds the first 4 bytes."""

    def __init__(self, public_key: Ed25519PublicKey) -> None:
        self.public_key = public_key
        self._x = _base64url(public_key.public_bytes(Encoding.Raw, PublicFormat.Raw))
        thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{self._x}"}}'.encode()).digest()
        self.id, self.short_id = _base64url(thumbprint), thumbprint[:KEY_ID_BYTES]

    @classmethod
    def of_jwk(cls, jwk: Mapping[str, str]) -> Self:
        """The key of a member of a JWK Set; raises `ValueError` or `KeyError` for what is no Ed25519 key."""
        if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
            raise ValueError("tickets are signed with Ed25519 keys")
        x = jwk["x"]
        return cls(Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4))))

    def jwk(self) -> dict[str, str]:
        """The key as a member of a JWK Set."""
        return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.id, "x": self._x}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
