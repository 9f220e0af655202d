"""One attempt: a signed POST to the partner, and what came of it. Its answer's body is never read."""

import asyncio
import re
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from notify.webhooks import signing
from notify.webhooks.addresses import REFUSED, Addresses
from notify.webhooks.domain import Attempt, Webhook, WebhookDelivery

_SECONDS = re.compile(r"\d{1,6}")
_FIXED = {"Content-Type": "application/json", "User-Agent": "Marquee-Webhooks/1", "Accept-Encoding": "identity"}


class PartnerClient:
    """Sends deliveries, each over a connection of its own; `seconds` is how long an answer is awaited."""

    def __init__(self, addresses: Addresses, seconds: float) -> None:
        self._addresses, self._timeout = addresses, aiohttp.ClientTimeout(total=seconds)
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for scheme in ("http", "https"):
            session = aiohttp.ClientSession(
                connector=self._addresses.connector(is_encrypted=scheme == "https"),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
            self._sessions[scheme] = await self._open.enter_async_context(session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def send(self, webhook: Webhook, delivery: WebhookDelivery) -> Attempt:
        """Send a delivery once; whatever goes wrong is the attempt's error."""
        at, began = datetime.now(UTC), time.monotonic()
        status, error, pause = await self._posted(webhook, delivery, at)
        return Attempt(at, round((time.monotonic() - began) * 1000), status, error, pause)

    async def _posted(
        self, webhook: Webhook, delivery: WebhookDelivery, at: datetime
    ) -> tuple[int | None, str | None, timedelta | None]:
        url = URL(webhook.url)
        if self._addresses.objection_to_name(url):
            return None, REFUSED, None
        headers = {**_FIXED, **signing.headers(webhook.secret, delivery.message_id, at, delivery.body)}
        try:
            async with self._sessions[url.scheme].post(
                url, data=delivery.body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                return answer.status, None, _retry_after(answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return None, _what_went_wrong(error), None


def _retry_after(text: str) -> timedelta | None:
    """Of the two forms that the header has, seconds; a date is as if nothing were said."""
    return timedelta(seconds=int(text)) if _SECONDS.fullmatch(text.strip()) else None


def _what_went_wrong(error: BaseException) -> str:
    """In words that tell nothing of our network."""
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "TLS failed"
    if REFUSED in str(error):
        return REFUSED
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "name not resolved"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "cannot connect"
    return "connection lost or no HTTP"
