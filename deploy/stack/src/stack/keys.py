"""Keys that stand for identity's in tests: tokens signed with them, and the JWKS by which a service checks those."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

JWKS_PATH, REVOCATIONS_PATH = "/.well-known/jwks.json", "/internal/revocations"
KEY_ID = "k1"
Grants = Mapping[str, Sequence[str]]  # theater id → roles there


class Signer:
    """A key of its own under the one key id: what another signer signed is a forgery to this one's readers."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    def token(
        self,
        user: str = "usr_1",
        *roles: str,
        grants: Grants | None = None,
        expires_in: float = 86_400,
        **more: Any,
    ) -> str:
        """An access token as identity gives it, which outlives any run of tests; claims without a value are left out.
        `more` are claims too, such as `sid`, `gv`, `guest` and `guests`."""
        claims: dict[str, Any] = {"sub": user, "iss": "marquee", "exp": time.time() + expires_in}
        claims |= {"roles": list(roles)} if roles else {}
        claims |= {"grants": grants} if grants else {}
        claims |= more
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": KEY_ID})

    def user_of(self, token: str) -> str:
        """Whose the token is; raises `jwt.InvalidTokenError` unless it is signed here."""
        claims: dict[str, str] = jwt.decode(token, self.key.public_key(), algorithms=["EdDSA"])
        return claims["sub"]

    async def jwks(self) -> dict[str, Any]:
        """The document; async as `chassis.auth.Tokens` fetches it."""
        public = jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": KEY_ID, "alg": "EdDSA", "use": "sig"}]}

    def routes(self) -> list[web.RouteDef]:
        """The document over HTTP, and that no token was revoked, for servers that stand for identity and others at
        once."""

        async def answer(_request: web.Request) -> web.Response:
            return web.json_response(await self.jwks())

        async def revocations(_request: web.Request) -> web.Response:
            return web.json_response({"sessions": [], "versions": {}})

        return [web.get(JWKS_PATH, answer), web.get(REVOCATIONS_PATH, revocations)]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """The base URL of a server that has these and nothing else."""
        app = web.Application()
        app.add_routes(self.routes())
        async with TestServer(app) as server:
            yield str(server.make_url("")).rstrip("/")
