"""Razorpay's HTTP API: JSON over one pool of connections, with deadlines. No POST is repeated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import orjson

BASE_URL = "https://api.razorpay.com"
_CONNECT_SECONDS = 2.0
_CONNECTIONS = 16


class NotSent(Exception):
    """The provider could not be connected to: it never saw the request."""


class NoAnswer(Exception):
    """The request may have gone out, and no usable answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answered: always a JSON object."""

    status: int
    body: dict[str, Any]


class RazorpayClient:
    """Calls of one account. An async context manager: its connections last as long."""

    def __init__(self, key_id: str, key_secret: str, base_url: str | None = None) -> None:
        self._base_url = (base_url or BASE_URL).rstrip("/")
        self._http = aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth(key_id, key_secret)},
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        timeout_seconds: float,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The provider's answer, of whatever status, to `path` below `/v1`; raises `NotSent` or `NoAnswer`."""
        try:
            async with self._http.request(
                method,
                f"{self._base_url}/v1{path}",
                params=query,
                data=None if body is None else orjson.dumps(body),
                headers={"Content-Type": "application/json", **(headers or {})},
                timeout=aiohttp.ClientTimeout(total=timeout_seconds + _CONNECT_SECONDS, sock_connect=_CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                return Answer(response.status, _object(response.status, await response.read()))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoAnswer(type(error).__name__) from error


def _object(status: int, raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NoAnswer(f"status {status} without JSON") from None
    if not isinstance(body, dict):
        raise NoAnswer(f"status {status} with JSON that is no object")
    return body
