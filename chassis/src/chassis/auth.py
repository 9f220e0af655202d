"""Access tokens: EdDSA JWTs verified with identity's JWKS. Every service verifies for itself."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Protocol

import jwt
from cachetools import TLRUCache
from fastapi import Depends, Request

from chassis.problems import Forbidden, InvalidToken, NotAuthenticated, TokenExpired, Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable

ISSUER = "marquee"
ALGORITHM = "EdDSA"
REVOCATIONS_PATH = "/internal/revocations"
_ADMIN = "admin"
_CACHED_TOKENS = 10_000
_REFETCH_SECONDS = 5.0
_FIRST_KEYS_SECONDS = 0.2  # while there are none at all


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the token says; `token` is passed on to other services.

    `roles` count everywhere. `grants` are roles that count in one scope: scope → roles. What a scope is, services
    decide; its name is opaque here. Nobody is an admin of one scope. `grants_version` rises when rights are taken away.
    A `guest` has no account; `guests` are the ids of guests that were linked to the caller's account.
    """

    user_id: str
    roles: frozenset[str]
    grants: Mapping[str, frozenset[str]]
    token: str
    expires_at: float
    session_id: str = ""
    grants_version: int = 0
    guest: bool = False
    guests: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of users whose things are the caller's: their own, and linked guests'."""
        return self.user_id, *self.guests

    def owns(self, user_id: str | None) -> bool:
        """Whether what belongs to this user is the caller's: their own, or a linked guest's."""
        return user_id == self.user_id or user_id in self.guests

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


@dataclass(frozen=True, slots=True)
class Revoked:
    """The list of the last 20 minutes: ids of sessions that ended; and by user the version that their tokens need."""

    sessions: Iterable[str]
    versions: Mapping[str, int]


class Revoking(Protocol):
    """Which tokens are void before they expire (`chassis.revocations`)."""

    def refuses(self, caller: Caller) -> bool:
        """Whether the caller's token is void."""

    async def require_current(self) -> None:
        """Raise `Unavailable` where that is not known."""


class Tokens:
    """Verifies access tokens; keys are fetched when first needed and when a token names one that is not known.
    The `remembered` tokens used last are not verified twice."""

    def __init__(
        self,
        fetch_jwks: Callable[[], Awaitable[dict[str, Any]]],
        revocations: Revoking | None = None,
        remembered: int = _CACHED_TOKENS,
    ) -> None:
        self._fetch = fetch_jwks
        self._revocations = revocations
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
        self._require_valid(caller)
        return caller

    async def require_current(self, caller: Caller) -> None:
        """Raise `Unavailable` where it is not known whether the caller's token is void, and `InvalidToken` where it
        is: nobody acts by a role that may have been taken away."""
        if self._revocations is not None:
            await self._revocations.require_current()
            self._require_valid(caller)

    def _require_valid(self, caller: Caller) -> None:
        if self._revocations is not None and self._revocations.refuses(caller):
            raise InvalidToken("the session of this token has ended, or its rights have changed")

    async def _check(self, token: str) -> Caller:
        try:
            key = await self._key(_key_id(token.partition(".")[0]))
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
            session_id=str(claims.get("sid", "")),
            grants_version=int(claims.get("gv", 0)),
            guest=claims.get("guest") is True,
            guests=tuple(map(str, claims.get("guests", ()))),
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


@lru_cache(maxsize=64)
def _key_id(head: str) -> str:
    """The key that the head of a token names, which is the same in all tokens of a key; raises `InvalidTokenError`.
    Nothing is verified by it."""
    return str(jwt.get_unverified_header(f"{head}..").get("kid", ""))


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

    async def __call__(self, request: Request, caller: Annotated[Caller, Depends(required)]) -> Caller:
        if not caller.has_somewhere(*self.roles):
            raise Forbidden(f"this needs one of the roles {', '.join(self.roles)}")
        tokens: Tokens = request.state.tokens
        await tokens.require_current(caller)
        return caller


def having(*roles: str) -> Having:
    """A dependency that lets pass who has one of the roles."""
    return Having(roles)


CallerDep = Annotated[Caller, Depends(required)]
OptionalCallerDep = Annotated[Caller | None, Depends(optional)]
