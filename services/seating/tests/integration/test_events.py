"""A whole process with a real broker: what it hears and says."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from services.seating.tests.house import SIGNER, a_cancellation, a_payment, a_sale, a_snapshot, a_token, a_user

from chassis.broker import Publisher, publishing
from chassis.envelope import seal
from chassis.mongo import Collection
from contracts.catalog import ShowtimeCancelled, ShowtimeScheduled
from contracts.event import Event
from contracts.sale import Sale
from seating import main
from stack.testing import listening, serving
from stack.waiting import until

Heard = dict[str, Any]


class Process:
    """A running seating, and what is said on the bus beside it."""

    def __init__(
        self, http: aiohttp.ClientSession, publisher: Publisher, ledgers: Collection, heard: list[Heard]
    ) -> None:
        self.http, self.publisher, self.ledgers, self.heard = http, publisher, ledgers, heard

    async def say(self, *events: Event) -> None:
        for event in events:
            await self.publisher.publish(seal(event))

    async def has_decided(self, sale: Sale) -> None:
        async def decided() -> bool:
            verdict = {"_id": sale.showtime_id, f"verdicts.{sale.booking_id}": {"$exists": True}}
            return await self.ledgers.count(verdict) == 1

        await until(decided)

    async def knows(self, showtime_id: str) -> None:
        async def known() -> bool:
            async with self.http.get("/api/seats/state", params={"showtimeId": showtime_id}) as answer:
                return answer.status == 200

        await until(known)

    async def has_heard(self, event_type: str, **facts: object) -> None:
        async def heard() -> bool:
            return any(one["type"] == event_type and facts.items() <= one.items() for one in self.heard)

        await until(heard)


@pytest.fixture
def hold_seconds() -> int:
    """A test that waits for the end of a hold names fewer."""
    return 600


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, mongo_uri: str, redis_db_url: str, rabbitmq_vhost_url: str, hold_seconds: int
) -> None:
    given = {
        "MONGO_URI": mongo_uri,
        "REDIS_URL": redis_db_url,
        "RABBITMQ_URL": rabbitmq_vhost_url,
        "HOLD_SECONDS": str(hold_seconds),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def process(
    environment: None,
    monkeypatch: pytest.MonkeyPatch,
    mongo_uri: str,
    mongo_database_prefix: str,
    rabbitmq_vhost_url: str,
) -> AsyncIterator[Process]:
    connect = main.mongo.connect
    monkeypatch.setattr(main.mongo, "connect", lambda uri, name: connect(uri, mongo_database_prefix + name))
    monkeypatch.setattr(main.calls, "jwks_fetcher", lambda _peer: SIGNER.jwks)
    async with publishing(rabbitmq_vhost_url, "payment") as publisher:
        await publisher.ready.wait()
        async with (
            listening(rabbitmq_vhost_url, "seating.#") as heard,
            serving(main.create()) as http,
            connect(mongo_uri, f"{mongo_database_prefix}seating") as database,
        ):
            yield Process(http, publisher, database["ledgers"], heard)


async def test_a_sale_by_events_from_the_snapshot_to_the_release(process: Process) -> None:
    snapshot, user = a_snapshot(), a_user()
    headers = {"Authorization": f"Bearer {a_token(user)}"}
    await process.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    wanted = {"showtimeId": snapshot.showtime_id, "seatIds": ["A1", "A2"]}
    await process.knows(snapshot.showtime_id)
    async with process.http.post("/api/seats/hold", json=wanted, headers=headers) as answer:
        assert answer.status == 201
        hold = await answer.json()
    await process.has_heard("seating.seats_held.v1", hold_id=hold["id"], seat_ids=["A1", "A2"])
    await process.has_heard("seating.availability_changed.v1", available=38, total=40)
    async with process.http.post(f"/internal/holds/{hold['id']}/checkout", json={}, headers=headers) as answer:
        assert answer.status == 200
        sale = Sale.model_validate_json(await answer.read())
    await process.say(a_payment(sale))
    await process.has_heard("seating.seats_sold.v1", booking_id=sale.booking_id)
    await process.say(a_payment(sale), a_cancellation(sale))
    await process.has_heard("seating.seats_released.v1", booking_id=sale.booking_id, reason="booking_cancelled")
    await process.has_heard("seating.availability_changed.v1", available=40)


async def test_money_and_a_cancellation_that_come_before_the_snapshot_are_digested_after_it(process: Process) -> None:
    snapshot = a_snapshot()
    paid, cancelled = a_sale(snapshot, a_user(), "A1"), a_sale(snapshot, a_user(), "B1")
    await process.say(a_payment(paid), a_cancellation(cancelled, was_confirmed=False))
    await process.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    await process.has_heard("seating.seats_sold.v1", booking_id=paid.booking_id)
    await process.has_decided(cancelled)
    await process.say(a_payment(cancelled))
    await process.has_heard("seating.seats_refused.v1", booking_id=cancelled.booking_id, reason="booking_cancelled")


async def test_a_cancelled_show_sells_nothing_any_more(process: Process) -> None:
    snapshot = a_snapshot()
    sale = a_sale(snapshot, a_user(), "A1")
    gone = snapshot.model_copy(update={"status": "cancelled", "revision": 2})
    await process.say(
        ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot),
        ShowtimeCancelled(showtime_id=snapshot.showtime_id, snapshot=gone),
    )
    headers = {"Authorization": f"Bearer {a_token(a_user())}"}
    wanted = {"showtimeId": snapshot.showtime_id, "seatIds": ["A1"]}

    async def closed() -> bool:
        async with process.http.post("/api/seats/hold", json=wanted, headers=headers) as answer:
            return answer.status == 409 and (await answer.json())["code"] == "showtime_closed"

    await until(closed)
    await process.has_heard("seating.availability_changed.v1", showtime_id=snapshot.showtime_id, available=0, total=40)
    await process.say(a_payment(sale))
    await process.has_heard("seating.seats_refused.v1", booking_id=sale.booking_id, reason="showtime_cancelled")


async def test_a_show_that_begins_while_nobody_looks_is_said_to_have_nothing_available(process: Process) -> None:
    snapshot = a_snapshot(starts_in=timedelta(seconds=3))
    await process.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    await process.has_heard("seating.availability_changed.v1", showtime_id=snapshot.showtime_id, available=0, total=40)


@pytest.mark.parametrize("hold_seconds", [3])
async def test_a_hold_nobody_touches_is_said_to_have_ended(process: Process) -> None:
    snapshot, user = a_snapshot(), a_user()
    await process.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    wanted = {"showtimeId": snapshot.showtime_id, "seatIds": ["C3"]}
    headers = {"Authorization": f"Bearer {a_token(user)}"}
    await process.knows(snapshot.showtime_id)
    async with process.http.post("/api/seats/hold", json=wanted, headers=headers) as answer:
        hold = await answer.json()
    await process.has_heard("seating.seats_released.v1", hold_id=hold["id"], reason="expired")
    await process.has_heard("seating.availability_changed.v1", available=40)
