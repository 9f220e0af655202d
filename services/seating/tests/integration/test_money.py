"""Money against seats: twice, late, after a refusal, after a cancellation, and overtaken half way."""

import asyncio
from datetime import timedelta

import pytest
from services.seating.tests.conftest import Running
from services.seating.tests.factories import a_cancellation, a_claim, a_sale, a_user
from services.seating.tests.harness import Harness
from tests.factories import at

from contracts.sale import Sale
from seating.domain import Showtime, instant
from seating.ledger import StillInCheckout


async def events_of(harness: Harness, showtime: Showtime) -> list[str]:
    return [entry["id"].partition(":")[2] for entry in (await harness.ledger(showtime))["outbox"]]


async def test_selling_a_hold_of_many_seats_says_of_none_that_it_was_released(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1", "A2", "A3")
    await harness.use_cases.sales.sell(sale)
    emitted = [(entry["what"], entry["seats"]) for entry in await harness.emitted(showtime)]
    assert emitted == [("held", "A1 A2 A3")]
    assert await harness.map(showtime) == "sss" + "a" * 37


async def test_the_same_payment_twice_sells_once_and_says_it_again(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1")
    await asyncio.gather(*(harness.use_cases.sales.sell(sale) for _ in range(5)))
    assert await harness.verdict(sale) == ("sold", None)
    assert await harness.map(showtime) == "s" + "a" * 39
    assert set(await events_of(harness, showtime)) == {"seats_sold"}


async def test_a_sale_says_its_own_event_and_leaves_those_of_an_outage_to_the_poll(
    harness: Harness, another: Running, rabbitmq_vhost_url: str
) -> None:
    showtime = await harness.showtime()
    for seat in ("A1", "A2", "A3"):
        await harness.use_cases.sales.sell(a_sale(showtime.snapshot, a_user(), seat))
    before = await events_of(harness, showtime)
    async with another(rabbitmq_vhost_url) as connected:
        await connected.process.publisher.ready.wait()
        await connected.use_cases.sales.sell(a_sale(showtime.snapshot, a_user(), "B1"))
        await connected.process.background.finish(seconds=60)
    assert await events_of(harness, showtime) == before
    assert before == ["seats_sold"] * 3


async def test_late_money_gets_seats_that_are_still_free(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1", "A2")
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("sold", None)
    assert (await harness.map(showtime)).startswith("ssa")


async def test_late_money_against_anothers_live_hold_is_refused_for_good(harness: Harness) -> None:
    showtime, other = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, other, "A2")
    sale = a_sale(showtime.snapshot, a_user(), "A1", "A2")
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("refused", "seats_lost")
    assert (await harness.map(showtime)).startswith("aha")
    await harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=other)
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("refused", "seats_lost")
    assert (await harness.map(showtime)).startswith("aaa")
    assert await events_of(harness, showtime) == ["seats_refused", "seats_refused"]


async def test_money_after_a_cancellation_is_refused(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1")
    await harness.use_cases.sales.cancel(a_cancellation(sale, was_confirmed=False))
    assert await harness.seat(showtime, "A1") == "a"
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("released", "booking_cancelled")
    assert await harness.seat(showtime, "A1") == "a"
    assert await events_of(harness, showtime) == ["seats_refused"]


async def test_money_said_again_after_a_sold_booking_was_cancelled_takes_no_seat(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1")
    await harness.use_cases.sales.sell(sale)
    await harness.use_cases.sales.cancel(a_cancellation(sale))
    await harness.use_cases.sales.cancel(a_cancellation(sale))
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("released", "booking_cancelled")
    assert (await harness.ledger(showtime))["sold"] == {}
    assert await harness.seat(showtime, "A1") == "a"


async def test_a_handler_paused_before_redis_is_overtaken_by_a_cancel_and_cannot_bring_the_seat_back(
    harness: Harness,
) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1")
    claim = await harness.use_cases.sales.claim(showtime, sale)
    paused = await harness.use_cases.sales.write(sale, claim)
    await harness.use_cases.sales.cancel(a_cancellation(sale))
    next_sale = await harness.checked_out(showtime, a_user(), "A1")
    await harness.use_cases.sales.tell(showtime, paused, sale)
    assert await harness.seat(showtime, "A1") == "h"
    await harness.use_cases.sales.sell(next_sale)
    assert await harness.verdict(next_sale) == ("sold", None)


async def test_a_hold_let_go_whose_late_money_was_sold_and_cancelled_stays_let_go(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1")
    await harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)
    sale = a_sale(showtime.snapshot, user, "A1", hold_id=hold_id)
    paused = await harness.use_cases.sales.write(sale, a_claim(instant(await harness.redis_now())))
    await harness.use_cases.sales.cancel(a_cancellation(sale))
    await harness.use_cases.sales.tell(showtime, paused, sale)
    assert (await harness.use_cases.holding.find(user, hold_id)).status == "released"


async def test_a_claim_keeps_the_seats_while_the_ledger_decides(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    claim = await harness.use_cases.sales.claim(showtime, sale)
    assert claim.granted
    assert (await harness.hold(showtime, a_user(), "A1")).status == 409
    await harness.use_cases.sales.tell(showtime, await harness.use_cases.sales.write(sale, claim), sale)
    assert await harness.seat(showtime, "A1") == "s"


async def test_a_hold_whose_money_has_come_is_not_let_go(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    sale = await harness.checked_out(showtime, user, "A1")
    claim = await harness.use_cases.sales.claim(showtime, sale)
    path = f"/api/seats/hold/{sale.hold_id}"
    for _ in range(2):
        refused = await harness.call("DELETE", path, user=user)
        assert (refused.status, refused.json["code"]) == (409, "hold_sold")
        refreshed = await harness.call("PATCH", f"{path}/refresh", user=user)
        assert (refreshed.status, refreshed.json["code"]) == (409, "hold_sold")
        await harness.use_cases.sales.tell(showtime, await harness.use_cases.sales.write(sale, claim), sale)
    assert await harness.verdict(sale) == ("sold", None)
    again = await harness.call("POST", f"/internal/holds/{sale.hold_id}/checkout", user=user, json={})
    assert again.json == sale.model_dump(mode="json")


async def test_a_hold_under_payment_may_be_given_up_and_its_money_may_still_find_the_seats(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    sale = await harness.checked_out(showtime, user, "A1")
    assert (await harness.call("DELETE", f"/api/seats/hold/{sale.hold_id}", user=user)).status == 204
    assert await harness.seat(showtime, "A1") == "a"
    assert (await harness.ledger(showtime))["checkouts"] == {}
    await harness.redis.flushdb()
    assert await harness.seat(showtime, "A1") == "a"
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("sold", None)


async def test_a_hold_let_go_while_its_checkout_is_under_way_stays_let_go(harness: Harness) -> None:
    showtime = await harness.showtime()
    seats = {a_user(): seat.seat_id for seat in showtime.seats[:20]}
    holds = {user: await harness.held(showtime, user, seat) for user, seat in seats.items()}

    async def both(user: str, hold_id: str) -> tuple[int, int]:
        check_out = harness.call("POST", f"/internal/holds/{hold_id}/checkout", user=user, json={})
        let_go = harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)
        checkout, release = await asyncio.gather(check_out, let_go)
        return checkout.status, release.status

    ends = await asyncio.gather(*(both(user, hold_id) for user, hold_id in holds.items()))
    assert {release for _, release in ends} == {204}
    assert {checkout for checkout, _ in ends} <= {200, 409}
    assert (await harness.ledger(showtime))["checkouts"] == {}
    assert await harness.map(showtime) == "a" * 40


async def test_nobody_is_asked_to_pay_for_a_sold_seat_even_when_redis_forgot_the_sale(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1", "A2")
    sold = a_sale(showtime.snapshot, a_user(), "A2")
    await harness.use_cases.sales.write(sold, a_claim(sold.hold_expires_at))
    refused = await harness.call("POST", f"/internal/holds/{hold_id}/checkout", user=user, json={})
    assert (refused.status, refused.json["code"]) == (409, "seats_unavailable")
    assert refused.json["seatIds"] == ["A2"]
    assert (await harness.map(showtime)).startswith("asa")


async def test_of_two_payments_for_one_seat_one_is_sold_and_one_is_refused(harness: Harness) -> None:
    showtime = await harness.showtime()
    sales = [a_sale(showtime.snapshot, a_user(), "A1", f"A{at}") for at in range(2, 8)]
    await asyncio.gather(*(harness.use_cases.sales.sell(sale) for sale in sales for _ in range(2)))
    verdicts = [await harness.verdict(sale) for sale in sales]
    assert sorted(verdicts, key=str) == [("refused", "seats_lost")] * 5 + [("sold", None)]
    assert (await harness.map(showtime)).count("s") == 2


async def test_money_is_not_refused_while_the_ledger_keeps_its_seats_for_it(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1", "A2")
    with pytest.raises(StillInCheckout):
        await harness.use_cases.sales.write(sale, a_claim(instant(await harness.redis_now()), granted=False))
    assert await harness.verdict(sale) is None
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("sold", None)


async def test_money_after_its_payments_time_is_refused_when_the_claim_is(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1", "A2")
    await harness.use_cases.sales.write(sale, a_claim(sale.hold_expires_at + timedelta(seconds=1), granted=False))
    assert await harness.verdict(sale) == ("refused", "seats_lost")


async def test_a_closed_ledger_refuses_with_its_reason(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1")
    gone = showtime.snapshot.model_copy(update={"status": "cancelled", "revision": 2})
    await harness.showtime(gone)
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("refused", "showtime_cancelled")
    assert (await harness.hold(showtime, a_user(), "B1")).json["code"] == "showtime_closed"
    begun = await harness.showtime(start_at=at(-1))
    late: Sale = a_sale(begun.snapshot, a_user(), "A1")
    await harness.use_cases.sales.sell(late)
    assert await harness.verdict(late) == ("refused", "too_late")
    assert (await harness.hold(begun, a_user(), "A1")).json["code"] == "showtime_closed"


async def test_a_sale_over_a_browsing_hold_changes_the_maps_version(harness: Harness) -> None:
    showtime = await harness.showtime()
    await harness.held(showtime, a_user(), "A1")
    before = await harness.seat_holds.read(showtime.id)
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    ledger = await harness.use_cases.sales.write(sale, a_claim(sale.hold_expires_at))
    await harness.use_cases.sales.tell(showtime, ledger, sale)
    after = await harness.seat_holds.read(showtime.id)
    assert (before.state[0], after.state[0]) == ("h", "s")
    assert after.version > before.version
