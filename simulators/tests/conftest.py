"""Simulators as real processes, the real SDK in front of them, and a receiver for their webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import razorpay
import requests
import stripe

from simulators import process

SECONDS = 60  # for whatever should take a moment: a busy machine changes no outcome


class Sim:
    """The control plane of a running simulator."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = requests.post(f"{self.url}/_sim/{path}", json=body, timeout=SECONDS)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/_sim/{path}", timeout=SECONDS).json()

    def fault(self, **fault: object) -> None:
        self.post("faults", fault)

    def clear_faults(self) -> None:
        requests.delete(f"{self.url}/_sim/faults", timeout=SECONDS)

    def is_still(self) -> bool:
        """No webhook is on its way: what is pending was tried before, or is not due yet."""
        now = self.post("clock/advance", {"seconds": 0})["now"]
        pending = [one for one in self.get("deliveries") if one["state"] == "pending"]
        return all(one["attempts"] or one["nextAt"] > now for one in pending)

    def pay(self, order_id: str, outcome: str = "captured", **more: object) -> dict[str, str]:
        return dict(self.post(f"orders/{order_id}/pay", {"outcome": outcome, **more}))


class StripeSim(Sim):
    """Stripe's, whose payers act on intents."""

    def intent(self, intent_id: str, act: str = "pay", *, answered: int = 200, **more: object) -> dict[str, Any]:
        return dict(self.post(f"payment_intents/{intent_id}/{act}", more, answered))


@dataclass
class Inbox:
    """What a webhook endpoint received; `answers` are used up one by one, then it says 200."""

    url: str = ""
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def events(self) -> list[str]:
        return [headers["x-razorpay-event-id"] for headers, _ in self.received]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    inbox: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.inbox.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.inbox.answers.pop(0) if self.inbox.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the parent's name for it
        pass


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    return _eventually


@pytest.fixture(scope="session")
def receiver() -> Iterator[Inbox]:
    inbox = Inbox()
    handler = type("Handler", (_Handler,), {"inbox": inbox})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    inbox.url = f"http://127.0.0.1:{server.server_address[1]}/api/payments/webhook"
    yield inbox
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def razorpay_process(tmp_path_factory: pytest.TempPathFactory, receiver: Inbox) -> Iterator[process.Simulator]:
    simulator = process.razorpay(tmp_path_factory.mktemp("razorpay"), receiver.url)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def inbox(receiver: Inbox) -> Inbox:
    receiver.received.clear()
    receiver.answers.clear()
    return receiver


@pytest.fixture
def sim(razorpay_process: process.Simulator, inbox: Inbox) -> Sim:
    """An empty Razorpay."""
    control = Sim(razorpay_process.url)
    _eventually(control.is_still)
    control.post("reset")
    inbox.received.clear()
    return control


class _Seen:
    """Status and body of the last answer: the SDK's exceptions carry the text alone."""

    status: int = 0
    body: Any = None

    def __call__(self, answer: requests.Response, *_: object, **__: object) -> None:
        self.status = answer.status_code
        self.body = answer.json() if answer.content[:1] in (b"{", b"[") else answer.text


def _client(url: str, secret: str = process.KEY_SECRET) -> Any:
    session = requests.Session()
    session.trust_env = False
    client = razorpay.Client(session=session, auth=(process.KEY_ID, secret), base_url=url)
    client.seen = _Seen()
    session.hooks["response"].append(client.seen)
    return client


@pytest.fixture
def sdk(sim: Sim) -> Iterator[Any]:
    """The real SDK; `sdk.seen` is the last answer's status and body."""
    client = _client(sim.url)
    yield client
    client.session.close()


@pytest.fixture
def sdk_at() -> Iterator[Callable[..., Any]]:
    made: list[Any] = []

    def make(url: str, secret: str = process.KEY_SECRET) -> Any:
        made.append(_client(url, secret))
        return made[-1]

    yield make
    for client in made:
        client.session.close()


@pytest.fixture(scope="session")
def stripe_process(tmp_path_factory: pytest.TempPathFactory, receiver: Inbox) -> Iterator[process.Simulator]:
    simulator = process.stripe(tmp_path_factory.mktemp("stripe"), receiver.url)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def stripe_sim(stripe_process: process.Simulator, inbox: Inbox) -> StripeSim:
    """An empty Stripe."""
    control = StripeSim(stripe_process.url)
    _eventually(control.is_still)
    control.post("reset")
    inbox.received.clear()
    return control


@pytest.fixture
async def stripe_at() -> AsyncIterator[Callable[..., stripe.StripeClient]]:
    """The real SDK, at an address and with a key."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SECONDS)) as session:

        def make(url: str, key: str = process.STRIPE_SECRET_KEY) -> stripe.StripeClient:
            http = stripe.AIOHTTPClient(session=session)
            return stripe.StripeClient(key, base_addresses={"api": url}, http_client=http, max_network_retries=0)

        yield make


@pytest.fixture
def stripe_sdk(stripe_sim: StripeSim, stripe_at: Callable[..., stripe.StripeClient]) -> Any:
    return stripe_at(stripe_sim.url).v1


@pytest.fixture
def own_stripe(tmp_path: Path, inbox: Inbox) -> Iterator[process.Simulator]:
    """One that a test may kill."""
    simulator = process.stripe(tmp_path / "stripe", inbox.url)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def own_razorpay(tmp_path: Path, inbox: Inbox) -> Iterator[process.Simulator]:
    """One that a test may kill."""
    simulator = process.razorpay(tmp_path / "razorpay", inbox.url)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def control_of() -> Callable[[str], Sim]:
    return Sim
