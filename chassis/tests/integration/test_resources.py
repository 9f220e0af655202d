"""The resources of a process: ready once prepared, at work until its end, given back in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from chassis.envelope import seal
from chassis.mongo import amend
from chassis.outbox import push
from chassis.problems import Unavailable
from chassis.process import process
from chassis.resources import resources
from chassis.settings import ServiceSettings
from contracts.booking import RefundDue
from contracts.ids import BookingId, PaymentId, ShowtimeId, UserId
from stack.waiting import until


@pytest.fixture
def settings(mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str) -> ServiceSettings:
    return ServiceSettings(
        mongo_uri=SecretStr(mongo_uri),
        database_prefix=mongo_database_prefix,
        rabbitmq_url=SecretStr(rabbitmq_vhost_url),
    )


def a_refund_due() -> RefundDue:
    return RefundDue(
        booking_id=BookingId("bkg_1"),
        version=3,
        user_id=UserId("usr_1"),
        showtime_id=ShowtimeId("sho_1"),
        payment_id=PaymentId("pay_1"),
        capture_id="pay_x",
        refund_key="refund_pay_1",
        amount=100,
        currency="INR",
        reason="by_guest",
    )


async def test_a_process_is_not_ready_before_all_steps_are_done(settings: ServiceSettings) -> None:
    steps = list[str]()

    async def seed() -> None:
        steps.append("seed")
        if len(steps) == 1:
            raise ConnectionError("Mongo is not there yet")

    async with resources(settings, "payment") as process:
        with pytest.raises(Unavailable):
            await process.preparation.check()
        process.outbox("payments")
        await process.prepare(seed)
        await until(lambda: len(steps) == 2)
        await process.preparation.check()
        indexes = await process.database["payments"].raw.index_information()
        assert "outbox.time_1" in indexes
        expiring = await process.database["idempotency"].raw.index_information()
        assert "expires_at_1" in expiring
        assert process.state.keys() == {"checks", "tokens", "idempotency"}
        assert process.checks.keys() == {"mongo", "indexes", "broker?"}


async def test_a_worker_hears_events_and_publishes_what_a_crash_left(settings: ServiceSettings) -> None:
    heard = list[RefundDue]()

    async def on_refund_due(event: RefundDue) -> None:
        heard.append(event)

    async with process(settings, "payment") as resources:
        outbox = resources.outbox("bookings")
        await resources.prepare()
        entry = push([seal(a_refund_due(), key="k")])
        await amend(outbox.collection, "bkg_1", lambda _: {"$push": entry})
        await resources.work(handlers={RefundDue: on_refund_due})
        await until(lambda: heard == [a_refund_due()])


async def test_work_ends_before_what_it_needs_is_closed(settings: ServiceSettings) -> None:
    ended = list[str]()

    @asynccontextmanager
    async def a_client() -> AsyncIterator[None]:
        yield
        ended.append("client")

    async def until_ended(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def started_by_a_loop() -> None:
        await asyncio.sleep(0)
        assert await opened.database["notes"].find_one({}) is None
        assert not opened.http.closed
        ended.append("background")

    async def loop() -> None:
        try:
            await until_ended("loop")
        finally:
            opened.background.start(started_by_a_loop())

    async with resources(settings, "payment") as opened:
        await opened.prepare()
        await opened.work(loop())
        await opened.enter(a_client())
        await asyncio.sleep(0)
    assert ended == ["loop", "background", "client"]
    assert opened.http.closed
