"""Each event twice and in any order, through the real queues: the same end, and nothing said twice."""

import random
from functools import partial
from typing import Any

import pytest
from services.booking.tests.conftest import Running
from services.booking.tests.factories import (
    DAY,
    HOUR,
    by_hand,
    by_hand_failed,
    free_of_charge,
    order_created,
    refund_failed,
    refunded,
    seats_refused,
    seats_sold,
    showtime_cancelled,
    showtime_changed,
    showtime_scheduled,
    succeeded,
)
from tests.factories import a_sale, a_snapshot, at

from contracts.event import Event
from contracts.sale import Sale
from stack.waiting import until

CONFIRMED = ["booking.confirmed.v1", "booking.ticket_issued.v1"]
BACK = ["booking.refund_due.v1", "booking.refused.v1"]


def scheduled(sale: Sale) -> Event:
    return showtime_scheduled(a_snapshot(sale.showtime_id))


def cancelled(sale: Sale) -> Event:
    return showtime_cancelled(sale.showtime_id)


def moved(sale: Sale) -> Event:
    return showtime_changed(a_snapshot(sale.showtime_id, revision=2, start_at=at(DAY + HOUR)))


SCRIPTS: dict[str, Any] = {
    "a sale": ([order_created, succeeded, seats_sold, scheduled], "confirmed", CONFIRMED),
    "seats lost": ([order_created, succeeded, seats_refused, scheduled, refunded], "refunded", BACK),
    "a refund that failed": (
        [
            order_created,
            succeeded,
            seats_refused,
            scheduled,
            refunded,
            refund_failed,
            partial(refunded, number=2),
            partial(refund_failed, number=0),
        ],
        "refunded",
        BACK,
    ),
    "the show is cancelled": (
        [order_created, succeeded, seats_sold, scheduled, cancelled],
        "cancelled",
        ["booking.cancelled.v1", *CONFIRMED, "booking.refund_due.v1"],
    ),
    "the show is moved": (
        [order_created, succeeded, seats_sold, scheduled, moved],
        "confirmed",
        [*CONFIRMED, "booking.rescheduled.v1"],
    ),
    "a free sale": ([free_of_charge, seats_sold, scheduled], "confirmed", CONFIRMED),
    "a free sale, refused": ([free_of_charge, seats_refused, scheduled], "refunded", ["booking.refused.v1"]),
    "refunds by hand": (
        [
            order_created,
            succeeded,
            seats_sold,
            scheduled,
            partial(by_hand, amount=100),
            partial(by_hand, amount=50, number=2),
            partial(by_hand_failed, amount=50, number=2),
        ],
        "confirmed",
        CONFIRMED,
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_events_twice_and_shuffled_end_the_same(booking: Running, name: str) -> None:
    makers, status, event_types = SCRIPTS[name]
    dice = random.Random(name)
    sales = [a_sale() for _ in range(12)]
    for sale in sales:
        events = [make(sale) for make in makers] * 2
        dice.shuffle(events)
        await booking.say(*events)
    for sale in sales:
        await booking.until_status(sale, status)
        await booking.until_event_types(sale, event_types)
        document = await booking.document(sale)
        event_ids = {event["event_id"] for event in booking.events(sale)}
        assert event_ids == {f"{sale.booking_id}:{key}" for key in document["event_versions"]}
        assert len(document["reference"]) == 8
    assert len({(await booking.document(sale))["reference"] for sale in sales}) == len(sales)


async def _recorded(booking: Running, event: Event, of: Sale, fact: str) -> None:
    """Say one more event and wait until it was taken in: so were those before it in its queue."""

    async def is_recorded() -> bool:
        return bool((await booking.document(of)).get("facts", {}).get(fact))

    await booking.say(event)
    await until(is_recorded)


async def test_a_second_captures_refund_does_not_touch_the_booking(booking: Running) -> None:
    sale, other = a_sale(), a_sale()
    await booking.say(refunded(sale, of_booking=False), scheduled(sale), succeeded(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    await _recorded(booking, refunded(other), other, "refund_outcomes")
    document = await booking.document(sale)
    assert "refund" not in document
    assert "refund_outcomes" not in document["facts"]


async def test_a_refusal_that_repeats_our_own_cancellation_changes_nothing(booking: Running) -> None:
    sale, other = a_sale(), a_sale()
    await booking.say(seats_refused(sale, "booking_cancelled"), scheduled(sale), succeeded(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    await _recorded(booking, seats_refused(other), other, "refused")
    document = await booking.document(sale)
    assert (document["status"], document["facts"].get("refused")) == ("confirmed", None)
