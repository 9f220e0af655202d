"""All that was said is said again under the same ids and versions and changes nothing; unanswered refunds are seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.booking.tests.conftest import EXCHANGES, Running
from services.booking.tests.factories import (
    order_created,
    refund_failed,
    refunded,
    seats_refused,
    seats_sold,
    succeeded,
)
from tests.factories import a_sale, a_snapshot, at

from booking import main, metrics
from booking.resync import main as resync
from booking.waits import unanswered
from contracts.sale import Sale
from stack.testing import listening
from stack.waiting import until

pytestmark = pytest.mark.usefixtures("early_looks")
LONG_AGO = timedelta(days=31)


async def _stories(booking: Running) -> list[Sale]:
    """Sold, sold and cancelled and refunded, refused and not yet refunded, lapsed, and long ago."""
    sales = [a_sale() for _ in range(3)] + [a_sale(hold_expires_at=at(-600)), a_sale()]
    sold, cancelled, refused, lapsed, old = sales
    for sale in sales:
        await booking.schedule(a_snapshot(sale.showtime_id))
    for sale in (sold, cancelled, old):
        await booking.say(succeeded(sale), seats_sold(sale))
        await booking.until_status(sale, "confirmed")
    await booking.call("POST", f"/api/bookings/{cancelled.booking_id}/cancel")
    await booking.say(refunded(cancelled), order_created(lapsed), succeeded(refused), seats_refused(refused))
    await booking.until_status(refused, "refunded")
    await booking.until_status(lapsed, "expired")
    await booking.until_refund(cancelled, "done")
    await booking.db["bookings"].update_one(
        {"_id": old.booking_id}, {"$set": {"changed_at": datetime.now(UTC) - LONG_AGO}}
    )
    return sales


async def _all_sent(booking: Running) -> bool:
    return not await booking.db["bookings"].count_documents({"outbox.0": {"$exists": True}})


async def _all_reported(booking: Running) -> bool:
    return not await booking.db["bookings"].count_documents({"unreported": {"$exists": True}})


def _by_id(heard: list[dict[str, Any]]) -> dict[str, Any]:
    return {event["event_id"]: event for event in heard}


async def test_all_that_was_said_is_said_again_and_nothing_changes(booking: Running, rabbitmq_vhost_url: str) -> None:
    *recent, old = await _stories(booking)
    await until(lambda: _all_sent(booking))
    await until(lambda: len(booking.heard) == 3 * 2 + 2 + 2 + 1)
    await until(lambda: _all_reported(booking))
    before = [await booking.document(sale) for sale in recent]
    async with listening(rabbitmq_vhost_url, "booking.#", EXCHANGES) as again:
        for _ in range(2):
            await resync()
            await until(lambda: _all_sent(booking))
        first = {
            event_id: event
            for event_id, event in _by_id(booking.heard).items()
            if event["booking_id"] != old.booking_id
        }
        await until(lambda: len(again) >= len(first))
        assert _by_id(again) == first
    after = [await booking.document(sale) for sale in recent]
    for earlier, later in zip(before, after, strict=True):
        assert {**earlier, "version": 0, "outbox": []} == {**later, "version": 0, "outbox": []}


async def test_what_is_heard_again_changes_nothing(booking: Running) -> None:
    _, cancelled, *_ = await _stories(booking)
    before = await booking.document(cancelled)
    again = [
        order_created(cancelled),
        succeeded(cancelled),
        seats_sold(cancelled),
        refunded(cancelled),
        refund_failed(cancelled, 0),
        seats_refused(cancelled, "booking_cancelled"),
    ]
    last = a_sale()
    await booking.say(
        *again, order_created(last), succeeded(last), seats_sold(last), refunded(last), refund_failed(last)
    )
    await booking.until_status(last, "confirmed")
    await until(lambda: _heard_all(booking, last))
    after = await booking.document(cancelled)
    for name in ("status", "reason", "refund", "event_versions", "tickets"):
        assert after[name] == before[name]


async def _heard_all(booking: Running, sale: Sale) -> bool:
    facts = (await booking.document(sale))["facts"]
    known: set[str] = set(facts)
    return {"refund_outcomes", "sold", "paid", "ordered"} <= known and facts["refund_outcomes"][0]["has_failed"]


@pytest.fixture
def measured_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "MEASURE_SECONDS", 0.5)


async def test_a_refund_that_nobody_answers_is_counted_by_an_index(measured_soon: None, booking: Running) -> None:
    sales = [a_sale() for _ in range(3)]
    for sale in sales:
        await booking.say(succeeded(sale), seats_refused(sale))
        await booking.until_refund(sale, "due")
    bookings = booking.db["bookings"]
    for sale in sales[:2]:
        long_ago = datetime.now(UTC) - timedelta(minutes=11)
        await bookings.update_one({"_id": sale.booking_id}, {"$set": {"refund.since": long_ago}})
    await until(lambda: metrics.REFUNDS_UNANSWERED._value.get() == 2)
    await booking.say(refunded(sales[0]))
    await booking.until_refund(sales[0], "done")
    assert await bookings.count_documents(unanswered(datetime.now(UTC) - timedelta(minutes=10))) == 1
    plan = await bookings.find(unanswered(datetime.now(UTC))).explain()
    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
