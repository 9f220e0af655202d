"""Access tokens: EdDSA JWTs verified with identity's JWKS. Every service verifies for itself."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request

from chassis.problems import Forbidden, InvalidToken, NotAuthenticated, TokenExpired, Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable

ISSUER = "marquee"
ALGORITHM = "EdDSA"
_CACHED_TOKENS = 10_000
_REFETCH_SECONDS = 5.0
_FIRST_KEYS_SECONDS = 0.2  # while there are none at all


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the token says; `token` is passed on to other services."""

    user_id: str
    roles: frozenset[str]
    theater_ids: frozenset[str]
    token: str
    expires_at: float

    def reaches(self, theater_id: str) -> bool:
        """Whether an admin call of this caller may touch the theater."""
        return "admin" in self.roles or theater_id in self.theater_ids


class Tokens:
    """Verifies access tokens; keys are fetched when first needed and when a token names one that is not known."""

    def __init__(self, fetch_jwks: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self._fetch = fetch_jwks
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at = -_REFETCH_SECONDS
        self._fetching = asyncio.Lock()
        self._verified: dict[bytes, Caller] = {}

    async def verify(self, token: str) -> Caller:
        """The caller; raises `TokenExpired`, `InvalidToken`, or `Unavailable` when no key can be had."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        caller = self._verified.get(digest)
        if caller is None:
            caller = await self._check(token)
            if len(self._verified) >= _CACHED_TOKENS:
                self._verified.pop(next(iter(self._verified)))
            self._verified[digest] = caller
        if caller.expires_at <= time.time():
            self._verified.pop(digest, None)
            raise TokenExpired("the access token has expired")
        return caller

    async def _check(self, token: str) -> Caller:
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            claims = jwt.decode(
                token, key, algorithms=[ALGORITHM], issuer=ISSUER, options={"require": ["exp", "sub", "iss"]}
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired("the access token has expired") from None
        except (jwt.InvalidTokenError, ValueError):
            raise InvalidToken from None
        return Caller(
            user_id=claims["sub"],
            roles=frozenset(claims.get("roles", ())),
            token=token,
            theater_ids=frozenset(claims.get("theaterIds", ())),
            expires_at=float(claims["exp"]),
        )

    async def _key(self, key_id: str) -> jwt.PyJWK:
        if key_id not in self._keys:
            await self._look_for(key_id)
        if key_id not in self._keys:
            raise InvalidToken if self._keys else Unavailable("identity cannot be reached")
        return self._keys[key_id]

    async def _look_for(self, key_id: str) -> None:
        """Ask identity, one at a time and not again right after: strangers' key ids must not hold up anybody."""
        pause = _REFETCH_SECONDS if self._keys else _FIRST_KEYS_SECONDS
        async with self._fetching:
            if key_id not in self._keys and time.monotonic() - self._asked_at > pause:
                await self._refetch()

    async def _refetch(self) -> None:
        try:
            found = jwt.PyJWKSet.from_dict(await self._fetch())
        except (PeerUnavailable, PeerTimeout, jwt.PyJWKSetError):
            return
        finally:
            self._asked_at = time.monotonic()
        self._keys = {str(key.key_id): key for key in found.keys}


def bearer(header: str | None) -> str:
    """The token of an Authorization header; raises `NotAuthenticated`."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated
    return token.strip()


async def required(request: Request) -> Caller:
    """FastAPI dependency: the caller; needs `tokens` in the lifespan state."""
    tokens: Tokens = request.state.tokens
    return await tokens.verify(bearer(request.headers.get("authorization")))


async def optional(request: Request) -> Caller | None:
    """FastAPI dependency: the caller where a token was sent, else None; a bad token is still an error."""
    return await required(request) if "authorization" in request.headers else None


@dataclass(frozen=True, slots=True)
class Having:
    """FastAPI dependency: a caller with one of the roles; raises `Forbidden`."""

    roles: tuple[str, ...]

    async def __call__(self, caller: Annotated[Caller, Depends(required)]) -> Caller:
        if caller.roles.isdisjoint(self.roles):
            raise Forbidden(f"this needs one of the roles {', '.join(self.roles)}")
        return caller


def having(*roles: str) -> Having:
    """A dependency that lets pass who has one of the roles."""
    return Having(roles)


CallerDep = Annotated[Caller, Depends(required)]
OptionalCallerDep = Annotated[Caller | None, Depends(optional)]
