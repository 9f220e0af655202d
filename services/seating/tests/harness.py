"""A seating of a test's own on real servers, in this process: its app, its stores and its use cases at hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson
from fastapi import FastAPI
from redis.asyncio import Redis
from services.seating.tests.factories import SIGNER, a_token, payment_seconds_of
from starlette.types import ASGIApp
from tests.factories import a_snapshot

from chassis import redis as redis_client
from chassis.app import build
from chassis.auth import Tokens
from chassis.idempotency_store import MongoIdempotencyStore
from chassis.process import Process, process
from contracts.catalog import ShowtimeSnapshot
from contracts.sale import Sale
from seating.assembly import Seating, assemble
from seating.availability import SeatMapTemplates
from seating.domain import Showtime
from seating.main import API, State
from seating.settings import Settings
from seating.shards import shard_key, shard_of
from seating.usecases.ports import SeatHolds
from seating.usecases.use_cases import UseCases
from stack.waiting import until

NO_BROKER = "amqp://guest:guest@127.0.0.1:1/"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Harness:
    """One seating process, and everything of it that a test wants to touch."""

    app: ASGIApp
    settings: Settings
    process: Process
    redis: "Redis"
    seating: Seating
    state: State

    @property
    def use_cases(self) -> UseCases:
        return self.state["use_cases"]

    @property
    def seat_holds(self) -> SeatHolds:
        return self.seating.ports.seat_holds

    def swap(self, **ports: Any) -> None:
        """Have the use cases work on other ports from here on: `swap(ledgers=…)`."""
        self.state["use_cases"] = UseCases.of(replace(self.seating.ports, **ports))

    async def call(
        self,
        method: str,
        path: str,
        *,
        user: str | None = None,
        json: Any = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One HTTP call through the whole app, without a socket."""
        path, _, query = path.partition("?")
        body = raw if raw is not None else (b"" if json is None else orjson.dumps(json))
        authorization = {"authorization": f"Bearer {a_token(user)}"} if user else {}
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in {**authorization, **(headers or {})}.items()],
            "client": ("test", 1),
            "server": ("test", 80),
            "state": dict(self.state),
        }
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(dict(message))

        try:
            await self.app(scope, receive, send)
        except Exception:
            if not messages:
                raise
        start, *parts = messages
        answered = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], answered, b"".join(part.get("body", b"") for part in parts))

    async def showtime(self, snapshot: ShowtimeSnapshot | None = None, **wishes: Any) -> Showtime:
        """A showtime that seating has heard of."""
        snapshot = snapshot or a_snapshot(**wishes)
        await self.use_cases.scheduling.follow(snapshot)
        return await self.use_cases.showtimes.get(snapshot.showtime_id)

    async def hold(self, showtime: Showtime, user: str, *seats: str) -> Answer:
        """What a guest who wants these seats is answered."""
        return await self.call(
            "POST", "/api/seats/hold", user=user, json={"showtimeId": showtime.id, "seatIds": list(seats)}
        )

    async def held(self, showtime: Showtime, user: str, *seats: str) -> str:
        """The id of a hold of these seats."""
        answer = await self.hold(showtime, user, *seats)
        assert answer.status == 201, answer.body
        return str(answer.json["id"])

    async def checked_out(self, showtime: Showtime, user: str, *seats: str) -> Sale:
        """The sale that a hold of these seats, now in checkout, may become."""
        return await self.use_cases.checkouts.begin(user, await self.held(showtime, user, *seats))

    async def map(self, showtime: Showtime) -> str:
        """A letter for each seat, as anyone sees them."""
        answer = await self.call("GET", f"/api/seats/state?showtimeId={showtime.id}")
        assert answer.status == 200, answer.body
        return str(answer.json["state"])

    async def seat(self, showtime: Showtime, seat: str) -> str:
        """The letter of one seat."""
        return (await self.map(showtime))[showtime.index[seat]]

    async def ledger(self, showtime: Showtime) -> dict[str, Any]:
        """The ledger's document."""
        document = await self.process.database["ledgers"].find_one({"_id": showtime.id})
        assert document is not None
        return document

    async def verdict(self, sale: Sale) -> tuple[str, str | None] | None:
        """Outcome and reason of the verdict on the sale's booking."""
        ledger = await self.seating.ports.ledgers.read(sale.showtime_id)
        verdict = ledger.verdicts.get(sale.booking_id) if ledger else None
        return (verdict.outcome, verdict.reason) if verdict else None

    async def emitted(self, showtime: Showtime) -> list[dict[str, str]]:
        """What the scripts have emitted into the stream of the showtime's shard, oldest first."""
        entries: Any = await self.redis.xrange(shard_key(shard_of(showtime.id), "events"))
        return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]

    async def redis_now(self) -> int:
        """Redis' clock in milliseconds."""
        seconds, micros = await self.redis.time()
        return int(seconds) * 1000 + int(micros) // 1000

    async def redis_reaches(self, milliseconds: int) -> None:
        """Return once Redis' clock shows this."""

        async def reached() -> bool:
            return await self.redis_now() >= milliseconds

        await until(reached, every=0.005)


@asynccontextmanager
async def running(
    mongo_uri: str,
    database_prefix: str,
    redis_url: str,
    broker_url: str = NO_BROKER,
    *,
    hold_seconds: float = 600,
) -> AsyncIterator[Harness]:
    """A seating without consumers and loops. Without a broker too, by default: what would be published stays in the
    ledger's outbox and in the streams."""
    environment: dict[str, Any] = {"mongo_uri": mongo_uri, "redis_url": redis_url, "rabbitmq_url": broker_url}
    settings = Settings(**environment, database_prefix=database_prefix)
    brief = settings.model_copy(
        update={"hold_seconds": hold_seconds, "payment_seconds": payment_seconds_of(hold_seconds)}
    )
    async with process(settings, "seating") as resources, redis_client.connect(redis_url, answer_seconds=60) as redis:
        seating = assemble(brief, resources, redis)
        await seating.entries.ensure_indexes()
        app = build(API, settings, lifespan=_no_lifespan)
        state = State(
            checks={},
            tokens=Tokens(SIGNER.jwks),
            idempotency=MongoIdempotencyStore(resources.database["idempotency"]),
            use_cases=seating.use_cases,
            templates=SeatMapTemplates(),
            waitlist=seating.waitlist,
        )
        yield Harness(app, brief, resources, redis, seating, state)


@asynccontextmanager
async def _no_lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield
