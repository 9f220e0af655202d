"""Stripe's API by its SDK over one pool of connections, with deadlines; how each call ends. No POST is repeated."""

from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeVar

import aiohttp
import stripe

from payment.usecases.provider import No, Outcome, Unknown, Yes

_SECONDS = 6.0
_CONNECT_SECONDS = 2.0
_CONNECTIONS = 16
ERRORS = (stripe.StripeError, aiohttp.ClientError, TimeoutError, OSError)
"""What a call raises: the SDK's own errors, and those of a connection that breaks while an answer is read."""
_FINAL = frozenset({"charge_already_refunded"})
_GREATER = "is greater than unrefunded amount"

T = TypeVar("T")
Parse = Callable[[dict[str, Any]], T]


class StripeApi:
    """The SDK's client for one account. An async context manager: its connections last as long."""

    def __init__(self, api_key: str, base_url: str | None = None) -> None:
        timeout = aiohttp.ClientTimeout(total=_SECONDS + _CONNECT_SECONDS, sock_connect=_CONNECT_SECONDS)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": base_url.rstrip("/")} if base_url else None,
            max_network_retries=0,
            http_client=stripe.AIOHTTPClient(timeout=timeout, session=self._session),
        )

    @property
    def v1(self) -> Any:
        """The calls, as the SDK has them."""
        return self._client.v1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()


async def outcome_of(call: Awaitable[Any], parse: Parse[T]) -> Outcome[T]:
    """What a call's answer means; `parse` reads its entity or list."""
    try:
        answer = await call
    except ERRORS as error:
        return refusal(error)
    return read(answer, parse)


def read(answer: Any, parse: Parse[T]) -> Yes[T] | Unknown:
    """An answer of success. What is replayed is as it was then: of an intent a page asks for its secret anew."""
    try:
        body = answer.to_dict()
        if _says_replayed(answer.last_response.headers):
            body.pop("client_secret", None)
        return Yes(parse(body))
    except (ValueError, AttributeError) as error:  # the former of an entity that says something else
        return Unknown(f"an answer that is not understood: {type(error).__name__}")


def is_taken(error: Exception) -> bool:
    """Whether an earlier request has used the key: its stored answer comes again, or it asked for something else."""
    if isinstance(error, stripe.IdempotencyError):
        return True
    return isinstance(error, stripe.StripeError) and _says_replayed(error.headers)


def _says_replayed(headers: Any) -> bool:
    return any(name.lower() == "idempotent-replayed" and value == "true" for name, value in (headers or {}).items())


def refusal(error: Exception) -> No | Unknown:
    """What an error means, by its kind, status and code."""
    if not isinstance(error, stripe.StripeError):
        return Unknown(type(error).__name__)
    detail = f"{error.code}: {error.user_message}" if error.code else str(error.user_message)
    match error:
        case stripe.APIConnectionError():
            return _unreached(error)
        case stripe.RateLimitError():
            return No(detail, "throttled")
        case stripe.InvalidRequestError():
            not_found = error.http_status == 404 or error.code == "resource_missing"
            final = error.code in _FINAL or _GREATER in detail
            return No(detail, "not_found" if not_found else "refused", final=final, field=error.param)
        case stripe.CardError() | stripe.AuthenticationError() | stripe.PermissionError():
            return No(detail)
    return Unknown(detail)  # a server's error, a key in use by another request, an answer that is no JSON


def _unreached(error: stripe.APIConnectionError) -> No | Unknown:
    """Whether the request can have gone out."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return No(f"the provider cannot be reached: {type(cause).__name__}", "unreachable")
    return Unknown(type(cause or error).__name__)
