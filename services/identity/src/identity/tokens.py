"""Access tokens, which services verify with the published key; tokens and codes that are stored as hashes."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.auth import ALGORITHM, ISSUER

ACCESS_SECONDS = 15 * 60


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def thumbprint(key: dict[str, str]) -> str:
    """The thumbprint (RFC 7638) of a public OKP key (RFC 8037), in base64url."""
    members = orjson.dumps({name: key[name] for name in ("crv", "kty", "x")})
    return _base64url(hashlib.sha256(members).digest())


def _public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = {"kty": "OKP", "crv": "Ed25519", "x": _base64url(raw)}
    return {**public, "kid": thumbprint(public), "alg": ALGORITHM, "use": "sig"}


class AccessTokens:
    """Signs access tokens with an Ed25519 key, whose seed this service alone holds.

    While keys are rotated, tokens of the key of `other_seed` are good too: the one that signed before, or will sign.
    """

    def __init__(self, seed: bytes, other_seed: bytes | None = None) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        seeds = dict.fromkeys(each for each in (seed, other_seed) if each is not None)
        self._jwks = [_public_jwk(Ed25519PrivateKey.from_private_bytes(each)) for each in seeds]
        self._key_id = self._jwks[0]["kid"]

    def issue(
        self,
        user_id: str,
        roles: Sequence[str],
        grants: Mapping[str, Sequence[str]],
        *,
        session_id: str,
        grants_version: int,
        guest: bool = False,
        guests: Sequence[str] = (),
    ) -> str:
        """A token of a session that lives 15 minutes, as a JWT. `roles` count everywhere; `grants`: theater id → the
        roles there. `guests` are the ids of guests whose things are this user's too."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": user_id,
            "roles": list(roles),
            "grants": {theater_id: list(held) for theater_id, held in grants.items()},
            "iat": now,
            "exp": now + ACCESS_SECONDS,
            "jti": secrets.token_urlsafe(12),
            "sid": session_id,
            "gv": grants_version,
            **({"guest": True} if guest else {}),
            **({"guests": list(guests)} if guests else {}),
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._key_id})

    async def jwks(self) -> dict[str, Any]:
        """The public keys as a JWK Set, first that which signs. Asynchronous, since `chassis.auth.Tokens` fetches it
        from other services."""
        return {"keys": self._jwks}


class HashedTokens:
    """Makes tokens of 32 random bytes. Whoever reads the database has their hashes and cannot send one.

    Tokens of one `purpose` are none of another.
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._secret = hmac.digest(secret, purpose.encode(), "sha256")

    def new(self) -> tuple[str, str]:
        """A new token, and its hash."""
        token = secrets.token_urlsafe(32)
        return token, self.hash(token)

    def hash(self, token: str) -> str:
        """The token's HMAC-SHA-256, in hex."""
        return hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()


class Codes:
    """Makes codes of six digits. Six digits could be guessed from a plain hash: theirs needs the key."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hmac.digest(secret, b"codes", "sha256")

    def new(self, challenge_id: str) -> tuple[str, str]:
        """A new code of a challenge, and its hash."""
        code = f"{secrets.randbelow(1_000_000):06}"
        return code, self.hash(challenge_id, code)

    def hash(self, challenge_id: str, code: str) -> str:
        """The hash of a code of this challenge, in hex."""
        return hmac.new(self._secret, f"{challenge_id}:{code}".encode(), hashlib.sha256).hexdigest()

    def fits(self, challenge_id: str, code: str, code_hash: str | None) -> bool:
        """Whether the code has this hash; the comparison takes as long where there is none."""
        return hmac.compare_digest(self.hash(challenge_id, code), code_hash or "") and code_hash is not None

    def key_of(self, phone: str) -> str:
        """What stands for a phone where the phone itself need not be stored."""
        return hmac.new(self._secret, f"phone:{phone}".encode(), hashlib.sha256).hexdigest()
