"""Calls from service to service: few, idempotent, with the caller's token, trace and request id passed on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import structlog

from chassis import telemetry
from chassis.auth import REVOCATIONS_PATH, Revoked
from chassis.replicas import Replicas
from chassis.unavailable import PeerTimeout, PeerUnavailable


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body of a peer's answer; `body` is None when it is no JSON."""

    status: int
    body: Any


_UNREAD = 408  # `chassis.drain.LEAVING`


class _UnreadError(Exception):
    """The replica is about to end, and has not read the call."""


class Peer:
    """Another service. Calls are idempotent: one that a replica refuses or does not answer goes to another."""

    def __init__(self, http: aiohttp.ClientSession, replicas: Replicas) -> None:
        self._http, self._replicas = http, replicas

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        token: str | None = None,
        timeout_seconds: float = 3.0,
        max_replicas: int = 2,
    ) -> Answer:
        """Call; raises `PeerUnavailable` if no replica takes the connection, `PeerTimeout` if the outcome is unknown.

        At most `max_replicas` are waited for, each for its share of `timeout_seconds`: give 1 where a good answer may
        take long.
        """
        request = {"data": None if json is None else orjson.dumps(json), "headers": _headers(token)}
        await self._replicas.look_up()
        origins = self._replicas.in_turn()
        seconds = timeout_seconds / min(len(origins), max_replicas)
        unanswered: list[Exception] = []
        for origin in origins:
            try:
                with self._replicas.call_under_way(origin):
                    return await self._call(method, origin, path, request, seconds)
            except _UnreadError:
                continue
            except aiohttp.ClientConnectorError:
                self._replicas.note_refusal(origin)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                timed_out = isinstance(error, TimeoutError)
                (self._replicas.note_timeout if timed_out else self._replicas.note_refusal)(origin)
                unanswered.append(error)
                if len(unanswered) == max_replicas:
                    break
        if unanswered:
            raise PeerTimeout(f"{method} {path}: {unanswered!r}")
        raise PeerUnavailable(f"{method} {path}: no replica of {self._replicas.origins} can be reached")

    async def _call(self, method: str, origin: str, path: str, request: Mapping[str, Any], seconds: float) -> Answer:
        async with asyncio.timeout(seconds), self._http.request(method, origin + path, **request) as response:
            if response.headers.get("Connection") == "close":
                self._replicas.note_leaving(origin)
                if response.status == _UNREAD:
                    raise _UnreadError
            return Answer(response.status, _json(await response.read()))


def _headers(token: str | None) -> dict[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    headers = {
        "Content-Type": "application/json",
        "traceparent": telemetry.traceparent() or telemetry.new_traceparent(),
        "X-Request-Id": request_id,
        "Authorization": f"Bearer {token}" if token else None,
    }
    return {name: value for name, value in headers.items() if value is not None}


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


@asynccontextmanager
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """The process's one HTTP client: it keeps connections and no cookies."""
    connector = aiohttp.TCPConnector(limit=256, ttl_dns_cache=10)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield http


def revocation_reader(identity: Peer) -> Callable[[], Awaitable[Revoked]]:
    """How `Revocations` gets identity's list: the call raises `PeerUnavailable` or `PeerTimeout` where it cannot."""

    async def read() -> Revoked:
        answer = await identity.call("GET", REVOCATIONS_PATH)
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise PeerUnavailable(f"identity answered {answer.status}")
        return Revoked(answer.body["sessions"], answer.body["versions"])

    return read


def jwks_fetcher(identity: Peer) -> Callable[[], Awaitable[dict[str, Any]]]:
    """How `Tokens` gets identity's keys: the call raises `PeerUnavailable` or `PeerTimeout` where it cannot."""

    async def fetch() -> dict[str, Any]:
        answer = await identity.call("GET", "/.well-known/jwks.json")
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise PeerUnavailable(f"identity answered {answer.status}")
        return answer.body

    return fetch
