"""Composition root of the gateway."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

import aiohttp
from fastapi import FastAPI

from chassis import redis as redis_client
from chassis.app import Api, Application, build
from chassis.auth import Tokens
from chassis.broker import publishing
from chassis.calls import Peer, client, jwks_fetcher, revocation_reader
from chassis.health import Check, Down
from chassis.idempotency import Idempotent
from chassis.idempotency_keys import IdempotencyStore
from chassis.loops import forever, running
from chassis.replicas import LOOKUP_EVERY_SECONDS, Replicas
from chassis.revocations import Revocations
from chassis.settings import load
from chassis.transient import TransientQueue, transient_queue
from chassis.unavailable import PeerTimeout, PeerUnavailable
from contracts.seating import MapChanged
from gateway import api, connection, dev_api, live_api, routes, waiting_api, well_known
from gateway.dev.local_stack import LocalStack
from gateway.edge import Edge, Find
from gateway.idempotency import RedisIdempotencyStore
from gateway.live.hub import Hub, reader
from gateway.live.sockets import Sockets
from gateway.pages import Publisher, publisher
from gateway.proxy import Proxy
from gateway.rate_limits import RateLimits
from gateway.settings import Settings
from gateway.waiting.admin import Admin
from gateway.waiting.gate import Gate
from gateway.waiting.records import Records
from gateway.waiting.rooms import Rooms
from gateway.waiting.showtimes import Showtimes
from gateway.waiting.visitors import Visitors
from gateway.waiting_api import WaitingRooms

REDIS_SECONDS = 0.5  # a call waits no longer to be counted
CHECK_SECONDS = 1.8  # for one service: two replicas at 0.8 s for their own checks; whoever asks us waits 2 s
API = Api(
    "gateway",
    (
        live_api.router,
        live_api.unlisted,
        waiting_api.router,
        waiting_api.unlisted,
        waiting_api.admin,
        api.router,
        well_known.router,
        dev_api.router,
    ),
    idempotency=Idempotent,
    keyless=waiting_api.keyless,
    fast_path=waiting_api.fast_path,
)
UNCRITICAL = frozenset({"notify"})  # guests are served while mails wait


class State(TypedDict):
    """What a request finds in `request.state`; `checks` are those of `/readyz`, by service."""

    proxy: Proxy
    live: Hub
    sockets: Sockets
    rate_limits: RateLimits | None
    tokens: Tokens
    idempotency: IdempotencyStore
    gate: Gate
    waiting_rooms: WaitingRooms
    checks: Mapping[str, Check]
    public_url: str
    security_contact: str
    publisher: Publisher
    local_stack: LocalStack | None
    rabbitmq_url: str


def create(find: Find = routes.find) -> Application:
    """The gateway; `find` looks a path up in the routing table.

    It runs on asyncio's own loop: uvloop takes one new connection per turn, so a burst of clients would wait.
    """
    settings = load(Settings)
    own = build(API, settings, lifespan=partial(lifespan, settings), check_seconds=CHECK_SECONDS + 0.1)
    edge = Edge(own, find, settings.origins, settings.proxies, production=settings.node_env == "production")
    http = connection.protocol(edge, settings.limits, own.drain)
    return Application(edge, loop="asyncio", http=http, drain=own.drain)


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """The proxy, which forwards calls untouched, and an HTTP client that asks services whether they are ready."""
    replicas = {service: Replicas(urls) for service, urls in settings.upstreams.items()}
    url = settings.redis_url.get_secret_value()
    async with (
        client() as http,
        redis_client.connect(url, answer_seconds=REDIS_SECONDS) as redis,
        AsyncExitStack() as stack,
    ):
        peers = {service: Peer(http, known) for service, known in replicas.items()}
        live = Hub(reader(peers["seating"]))
        sockets, heard = Sockets(live), {MapChanged: live.on_map_changed}
        rabbitmq_url = settings.rabbitmq_url.get_secret_value()
        queue = await stack.enter_async_context(
            transient_queue(rabbitmq_url, "gateway", heard, live.catch_up, live.on_lost)
        )
        revocations = Revocations(rabbitmq_url, "gateway", revocation_reader(peers["identity"]))
        tokens, rooms = Tokens(jwks_fetcher(peers["identity"]), revocations), Rooms(redis)
        gate = Gate(rooms, tokens, settings.queue_latency_seconds)
        records = Records(rooms, await stack.enter_async_context(publishing(rabbitmq_url, "gateway")))
        loops = (
            forever("rooms", live.step, pause=1),
            forever("pings", sockets.step, pause=1),
            forever("records", records.step, pause=5),
        )
        # Without a queue admin calls alone read the list; elsewhere services refuse void tokens.
        await stack.enter_async_context(running(*loops, revocations.listen()))
        proxy = Proxy(replicas)
        if proxy.has_names:
            await stack.enter_async_context(running(forever("replicas", proxy.look_up, pause=LOOKUP_EVERY_SECONDS)))
        checks: dict[str, Check] = {_check_name(name): partial(is_ready, peer) for name, peer in peers.items()}
        yield {
            "proxy": proxy,
            "live": live,
            "sockets": sockets,
            "tokens": tokens,
            "idempotency": RedisIdempotencyStore(redis),
            "gate": gate,
            "waiting_rooms": waiting_rooms(settings, rooms, gate, peers["catalog"], records),
            "rate_limits": RateLimits(redis, tokens, settings.rates) if settings.rate_limits == "on" else None,
            "checks": checks | {"redis?": partial(redis_client.ping, redis), "broker?": partial(hears, queue)},
            "public_url": settings.public_url.rstrip("/"),
            "security_contact": settings.security_contact,
            "local_stack": local_stack(settings, http),
            "rabbitmq_url": rabbitmq_url,
            "publisher": publisher(settings.web_dir, settings.checkouts, watches=settings.node_env == "development"),
        }
        proxy.close()


def local_stack(settings: Settings, http: aiohttp.ClientSession) -> LocalStack | None:
    """What the page for developers shows; None where it is off."""
    if settings.dev_page == "off" or settings.stack_file is None:
        return None
    return LocalStack(settings.stack_file, http)


def waiting_rooms(settings: Settings, rooms: Rooms, gate: Gate, catalog: Peer, records: Records) -> WaitingRooms:
    """What answers for waiting rooms."""
    showtimes = Showtimes(catalog)
    visitors = Visitors(rooms, gate, showtimes, settings.queue_pass_seconds)
    return WaitingRooms(visitors, gate, Admin(rooms, showtimes, records, waiting_api.shown))


async def hears(queue: TransientQueue) -> None:
    """Raise `Down` while nothing is heard of what other services say to every copy."""
    if not queue.is_current:
        raise Down("cannot be reached")


async def is_ready(peer: Peer) -> str | None:
    """None when a service is ready, or a note on what it does without; raises `Down` with what keeps it from
    serving."""
    try:
        answer = await peer.call("GET", "/readyz", timeout_seconds=CHECK_SECONDS)
        if (
            isinstance(answer.body, dict) and answer.body.get("status") == "draining"
        ):  # and from now on others are first
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
