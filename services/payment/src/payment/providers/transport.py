"""The razorpay SDK, made safe to call: in threads of its own, with deadlines, and with every answer looked at."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import razorpay
import requests
import requests.adapters
import urllib3.exceptions

_CONNECT_SECONDS = 2.0
_GRACE_SECONDS = 2.0
_ERRORS = (razorpay.errors.BadRequestError, razorpay.errors.GatewayError, razorpay.errors.ServerError)


class NotSent(Exception):
    """The provider could not be connected to: it never saw the request."""


class NoAnswer(Exception):
    """The request went out and no usable answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answered: always a JSON object."""

    status: int
    body: dict[str, Any]


class _Seen(threading.local):
    answer: Answer | None = None


class _Session(requests.Session):
    """Turns the network's errors into ours before the SDK sees them: it would print them on stdout."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        options["allow_redirects"] = False
        try:
            return super().send(request, **options)
        except requests.RequestException as error:
            raise (NotSent if _never_left(error) else NoAnswer)(type(error).__name__) from error


def _never_left(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


Call = Callable[[razorpay.Client, float], object]


class Transport:
    """Calls the SDK, at most `threads` at a time, each thread with a client of its own."""

    def __init__(self, key_id: str, key_secret: str, base_url: str | None, *, threads: int = 16) -> None:
        self._auth, self._base_url = (key_id, key_secret), base_url
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="razorpay")
        self._turns = asyncio.Semaphore(threads)
        self._clients = threading.local()
        self._seen = _Seen()

    async def ask(self, call: Call, timeout_seconds: float) -> Answer:
        """The provider's answer, of whatever status; raises `NotSent` or `NoAnswer`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_seconds + _CONNECT_SECONDS + _GRACE_SECONDS), self._turns:
                return await loop.run_in_executor(self._threads, self._ask, call, timeout_seconds)
        except TimeoutError:
            raise NoAnswer("no answer in time") from None

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, call: Call, timeout_seconds: float) -> Answer:
        self._seen.answer = None
        with suppress(*_ERRORS):  # the hook has seen more than these tell
            call(self._client(), timeout_seconds)
        return self._last()

    def _last(self) -> Answer:
        if self._seen.answer is None:
            raise NoAnswer("no answer was seen")
        return self._seen.answer

    def _client(self) -> razorpay.Client:
        client = getattr(self._clients, "client", None)
        if client is None:
            options = {"base_url": self._base_url.rstrip("/")} if self._base_url else {}
            client = razorpay.Client(session=self._session(), auth=self._auth, **options)
            self._clients.client = client
        return client

    def _session(self) -> requests.Session:
        session = _Session()
        session.trust_env = False
        session.hooks["response"].append(self._look)
        return session

    def _look(self, response: requests.Response, **_options: Any) -> None:
        """The SDK's errors carry a text alone, and it trips over a body that is no JSON object."""
        try:
            body = response.json()
        except requests.JSONDecodeError:
            raise NoAnswer(f"status {response.status_code} without JSON") from None
        if not isinstance(body, dict):
            raise NoAnswer(f"status {response.status_code} with JSON that is no object")
        self._seen.answer = Answer(response.status_code, body)


def timeouts(read_seconds: float) -> tuple[float, float]:
    """What each call of the SDK gets: it has no timeout of its own."""
    return (_CONNECT_SECONDS, read_seconds)
