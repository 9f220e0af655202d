"""create-order against the real seating: its checkout, its problems, its sale."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from services.payment.tests.integration.harness import Neighbours, Service, Start
from tests.factories import a_snapshot

from contracts.catalog import ShowtimeScheduled
from contracts.ids import new_id
from simulators.process import free_port
from stack.waiting import until


@pytest.fixture
def hold_seconds() -> int:
    """A test that waits for the end of a hold names fewer."""
    return 600


@pytest.fixture
async def seating_url(
    neighbours: Neighbours, mongo_uri: str, rabbitmq_vhost_url: str, redis_db_url: str, hold_seconds: int
) -> AsyncIterator[str]:
    port = free_port()
    env = {
        **os.environ,
        "PORT": str(port),
        "MONGO_URI": mongo_uri,
        "RABBITMQ_URL": rabbitmq_vhost_url,
        "REDIS_URL": redis_db_url,
        "IDENTITY_URL": neighbours.url,
        "HOLD_SECONDS": str(hold_seconds),
        "LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen([sys.executable, "-m", "chassis", "seating"], env=env)  # noqa: ASYNC220  our own
    url = f"http://127.0.0.1:{port}"

    async def ready() -> bool:
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    try:
        await until(ready)
        yield url
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 60)


@pytest.fixture
async def at_seating(start: Start, seating_url: str) -> AsyncIterator[Service]:
    async with start(seating_url=seating_url) as service:
        yield service


async def a_hold(service: Service, seats: tuple[str, ...] = ("A1", "A2"), price: int = 25_000) -> dict[str, Any]:
    """A hold on a new showtime, made at seating by our user."""
    snapshot = a_snapshot(prices={"base_price": price})
    await service.publish(ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot))
    body = {"showtimeId": snapshot.showtime_id, "seatIds": list(seats)}
    headers = {"Authorization": f"Bearer {service.token()}"}

    async def held() -> Any:
        url = f"{service.settings.seating_url}/api/seats/hold"
        async with service.http.post(url, json=body, headers=headers) as answer:
            return await answer.json() if answer.status == 201 else None

    return dict(await until(held))


async def test_the_amount_is_what_seating_quoted_and_the_sale_is_told_whole(at_seating: Service) -> None:
    hold = await a_hold(at_seating)
    answers = await asyncio.gather(*(at_seating.create_order(hold["id"]) for _ in range(3)))
    assert [answer.status for answer in answers] == [201, 201, 201]
    body = answers[0].body
    assert (body["amount"], body["bookingId"]) == (hold["quote"]["total"], hold["bookingId"])
    (order,) = await at_seating.simulator.ledger("orders")
    assert order["amount"] == hold["quote"]["total"]
    paid = await at_seating.simulator.pay(order["id"])
    assert (await at_seating.settle(paid)).body["status"] == "succeeded"

    async def announced() -> list[dict[str, Any]]:
        return at_seating.heard("payment.succeeded.v1")

    (succeeded,) = await until(announced)
    assert succeeded["sale"]["seat_ids"] == ["A1", "A2"]
    assert succeeded["sale"]["hold_id"] == hold["id"]


@pytest.mark.parametrize("hold_seconds", [3])
async def test_a_free_hold_is_booked_while_it_lives_and_never_after(at_seating: Service) -> None:
    booked, late = await a_hold(at_seating, price=0), await a_hold(at_seating, price=0)
    answers = await asyncio.gather(*(at_seating.create_order(booked["id"]) for _ in range(3)))
    assert {(answer.status, answer.body["provider"]) for answer in answers} == {(201, "free")}
    foreign = await at_seating.call(
        "POST", "/api/payments/create-order", {"holdId": booked["id"]}, user_id=new_id("usr")
    )
    assert (foreign.status, foreign.body["code"]) == (404, "hold_not_found")

    async def expired() -> bool:
        url = f"{at_seating.settings.seating_url}/api/seats/hold/{late['id']}"
        async with at_seating.http.get(url, headers={"Authorization": f"Bearer {at_seating.token()}"}) as answer:
            return bool((await answer.json()).get("status") == "expired")

    await until(expired)
    ended = await at_seating.create_order(late["id"])
    assert (ended.status, ended.body["code"]) == (409, "hold_expired")
    assert (await at_seating.create_order(booked["id"])).body == answers[0].body
    assert await at_seating.mongo["payments"].count_documents({}) == 1
    assert await at_seating.simulator.get("/calls") == []


@pytest.mark.parametrize("hold_seconds", [3])
async def test_a_stranger_has_no_hold_and_an_ended_one_is_not_paid_for(at_seating: Service) -> None:
    hold = await a_hold(at_seating)
    foreign = await at_seating.call("POST", "/api/payments/create-order", {"holdId": hold["id"]}, user_id=new_id("usr"))
    assert (foreign.status, foreign.body["code"]) == (404, "hold_not_found")

    async def expired() -> bool:
        url = f"{at_seating.settings.seating_url}/api/seats/hold/{hold['id']}"
        async with at_seating.http.get(url, headers={"Authorization": f"Bearer {at_seating.token()}"}) as answer:
            return bool((await answer.json()).get("status") == "expired")

    await until(expired)
    ended = await at_seating.create_order(hold["id"])
    assert (ended.status, ended.body["code"]) == (409, "hold_expired")
    assert await at_seating.simulator.ledger("orders") == []
