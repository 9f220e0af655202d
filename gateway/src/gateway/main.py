"""Composition root of the gateway."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TypedDict

from fastapi import FastAPI

from chassis.app import Api, Application, build
from chassis.calls import Peer, client
from chassis.health import Check, Down
from chassis.replicas import Replicas
from chassis.settings import load
from chassis.unavailable import PeerTimeout, PeerUnavailable
from gateway import api, connection, routes, well_known
from gateway.edge import Edge, Find
from gateway.proxy import Proxy
from gateway.settings import Settings

CHECK_SECONDS = 1.8  # for one service: two replicas at 0.8 s for their own checks; whoever asks us waits 2 s
API = Api("gateway", (api.router, well_known.router))
UNCRITICAL = frozenset({"notify"})  # guests are served while mails wait


class State(TypedDict):
    """What a request finds in `request.state`; `checks` are those of `/readyz`, by service."""

    proxy: Proxy
    checks: Mapping[str, Check]
    public_url: str
    security_contact: str


def create(find: Find = routes.find) -> Application:
    """The gateway; `find` looks a path up in the routing table.

    It runs on asyncio's own loop: uvloop takes one new connection per turn, so a burst of clients would wait.
    """
    settings = load(Settings)
    own = build(API, settings, lifespan=partial(lifespan, settings), check_seconds=CHECK_SECONDS + 0.1)
    edge = Edge(own, find, settings.origins, production=settings.node_env == "production")
    return Application(edge, loop="asyncio", http=connection.protocol(edge, settings.limits))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """The proxy, which forwards calls untouched, and an HTTP client that asks services whether they are ready."""
    replicas = {service: Replicas(urls) for service, urls in settings.upstreams.items()}
    async with client() as status_client:
        peers = {service: Peer(status_client, known) for service, known in replicas.items()}
        proxy = Proxy(replicas)
        yield {
            "proxy": proxy,
            "checks": {_check_name(service): partial(is_ready, peer) for service, peer in peers.items()},
            "public_url": settings.public_url.rstrip("/"),
            "security_contact": settings.security_contact,
        }
        proxy.close()


async def is_ready(peer: Peer) -> str | None:
    """None when a service is ready, or a note on what it does without; raises `Down` with what keeps it from
    serving."""
    try:
        answer = await peer.call("GET", "/readyz", timeout_seconds=CHECK_SECONDS)
    except PeerUnavailable:
        raise Down("cannot be reached") from None
    except PeerTimeout:
        raise Down("does not answer") from None
    checks = answer.body.get("checks", {}) if isinstance(answer.body, dict) else {}
    lost = ", ".join(name for name, outcome in checks.items() if not str(outcome).startswith("up"))
    if answer.status != 200:
        raise Down(lost or f"answered {answer.status}")
    return f"without {lost}" if lost else None


def _check_name(service: str) -> str:
    """A name that ends in `?` is that of a check that may fail (`chassis.app.build`)."""
    return f"{service}?" if service in UNCRITICAL else service
