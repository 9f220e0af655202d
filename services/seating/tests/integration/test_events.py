"""A whole process with a real broker: what it hears and says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from services.seating.tests.factories import SIGNER, a_cancellation, a_payment, a_sale, a_token, a_user, some_cancelled
from tests.factories import a_snapshot

from chassis import mongo
from chassis import redis as redis_client
from chassis.broker import Publisher, publishing
from chassis.envelope import seal
from chassis.mongo import Collection
from contracts.catalog import ShowtimeCancelled, ShowtimeScheduled
from contracts.event import Event
from contracts.sale import Sale
from seating import main
from seating.shards import shard_key, shard_of
from stack.testing import listening, serving
from stack.waiting import until

Heard = dict[str, Any]


class Service:
    """A running seating with what is said on the bus beside it."""

    def __init__(
        self, http: aiohttp.ClientSession, publisher: Publisher, ledgers: Collection, heard: list[Heard]
    ) -> None:
        self.http, self.publisher, self.ledgers, self.heard = http, publisher, ledgers, heard

    async def say(self, *events: Event) -> None:
        for event in events:
            await self.publisher.publish(seal(event))

    async def hold(self, user: str, showtime_id: str, *seats: str) -> tuple[int, Any]:
        """Status and body of a guest's wish for these seats."""
        wish = {"showtimeId": showtime_id, "seatIds": list(seats)}
        async with self.http.post("/api/seats/hold", json=wish, headers=authorization(user)) as answer:
            return answer.status, await answer.json()

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

    async def has_heard(self, event_type: str, **fields: object) -> None:
        await until(lambda: any(e["type"] == event_type and fields.items() <= e.items() for e in self.heard))


def authorization(user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {a_token(user)}"}


@pytest.fixture
def environment(
    mongo_uri: str, mongo_database_prefix: str, redis_db_url: str, rabbitmq_vhost_url: str, hold_seconds: float
) -> dict[str, str]:
    return {
        "MONGO_URI": mongo_uri,
        "DATABASE_PREFIX": mongo_database_prefix,
        "REDIS_URL": redis_db_url,
        "RABBITMQ_URL": rabbitmq_vhost_url,
        "HOLD_SECONDS": str(hold_seconds),
    }


@pytest.fixture
async def service(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    broker, database_name = environment["RABBITMQ_URL"], environment["DATABASE_PREFIX"] + "seating"
    async with (
        SIGNER.serving() as identity_url,
        publishing(broker, "payment") as publisher,
        listening(broker, "seating.#") as heard,
        mongo.connect(environment["MONGO_URI"], database_name) as database,
    ):
        await publisher.ready.wait()
        for name, value in {**environment, "IDENTITY_URL": identity_url}.items():
            monkeypatch.setenv(name, value)
        async with serving(main.create()) as http:
            yield Service(http, publisher, database["ledgers"], heard)


async def test_a_sale_by_events_from_the_snapshot_to_the_release(service: Service) -> None:
    snapshot, user = a_snapshot(), a_user()
    await service.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    await service.knows(snapshot.showtime_id)
    status, hold = await service.hold(user, snapshot.showtime_id, "A1", "A2")
    assert status == 201
    await service.has_heard("seating.seats_held.v1", hold_id=hold["id"], seat_ids=["A1", "A2"])
    await service.has_heard("seating.availability_changed.v1", available=38, total=40)
    checkout = f"/internal/holds/{hold['id']}/checkout"
    async with service.http.post(checkout, json={}, headers=authorization(user)) as answer:
        assert answer.status == 200
        sale = Sale.model_validate_json(await answer.read())
    await service.say(a_payment(sale))
    await service.has_heard("seating.seats_sold.v1", booking_id=sale.booking_id)
    await service.say(some_cancelled(sale, "A2"))
    await service.has_heard("seating.seats_released.v1", booking_id=sale.booking_id, seat_ids=["A2"])
    await service.has_heard("seating.availability_changed.v1", available=39)
    await service.say(a_payment(sale), a_cancellation(sale))
    await service.has_heard("seating.seats_released.v1", booking_id=sale.booking_id, seat_ids=["A1"])
    await service.has_heard("seating.availability_changed.v1", available=40)


async def test_money_and_a_cancellation_that_come_before_the_snapshot_are_digested_after_it(service: Service) -> None:
    snapshot = a_snapshot()
    paid, cancelled = a_sale(snapshot, a_user(), "A1"), a_sale(snapshot, a_user(), "B1")
    await service.say(a_payment(paid), a_cancellation(cancelled, was_confirmed=False))
    await service.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    await service.has_heard("seating.seats_sold.v1", booking_id=paid.booking_id)
    await service.has_decided(cancelled)
    await service.say(a_payment(cancelled))
    await service.has_heard("seating.seats_refused.v1", booking_id=cancelled.booking_id, reason="booking_cancelled")


async def test_a_cancelled_show_sells_nothing_any_more(service: Service) -> None:
    snapshot = a_snapshot()
    sale = a_sale(snapshot, a_user(), "A1")
    gone = snapshot.model_copy(update={"status": "cancelled", "revision": 2})
    await service.say(
        ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot),
        ShowtimeCancelled(showtime_id=snapshot.showtime_id, snapshot=gone),
    )

    async def closed() -> bool:
        status, answer = await service.hold(a_user(), snapshot.showtime_id, "A1")
        return status == 409 and answer["code"] == "showtime_closed"

    await until(closed)
    await service.has_heard("seating.availability_changed.v1", showtime_id=snapshot.showtime_id, available=0, total=40)
    await service.say(a_payment(sale))
    await service.has_heard("seating.seats_refused.v1", booking_id=sale.booking_id, reason="showtime_cancelled")


async def test_a_show_that_begins_while_nobody_looks_is_said_to_have_nothing_available(service: Service) -> None:
    snapshot = a_snapshot(start_at=datetime.now(UTC) + timedelta(seconds=3))
    await service.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    await service.has_heard("seating.availability_changed.v1", showtime_id=snapshot.showtime_id, available=0, total=40)


@pytest.mark.parametrize("hold_seconds", [3])
async def test_a_hold_nobody_touches_is_said_to_have_ended(service: Service) -> None:
    snapshot, user = a_snapshot(), a_user()
    await service.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    await service.knows(snapshot.showtime_id)
    _, hold = await service.hold(user, snapshot.showtime_id, "C3")
    await service.has_heard("seating.seats_released.v1", hold_id=hold["id"], reason="expired")
    await service.has_heard("seating.availability_changed.v1", available=40)


async def test_an_event_that_another_replica_had_a_lease_for_is_published_after_it(
    service: Service, environment: dict[str, str]
) -> None:
    snapshot, user = a_snapshot(), a_user()
    await service.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    await service.knows(snapshot.showtime_id)
    lease = shard_key(shard_of(snapshot.showtime_id), "lease")
    async with redis_client.connect(environment["REDIS_URL"]) as redis:
        await redis.set(lease, "another replica, which died", px=1_500)
        _, hold = await service.hold(user, snapshot.showtime_id, "C3")
        assert await redis.exists(lease)
    await service.has_heard("seating.seats_held.v1", hold_id=hold["id"])


async def test_what_a_process_that_only_answers_has_held_is_said_by_a_worker_and_ends_in_time(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, snapshot = environment["RABBITMQ_URL"], a_snapshot()
    async with (
        SIGNER.serving() as identity_url,
        publishing(broker, "catalog") as publisher,
        listening(broker, "seating.#") as heard,
        mongo.connect(environment["MONGO_URI"], environment["DATABASE_PREFIX"] + "seating") as database,
    ):
        await publisher.ready.wait()
        for name, value in {**environment, "IDENTITY_URL": identity_url, "HOLD_SECONDS": "3", "ROLE": "worker"}.items():
            monkeypatch.setenv(name, value)
        async with serving(main.create()):
            monkeypatch.setenv("ROLE", "api")
            async with serving(main.create()) as http:
                service = Service(http, publisher, database["ledgers"], heard)
                await service.say(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
                await service.knows(snapshot.showtime_id)
                _, hold = await service.hold(a_user(), snapshot.showtime_id, "C3")
                await service.has_heard("seating.seats_held.v1", hold_id=hold["id"])
                await service.has_heard("seating.availability_changed.v1", available=39)
                await service.has_heard("seating.seats_released.v1", hold_id=hold["id"], reason="expired")
