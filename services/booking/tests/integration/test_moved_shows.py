"""A show that is moved after it was sold, over the real bus and store."""

import random
from datetime import UTC, datetime
from functools import partial

from services.booking.tests.conftest import Running
from services.booking.tests.factories import DAY, HOUR, showtime_changed
from tests.factories import START, a_sale, a_snapshot, at

from contracts.policy import CancellationPolicy, CancellationTier
from contracts.sale import Sale
from stack.waiting import until

NOTHING = CancellationPolicy(tiers=(CancellationTier(hours_before=720, refund_percent=100),))


async def a_confirmed(booking: Running) -> Sale:
    sale = a_sale(cancellation_policy=NOTHING)
    await booking.schedule(a_snapshot(sale.showtime_id))
    await booking.confirm(sale)
    return sale


def rescheduled(booking: Running, sale: Sale) -> dict[int, tuple[datetime, datetime]]:
    """The start before and after, by revision."""
    events = [event for event in booking.events(sale) if event["type"] == "booking.rescheduled.v1"]
    return {
        event["revision"]: (
            datetime.fromisoformat(event["previous_start_at"]),
            datetime.fromisoformat(event["show"]["start_at"]),
        )
        for event in events
    }


async def _is_moved_to(booking: Running, sale: Sale, revision: int) -> bool:
    return revision in rescheduled(booking, sale)


async def test_the_guest_is_told_and_may_cancel_in_full_where_nothing_could_be_cancelled(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    status, body = await booking.call("GET", f"{path}/cancel-quote")
    assert (status, body["reason"]) == (409, "too_late")
    _, before = await booking.call("GET", path)
    await booking.say(showtime_changed(a_snapshot(sale.showtime_id, revision=2, start_at=at(DAY + HOUR))))
    await until(lambda: "booking.rescheduled.v1" in booking.event_types(sale))
    assert rescheduled(booking, sale) == {2: (START, at(DAY + HOUR))}
    _, after = await booking.call("GET", path)
    assert datetime.fromisoformat(after["showtime"]["startAt"]) == at(DAY + HOUR)
    assert after["qrCode"] == before["qrCode"]
    _, quote = await booking.call("GET", f"{path}/cancel-quote")
    assert (quote["refund"], quote["kept"], quote["feesRefunded"]) == (sale.quote.total, 0, True)
    assert quote["tier"] == {"hoursBefore": 0, "refundPercent": 100}
    assert datetime.fromisoformat(quote["validUntil"]) == START
    status, body = await booking.call("POST", f"{path}/cancel", {"expectedRefund": sale.quote.total})
    assert (status, body["refund"]) == (200, {"amount": sale.quote.total, "status": "due"})


async def test_snapshots_twice_and_shuffled_leave_the_guest_with_the_newest_start(booking: Running) -> None:
    sales, dice = [await a_confirmed(booking) for _ in range(4)], random.Random("moves")
    hours = {2: 3, 3: 1, 4: 0, 5: 7}
    for sale in sales:
        events = [
            showtime_changed(a_snapshot(sale.showtime_id, revision=revision, start_at=at(DAY + hour * HOUR)))
            for revision, hour in hours.items()
        ] * 2
        dice.shuffle(events)
        await booking.say(*events)
    for sale in sales:
        await until(partial(_is_moved_to, booking, sale, 5))
        known = START
        for revision, (previous, start) in sorted(rescheduled(booking, sale).items()):
            assert (previous, start) == (known, at(DAY + hours[revision] * HOUR))
            known = start
        assert known == at(DAY + 7 * HOUR)
        assert len(rescheduled(booking, sale)) == booking.event_types(sale).count("booking.rescheduled.v1")


async def test_a_move_whose_process_died_reaches_its_bookings_later(booking: Running) -> None:
    sale = await a_confirmed(booking)
    moved = a_snapshot(sale.showtime_id, revision=2, start_at=at(DAY + HOUR))
    stored = {"revision": 2, "snapshot": moved.model_dump_json(), "due_at": datetime.now(UTC)}
    await booking.db["showtimes"].update_one({"_id": sale.showtime_id}, {"$set": stored})
    await until(lambda: 2 in rescheduled(booking, sale))
