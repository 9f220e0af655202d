"""Calls from service to service: few, idempotent, with the caller's token, trace and request id passed on."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import structlog

from chassis import telemetry
from chassis.away import PeerAway, PeerSilent


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body of a peer's answer; `body` is None when it is no JSON."""

    status: int
    body: Any


class Peer:
    """Another service, in one or more copies taken in turn; a copy that refuses the connection is passed over."""

    def __init__(self, http: aiohttp.ClientSession, urls: str) -> None:
        self._http = http
        self._urls = [url.strip().rstrip("/") for url in urls.split(",")]
        self._turn = itertools.cycle(range(len(self._urls)))

    async def call(
        self, method: str, path: str, *, json: Mapping[str, Any] | None = None, token: str | None = None,
        timeout_seconds: float = 3.0,
    ) -> Answer:  # fmt: skip
        """Call; raises `PeerAway` when no copy takes the connection, `PeerSilent` when the outcome is unknown."""
        first = next(self._turn)
        body = None if json is None else orjson.dumps(json)
        for offset in range(len(self._urls)):
            url = self._urls[(first + offset) % len(self._urls)] + path
            try:
                async with asyncio.timeout(timeout_seconds):
                    async with self._http.request(method, url, data=body, headers=_headers(token)) as response:
                        return Answer(response.status, _json(await response.read()))
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise PeerSilent(f"{method} {url}: {error!r}") from error
        raise PeerAway(f"{method} {path}: no copy of {self._urls} can be reached")


def _headers(token: str | None) -> dict[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    found = {"Content-Type": "application/json", "traceparent": telemetry.traceparent() or telemetry.new_traceparent(),
             "X-Request-Id": request_id, "Authorization": f"Bearer {token}" if token else None}  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


@asynccontextmanager
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """The process's one HTTP client: keeps connections, no cookies, no redirects of its own."""
    connector = aiohttp.TCPConnector(limit=256, ttl_dns_cache=10)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield http


def jwks_fetcher(identity: Peer) -> Any:
    """How `Tokens` gets identity's keys."""

    async def fetch() -> dict[str, Any]:
        answer = await identity.call("GET", "/.well-known/jwks.json")
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise PeerAway(f"identity answered {answer.status}")
        return answer.body

    return fetch
