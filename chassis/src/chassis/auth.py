"""Access tokens: EdDSA JWTs verified with identity's JWKS. Every service verifies for itself."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from cachetools import TLRUCache
from fastapi import Depends, Request

from chassis.problems import Forbidden, InvalidToken, NotAuthenticated, TokenExpired, Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable

ISSUER = "marquee"
ALGORITHM = "EdDSA"
_ADMIN = "admin"
_CACHED_TOKENS = 10_000
_REFETCH_SECONDS = 5.0
_FIRST_KEYS_SECONDS = 0.2  # while there are none at all


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the token says; `token` is passed on to other services.

    `roles` count everywhere. `grants` are roles that count in one scope: scope → roles. What a scope is, services
    decide; its name is opaque here. Nobody is an admin of one scope.
    """

    user_id: str
    roles: frozenset[str]
    grants: Mapping[str, frozenset[str]]
    token: str
    expires_at: float

    def has(self, scope: str, *roles: str) -> bool:
        """Whether the caller was granted one of the roles in this scope; admins pass in every scope."""
        return _ADMIN in self.roles or not self.grants.get(scope, frozenset()).isdisjoint(roles)

    def has_somewhere(self, *roles: str) -> bool:
        """Whether the caller has one of the roles, everywhere or in any scope."""
        return not self.roles.isdisjoint(roles) or any(not held.isdisjoint(roles) for held in self.grants.values())

    def scopes(self, *roles: str) -> frozenset[str] | None:
        """The scopes in which the caller was granted one of the roles; None for admins: every scope."""
        if _ADMIN in self.roles:
            return None
        return frozenset(scope for scope, held in self.grants.items() if not held.isdisjoint(roles))


class Tokens:
    """Verifies access tokens; keys are fetched when first needed and when a token names one that is not known.
    The `remembered` tokens used last are not verified twice."""

    def __init__(self, fetch_jwks: Callable[[], Awaitable[dict[str, Any]]], remembered: int = _CACHED_TOKENS) -> None:
        self._fetch = fetch_jwks
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = -_REFETCH_SECONDS
        self._fetching = asyncio.Lock()
        self._verified: TLRUCache[bytes, Caller] = TLRUCache(remembered, ttu=_expiry, timer=time.time)

    async def verify(self, token: str) -> Caller:
        """The caller; raises `TokenExpired`, `InvalidToken`, or `Unavailable` when no key can be had."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        caller = self._verified.get(digest)
        if caller is None:
            caller = self._verified[digest] = await self._check(token)
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
            grants={scope: frozenset(held) - {_ADMIN} for scope, held in claims.get("grants", {}).items()},
            token=token,
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
            if key_id not in self._keys and time.monotonic() - self._fetched_at > pause:
                await self._refetch()

    async def _refetch(self) -> None:
        try:
            key_set = jwt.PyJWKSet.from_dict(await self._fetch())
        except (PeerUnavailable, PeerTimeout, jwt.PyJWKSetError):
            return
        finally:
            self._fetched_at = time.monotonic()
        self._keys = {str(key.key_id): key for key in key_set.keys}


def _expiry(_digest: bytes, caller: Caller, _now: float) -> float:
    """When a cached caller is forgotten: as soon as the token has expired."""
    return caller.expires_at


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
    """FastAPI dependency: a caller with one of the roles, everywhere or in some scope; raises `Forbidden`.

    Where a call is about one scope, the endpoint asks `Caller.has` besides.
    """

    roles: tuple[str, ...]

    async def __call__(self, caller: Annotated[Caller, Depends(required)]) -> Caller:
        if not caller.has_somewhere(*self.roles):
            raise Forbidden(f"this needs one of the roles {', '.join(self.roles)}")
        return caller


def having(*roles: str) -> Having:
    """A dependency that lets pass who has one of the roles."""
    return Having(roles)


CallerDep = Annotated[Caller, Depends(required)]
OptionalCallerDep = Annotated[Caller | None, Depends(optional)]
