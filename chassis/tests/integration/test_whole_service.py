"""A service is under 80 lines: it is started as every service is, hears one event and says one, and answers guests."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from chassis.broker import Publisher, publishing
from chassis.envelope import seal
from chassis.mongo import Document
from contracts.booking import RefundDue
from contracts.ids import BookingId, PaymentId, ShowtimeId, UserId
from stack.calls import Answer, answers, call
from stack.keys import Signer
from stack.ports import PortClaims
from stack.testing import listening
from stack.waiting import until

FOLDER = Path(__file__).parents[1] / "whole_service"
SIGNER = Signer()
HANDLED = 'marquee_events_handled_total{outcome="done",queue="payment.booking.refund_due.v1"} 3.0'


def a_refund_due(number: int = 1) -> RefundDue:
    return RefundDue(
        booking_id=BookingId(f"bkg_{number}"),
        version=3,
        user_id=UserId("usr_1"),
        showtime_id=ShowtimeId("sho_1"),
        payment_id=PaymentId(f"pay_{number}"),
        capture_id="cap_1",
        refund_key=f"refund_{number}",
        amount=35_400,
        currency="INR",
        reason="by_guest",
    )


@asynccontextmanager
async def a_port() -> AsyncIterator[int]:
    claims = PortClaims()
    try:
        yield claims.claim()
    finally:
        claims.release()


@pytest.fixture
async def origin(mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str) -> AsyncIterator[str]:
    """The service in a process of its own, ready; it ends by its lifespan."""
    async with SIGNER.serving() as identity_url, a_port() as port:
        environment = {
            **os.environ,
            "PYTHONPATH": str(FOLDER),
            "PORT": str(port),
            "MONGO_URI": mongo_uri,
            "DATABASE_PREFIX": mongo_database_prefix,
            "RABBITMQ_URL": rabbitmq_vhost_url,
            "IDENTITY_URL": identity_url,
        }
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "chassis", "cashier", env=environment)
        await until(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == -signal.SIGTERM  # as uvicorn ends once its lifespan has


@pytest.fixture
async def booking(rabbitmq_vhost_url: str) -> AsyncIterator[Publisher]:
    async with publishing(rabbitmq_vhost_url, "booking") as publisher:
        await publisher.ready.wait()
        yield publisher


def test_it_is_under_eighty_lines() -> None:
    assert len((FOLDER / "cashier" / "main.py").read_text("utf-8").splitlines()) < 80


async def test_an_event_heard_twice_has_one_effect_and_one_event(
    origin: str, booking: Publisher, rabbitmq_vhost_url: str, mongo_uri: str, mongo_database_prefix: str
) -> None:
    async with listening(rabbitmq_vhost_url, "payment.#") as heard:
        for event in (a_refund_due(), a_refund_due(), a_refund_due(2)):
            await booking.publish(seal(event))
        await until(lambda: HANDLED in call("GET", f"{origin}/metrics").text)
        await until(lambda: len(heard) == 2)
    assert {(event["type"], event["refund_key"]) for event in heard} == {
        ("payment.refunded.v1", "refund_1"),
        ("payment.refunded.v1", "refund_2"),
    }
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri)
    async with client:
        refunds = client[f"{mongo_database_prefix}payment"]["refunds"]
        assert await refunds.count_documents({}) == 2
        await until(lambda: _all_sent(client, f"{mongo_database_prefix}payment"))


async def _all_sent(client: AsyncMongoClient[Document], database: str) -> bool:
    return await client[database]["refunds"].count_documents({"outbox.0": {"$exists": True}}) == 0


async def test_it_answers_its_guest_and_nobody_else(origin: str, booking: Publisher) -> None:
    async def get(user: str) -> Answer:
        return await asyncio.to_thread(call, "GET", f"{origin}/api/refunds/refund_1", token=SIGNER.token(user))

    async def is_refunded() -> bool:
        return (await get("usr_1")).status == 200

    await booking.publish(seal(a_refund_due()))
    await until(is_refunded)
    assert (await get("usr_1")).json == {"amount": 35_400, "currency": "INR"}
    other = await get("usr_2")
    assert (other.status, other.json["code"]) == (404, "refund_not_found")
    nobody = await asyncio.to_thread(call, "GET", f"{origin}/api/refunds/refund_1")
    assert (nobody.status, nobody.json["code"]) == (401, "not_authenticated")
