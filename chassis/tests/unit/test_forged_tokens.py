"""Tokens that were forged, are meant for something else, or are of no time that is now: none of them is a caller."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.auth import Tokens
from chassis.problems import InvalidToken, Problem, TokenExpired

KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
RAW = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
KEY_ID = "ours"
NOW = int(time.time())
GOOD = {"iss": "marquee", "sub": "usr_1", "iat": NOW, "exp": NOW + 900}
DEEP = "[" * 20_000


def part(value: Any) -> str:
    """A value, or text that stands for one, as a part of a token."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(head: dict[str, Any], claims: Any = GOOD, *, key: Ed25519PrivateKey = KEY, prefix: bytes = b"") -> str:
    """Any head and claims, with a signature over them that is right, or over them behind a prefix."""
    text = f"{part(head)}.{part(claims)}"
    signature = base64.urlsafe_b64encode(key.sign(prefix + text.encode())).rstrip(b"=").decode()
    return f"{text}.{signature}"


def by_secret(secret: bytes, algorithm: str = "HS256") -> str:
    """A token whose secret is our public key; PyJWT itself would not make one of a PEM."""
    head = {"alg": algorithm, "typ": "JWT", "kid": KEY_ID}
    text = f"{part(head)}.{part(GOOD)}"
    made = jwt.get_algorithm_by_name(algorithm).sign(text.encode(), secret)
    return f"{text}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


HEAD = {"alg": "EdDSA", "typ": "JWT", "kid": KEY_ID}
OWN_KEY = (
    base64.urlsafe_b64encode(OTHER_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).rstrip(b"=").decode()
)
FORGED = {
    "alg none": f"{part({**HEAD, 'alg': 'none'})}.{part(GOOD)}.",
    "alg None": f"{part({**HEAD, 'alg': 'None'})}.{part(GOOD)}.",
    "alg none with a signature": signed({**HEAD, "alg": "none"}),
    "no alg": signed({"kid": KEY_ID}),
    "alg a list": signed({**HEAD, "alg": ["EdDSA"]}),
    "alg of another kind": signed({**HEAD, "alg": "ES256"}),
    "the public key's bytes as a secret": by_secret(RAW),
    "the public key's PEM as a secret": by_secret(PEM),
    "the public key's PEM as a longer secret": by_secret(PEM, "HS512"),
    "an empty secret": by_secret(b""),
    "a stranger's key under our id": signed(HEAD, key=OTHER_KEY),
    "a stranger's key that the head brings": signed(
        {**HEAD, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": OWN_KEY}}, key=OTHER_KEY
    ),
    "a stranger's key at an address": signed({**HEAD, "jku": "https://evil.test/jwks"}, key=OTHER_KEY),
    "no key id": signed({"alg": "EdDSA"}),
    "an empty key id": signed({**HEAD, "kid": ""}),
    "a key id that is a path": signed({**HEAD, "kid": "../../../../dev/null"}),
    "a key id that is a query": signed({**HEAD, "kid": {"$ne": ""}}),
    "a key id that is a list": signed({**HEAD, "kid": [KEY_ID]}),
    "a key id that is a number": signed({**HEAD, "kid": 0}),
    "a key id that is null": signed({**HEAD, "kid": None}),
    "a payload that is not in the token": signed({**HEAD, "b64": False, "crit": ["b64"]}),
    "an extension that must be known": signed({**HEAD, "exp": 1, "crit": ["exp"]}),
    "a ticket's signature": signed(HEAD, prefix=b"MQ1:"),
    "another issuer": signed(HEAD, {**GOOD, "iss": "elsewhere"}),
    "no issuer": signed(HEAD, {name: GOOD[name] for name in ("sub", "exp")}),
    "nobody": signed(HEAD, {name: GOOD[name] for name in ("iss", "exp")}),
    "a subject that is none": signed(HEAD, {**GOOD, "sub": {"$ne": ""}}),
    "no end": signed(HEAD, {name: GOOD[name] for name in ("iss", "sub")}),
    "an end that is none": signed(HEAD, {**GOOD, "exp": "soon"}),
    "issued in an hour": signed(HEAD, {**GOOD, "iat": NOW + 3_600, "exp": NOW + 7_200}),
    "not valid yet": signed(HEAD, {**GOOD, "nbf": NOW + 3_600}),
    "claims that are a list": signed(HEAD, [GOOD]),
    "a head that is a list": f"{part([HEAD])}.{part(GOOD)}.x",
    "a head without a bottom": f"{part(DEEP)}.{part(GOOD)}.x",
    "claims without a bottom": signed(HEAD, DEEP),
    "two parts": f"{part(HEAD)}.{part(GOOD)}",
    "four parts": f"{signed(HEAD)}.x",
    "a signature with a tail": f"{signed(HEAD)}AAAA",
    "bytes that are no text": f"{part(HEAD)}.\udcff\udcfe.x",
}


async def key_set() -> dict[str, Any]:
    public = base64.urlsafe_b64encode(RAW).rstrip(b"=").decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public, "kid": KEY_ID, "alg": "EdDSA", "use": "sig"}]}


async def test_what_these_forgeries_are_made_of_is_good() -> None:
    assert (await Tokens(key_set).verify(signed(HEAD))).user_id == "usr_1"


@pytest.mark.parametrize("kind", FORGED)
async def test_a_forged_token_is_nobody(kind: str) -> None:
    with pytest.raises(InvalidToken):
        await Tokens(key_set).verify(FORGED[kind])


async def test_an_old_token_is_called_expired_only_where_it_was_ours() -> None:
    old = {**GOOD, "iat": NOW - 1_000, "exp": NOW - 1}
    for key, problem in ((KEY, TokenExpired), (OTHER_KEY, InvalidToken)):
        with pytest.raises(Problem) as refused:
            await Tokens(key_set).verify(signed(HEAD, old, key=key))
        assert type(refused.value) is problem
