"""A seating of a test's own on real servers, in this process: its app, stores and use cases at hand."""

import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.types import ASGIApp

from chassis import mongo
from chassis import redis as redis_client
from chassis.app import build
from chassis.auth import Tokens
from chassis.broker import Publisher, publishing
from chassis.idempotency_store import IdempotencyStore
from chassis.loops import Background
from chassis.mongo import Database
from chassis.outbox import Outbox
from contracts.booking import BookingCancelled
from contracts.catalog import (
    MovieDetails,
    ScreenDetails,
    ShowtimeSnapshot,
    TheaterDetails,
)
from contracts.event import Event
from contracts.ids import (
    HoldId,
    MovieId,
    ScreenId,
    ShowtimeId,
    TheaterId,
    UserId,
    booking_of,
    new_hold_id,
    new_id,
    payment_of,
)
from contracts.layout import Layout
from contracts.payment import PaymentSucceeded
from contracts.prices import PriceTable, Quote
from contracts.sale import Sale
from seating import pricing
from seating.availability import Plates
from seating.domain import Showtime
from seating.holds import RedisSeatHolds
from seating.main import API, State
from seating.settings import Settings
from seating.store import MongoCheckedOutHolds, MongoLedgers, MongoSnapshots
from seating.usecases import showtimes
from seating.usecases.holding import Holding
from seating.usecases.maps import SeatMaps
from seating.usecases.ports import Claim
from seating.usecases.sales import Sales
from stack.keys import Signer
from stack.waiting import until

SIGNER = Signer()


def a_token(user_id: str) -> str:
    return SIGNER.token(user_id, "user")


def a_user() -> UserId:
    return UserId(new_id("usr"))


def a_snapshot(
    *,
    rows: int = 5,
    cols: int = 8,
    layout: dict[str, Any] | None = None,
    prices: dict[str, Any] | None = None,
    starts_in: timedelta = timedelta(days=2),
    forbids_single_seats: bool = False,
    **changes: Any,
) -> ShowtimeSnapshot:
    start = changes.pop("start_at", datetime.now(UTC).replace(microsecond=0) + starts_in)
    facts: dict[str, Any] = {
        "showtime_id": ShowtimeId(new_id("sho")),
        "revision": 1,
        "status": "scheduled",
        "language": "en",
        "format": "2D",
    }
    return ShowtimeSnapshot(
        **{
            **facts,
            "start_at": start,
            "end_at": start + timedelta(hours=2),
            "movie": MovieDetails(movie_id=MovieId("mov_1"), title="A Film", runtime_minutes=100),
            "theater": TheaterDetails(
                theater_id=TheaterId("thr_1"),
                name="Regal",
                address="1 Road",
                city="Pune",
                timezone="Asia/Kolkata",
                forbids_single_seats=forbids_single_seats,
            ),
            "screen": ScreenDetails(screen_id=ScreenId("scr_1"), name="Screen 1"),
            "layout": Layout(**(layout or {"rows": rows, "cols": cols})),
            "prices": PriceTable(**(prices or {"base_price": 10_000, "currency": "INR"})),
            **changes,
        }
    )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class House:
    """Everything of one seating process that a test wants to touch."""

    app: ASGIApp
    state: State
    redis: "Redis"
    database: Database
    publisher: Publisher
    outbox: Outbox
    background: Background
    holds: RedisSeatHolds
    maps: SeatMaps
    holding: Holding
    sales: Sales
    said: list[Event] = field(default_factory=list)

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
        sent = {"authorization": f"Bearer {a_token(user)}"} if user else {}
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
            "headers": [(k.lower().encode(), v.encode()) for k, v in {**sent, **(headers or {})}.items()],
            "client": ("test", 1),
            "server": ("test", 80),
            "state": dict(self.state),
        }
        got: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            got.append(dict(message))

        try:
            await self.app(scope, receive, send)
        except Exception:
            if not got:
                raise
        found = {name.decode(): value.decode() for name, value in got[0]["headers"]}
        return Answer(got[0]["status"], found, b"".join(message.get("body", b"") for message in got[1:]))

    async def showtime(self, snapshot: ShowtimeSnapshot | None = None, **wishes: Any) -> Showtime:
        """A showtime that seating has heard of."""
        snapshot = snapshot or a_snapshot(**wishes)
        await showtimes.follow(self.maps, snapshot)
        return await self.maps.showtime(snapshot.showtime_id)

    async def hold(self, showtime: Showtime, user: str, *seats: str) -> Answer:
        return await self.call(
            "POST", "/api/seats/hold", user=user, json={"showtimeId": showtime.id, "seatIds": list(seats)}
        )

    async def held(self, showtime: Showtime, user: str, *seats: str) -> str:
        answer = await self.hold(showtime, user, *seats)
        assert answer.status == 201, answer.body
        return str(answer.json["id"])

    async def checked_out(self, showtime: Showtime, user: str, *seats: str) -> Sale:
        return await self.holding.checkout(user, await self.held(showtime, user, *seats))

    async def map(self, showtime: Showtime) -> str:
        answer = await self.call("GET", f"/api/seats/state?showtimeId={showtime.id}")
        assert answer.status == 200, answer.body
        return str(answer.json["state"])

    async def seat(self, showtime: Showtime, seat: str) -> str:
        return (await self.map(showtime))[showtime.index[seat]]

    async def ledger(self, showtime: Showtime) -> dict[str, Any]:
        found = await self.database["ledgers"].find_one({"_id": showtime.id})
        assert found is not None
        return found

    async def verdict(self, sale: Sale) -> tuple[str, str | None] | None:
        found = await self.database["ledgers"].find_one({"_id": sale.showtime_id})
        verdict = found["verdicts"].get(sale.booking_id) if found else None
        return (verdict["verdict"], verdict["reason"]) if verdict else None

    async def redis_now(self) -> int:
        seconds, micros = await self.redis.time()
        return int(seconds) * 1000 + int(micros) // 1000

    async def redis_reaches(self, milliseconds: int) -> None:
        await until(lambda: self._past(milliseconds), every=0.005)

    async def _past(self, milliseconds: int) -> bool:
        return await self.redis_now() >= milliseconds


def a_cancellation(sale: Sale, *, was_confirmed: bool = True) -> BookingCancelled:
    return BookingCancelled(
        booking_id=sale.booking_id,
        version=3,
        user_id=sale.user_id,
        showtime_id=sale.showtime_id,
        reference="ABC",
        reason="by_guest",
        seat_ids=sale.seat_ids,
        seat_labels=tuple(line.label for line in sale.quote.lines),
        refund=0,
        currency="INR",
        was_confirmed=was_confirmed,
    )


def a_sale(snapshot: ShowtimeSnapshot, user: str, *seats: str, hold_id: str | None = None) -> Sale:
    """A sale of a hold, or of one that nobody here remembers."""
    showtime = Showtime.of(snapshot)
    prices = pricing.prices(snapshot, datetime.now(UTC), 0)
    quote = pricing.quote(snapshot.prices, [showtime.seats[showtime.index[seat]] for seat in seats], prices)
    of = HoldId(hold_id) if hold_id else new_hold_id(snapshot.showtime_id)
    return Sale(
        booking_id=booking_of(of),
        hold_id=of,
        payment_id=payment_of(of),
        user_id=UserId(user),
        showtime_id=snapshot.showtime_id,
        seat_ids=seats,
        quote=Quote.model_validate(quote),
        hold_expires_at=datetime.now(UTC),
        showtime_revision=snapshot.revision,
        start_at=snapshot.start_at,
    )


def a_claim(at: datetime, *, granted: bool = True) -> Claim:
    """One that is never over."""
    return Claim(granted, at, ends=math.inf)


def a_payment(sale: Sale) -> PaymentSucceeded:
    return PaymentSucceeded(
        payment_id=sale.payment_id,
        sale=sale,
        provider="razorpay",
        order_id="order_1",
        capture_id="cap_1",
        amount=sale.quote.total,
        currency=sale.quote.currency,
        captured_at=datetime.now(UTC),
    )


async def nothing() -> None:
    return None


@asynccontextmanager
async def seating_house(
    mongo_uri: str,
    database_name: str,
    redis_url: str,
    broker_url: str,
    *,
    hold_seconds: float = 600,
    payment_seconds: float = 300,
) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(mongo.connect(mongo_uri, database_name))
        client = await stack.enter_async_context(redis_client.connect(redis_url, answer_seconds=60))
        publisher = await stack.enter_async_context(publishing(broker_url, "seating"))
        background = Background()
        stack.push_async_callback(background.finish)
        outbox = Outbox(database["ledgers"], publisher, background)
        holds = RedisSeatHolds(client, hold_seconds=hold_seconds, payment_seconds=payment_seconds)
        maps = SeatMaps(
            holds, MongoLedgers(outbox), MongoSnapshots(database["showtimes"]), MongoCheckedOutHolds(database["holds"])
        )
        holding = Holding(maps)
        state = State(
            checks={"redis": nothing},
            tokens=Tokens(SIGNER.jwks),
            idempotency=IdempotencyStore(database["idempotency"]),
            maps=maps,
            holding=holding,
            plates=Plates(),
        )
        settings = Settings(mongo_uri=mongo_uri, redis_url=redis_url, rabbitmq_url=broker_url)  # type: ignore[arg-type]  # coerced
        app = build(API, settings, lifespan=_no_lifespan)
        yield House(app, state, client, database, publisher, outbox, background, holds, maps, holding, Sales(maps))


@asynccontextmanager
async def _no_lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield
