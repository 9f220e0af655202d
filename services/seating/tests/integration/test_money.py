"""Money against seats: twice, late, after a refusal, after a cancellation, and overtaken half way."""

import asyncio
from datetime import timedelta

import pytest
from services.seating.tests.house import House, a_cancellation, a_claim, a_sale, a_user, seating_house

from contracts.sale import Sale
from seating.domain import Showtime, instant
from seating.holds import shard_key, shard_of
from seating.ledger import StillInCheckout


async def events_of(house: House, showtime: Showtime) -> list[str]:
    return [entry["id"].partition(":")[2] for entry in (await house.ledger(showtime))["outbox"]]


async def streamed(house: House, showtime: Showtime) -> list[tuple[str, str]]:
    entries = await house.redis.xrange(shard_key(shard_of(showtime.id), "events"))
    return [(fields[b"what"].decode(), fields[b"seats"].decode()) for _, fields in entries]


async def test_selling_a_hold_of_many_seats_says_of_none_that_it_was_released(house: House) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1", "A2", "A3")
    await house.sales.sell(sale)
    assert await streamed(house, showtime) == [("held", "A1 A2 A3")]
    assert await house.map(showtime) == "sss" + "a" * 37


async def test_the_same_payment_twice_sells_once_and_says_it_again(house: House) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1")
    await asyncio.gather(*(house.sales.sell(sale) for _ in range(5)))
    assert await house.verdict(sale) == ("sold", None)
    assert await house.map(showtime) == "s" + "a" * 39
    assert set(await events_of(house, showtime)) == {"seats_sold"}


async def test_a_sale_says_its_own_event_and_leaves_those_of_an_outage_to_the_poll(
    house: House, mongo_uri: str, mongo_database_prefix: str, redis_db_url: str, rabbitmq_vhost_url: str
) -> None:
    showtime = await house.showtime()
    for seat in ("A1", "A2", "A3"):
        await house.sales.sell(a_sale(showtime.snapshot, a_user(), seat))
    before = await events_of(house, showtime)
    async with seating_house(mongo_uri, f"{mongo_database_prefix}seating", redis_db_url, rabbitmq_vhost_url) as other:
        await other.publisher.ready.wait()
        await other.sales.sell(a_sale(showtime.snapshot, a_user(), "B1"))
        await other.background.finish(seconds=60)
    assert await events_of(house, showtime) == before
    assert before == ["seats_sold"] * 3


async def test_late_money_gets_seats_that_are_still_free(house: House) -> None:
    showtime = await house.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1", "A2")
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("sold", None)
    assert (await house.map(showtime)).startswith("ssa")


async def test_late_money_against_anothers_live_hold_is_refused_for_good(house: House) -> None:
    showtime, other = await house.showtime(), a_user()
    hold_id = await house.held(showtime, other, "A2")
    sale = a_sale(showtime.snapshot, a_user(), "A1", "A2")
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("refused", "seats_lost")
    assert (await house.map(showtime)).startswith("aha")
    await house.call("DELETE", f"/api/seats/hold/{hold_id}", user=other)
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("refused", "seats_lost")
    assert (await house.map(showtime)).startswith("aaa")
    assert await events_of(house, showtime) == ["seats_refused", "seats_refused"]


async def test_money_after_a_cancellation_is_refused(house: House) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1")
    await house.sales.cancel(a_cancellation(sale, was_confirmed=False))
    assert await house.seat(showtime, "A1") == "a"
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("released", "booking_cancelled")
    assert await house.seat(showtime, "A1") == "a"
    assert await events_of(house, showtime) == ["seats_refused"]


async def test_money_said_again_after_a_sold_booking_was_cancelled_takes_no_seat(house: House) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1")
    await house.sales.sell(sale)
    await house.sales.cancel(a_cancellation(sale))
    await house.sales.cancel(a_cancellation(sale))
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("released", "booking_cancelled")
    assert (await house.ledger(showtime))["sold"] == {}
    assert await house.seat(showtime, "A1") == "a"


async def test_a_handler_paused_before_redis_is_overtaken_by_a_cancel_and_cannot_bring_the_seat_back(
    house: House,
) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1")
    claim = await house.sales.claim(showtime, sale)
    paused = await house.sales.write(sale, claim)
    await house.sales.cancel(a_cancellation(sale))
    next_sale = await house.checked_out(showtime, a_user(), "A1")
    await house.sales.tell(showtime, paused, sale)
    assert await house.seat(showtime, "A1") == "h"
    await house.sales.sell(next_sale)
    assert await house.verdict(next_sale) == ("sold", None)


async def test_a_hold_let_go_whose_late_money_was_sold_and_cancelled_stays_let_go(house: House) -> None:
    showtime, user = await house.showtime(), a_user()
    hold_id = await house.held(showtime, user, "A1")
    await house.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)
    sale = a_sale(showtime.snapshot, user, "A1", hold_id=hold_id)
    paused = await house.sales.write(sale, a_claim(instant(await house.redis_now())))
    await house.sales.cancel(a_cancellation(sale))
    await house.sales.tell(showtime, paused, sale)
    assert (await house.holding.find(user, hold_id)).status == "released"


async def test_a_claim_keeps_the_seats_while_the_ledger_decides(house: House) -> None:
    showtime = await house.showtime()
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    claim = await house.sales.claim(showtime, sale)
    assert claim.granted
    assert (await house.hold(showtime, a_user(), "A1")).status == 409
    await house.sales.tell(showtime, await house.sales.write(sale, claim), sale)
    assert await house.seat(showtime, "A1") == "s"


async def test_a_hold_whose_money_has_come_is_not_let_go(house: House) -> None:
    showtime, user = await house.showtime(), a_user()
    sale = await house.checked_out(showtime, user, "A1")
    claim = await house.sales.claim(showtime, sale)
    path = f"/api/seats/hold/{sale.hold_id}"
    for _ in range(2):
        refused = await house.call("DELETE", path, user=user)
        assert (refused.status, refused.json["code"]) == (409, "hold_sold")
        refreshed = await house.call("PATCH", f"{path}/refresh", user=user)
        assert (refreshed.status, refreshed.json["code"]) == (409, "hold_sold")
        await house.sales.tell(showtime, await house.sales.write(sale, claim), sale)
    assert await house.verdict(sale) == ("sold", None)
    again = await house.call("POST", f"/internal/holds/{sale.hold_id}/checkout", user=user, json={})
    assert again.json == sale.model_dump(mode="json")


async def test_a_hold_under_payment_may_be_given_up_and_its_money_may_still_find_the_seats(house: House) -> None:
    showtime, user = await house.showtime(), a_user()
    sale = await house.checked_out(showtime, user, "A1")
    assert (await house.call("DELETE", f"/api/seats/hold/{sale.hold_id}", user=user)).status == 204
    assert await house.seat(showtime, "A1") == "a"
    assert (await house.ledger(showtime))["checkouts"] == {}
    await house.redis.flushdb()
    assert await house.seat(showtime, "A1") == "a"
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("sold", None)


async def test_a_hold_let_go_while_its_checkout_is_under_way_stays_let_go(house: House) -> None:
    showtime = await house.showtime()
    seats = {a_user(): seat.seat_id for seat in showtime.seats[:20]}
    holds = {user: await house.held(showtime, user, seat) for user, seat in seats.items()}

    async def both(user: str, hold_id: str) -> tuple[int, int]:
        asked = house.call("POST", f"/internal/holds/{hold_id}/checkout", user=user, json={})
        let_go = house.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)
        checkout, release = await asyncio.gather(asked, let_go)
        return checkout.status, release.status

    ends = await asyncio.gather(*(both(user, hold_id) for user, hold_id in holds.items()))
    assert {release for _, release in ends} == {204}
    assert {checkout for checkout, _ in ends} <= {200, 409}
    assert (await house.ledger(showtime))["checkouts"] == {}
    assert await house.map(showtime) == "a" * 40


async def test_nobody_is_asked_to_pay_for_a_sold_seat_even_when_redis_forgot_the_sale(house: House) -> None:
    showtime, user = await house.showtime(), a_user()
    hold_id = await house.held(showtime, user, "A1", "A2")
    sold = a_sale(showtime.snapshot, a_user(), "A2")
    await house.sales.write(sold, a_claim(sold.hold_expires_at))
    refused = await house.call("POST", f"/internal/holds/{hold_id}/checkout", user=user, json={})
    assert (refused.status, refused.json["code"]) == (409, "seats_unavailable")
    assert refused.json["seatIds"] == ["A2"]
    assert (await house.map(showtime)).startswith("asa")


async def test_of_two_payments_for_one_seat_one_is_sold_and_one_is_refused(house: House) -> None:
    showtime = await house.showtime()
    sales = [a_sale(showtime.snapshot, a_user(), "A1", f"A{at}") for at in range(2, 8)]
    await asyncio.gather(*(house.sales.sell(sale) for sale in sales for _ in range(2)))
    verdicts = [await house.verdict(sale) for sale in sales]
    assert sorted(verdicts, key=str) == [("refused", "seats_lost")] * 5 + [("sold", None)]
    assert (await house.map(showtime)).count("s") == 2


async def test_money_is_not_refused_while_the_ledger_keeps_its_seats_for_it(house: House) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1", "A2")
    with pytest.raises(StillInCheckout):
        await house.sales.write(sale, a_claim(instant(await house.redis_now()), granted=False))
    assert await house.verdict(sale) is None
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("sold", None)


async def test_money_after_its_payments_time_is_refused_when_the_claim_is(house: House) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1", "A2")
    await house.sales.write(sale, a_claim(sale.hold_expires_at + timedelta(seconds=1), granted=False))
    assert await house.verdict(sale) == ("refused", "seats_lost")


async def test_a_closed_ledger_refuses_with_its_reason(house: House) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1")
    gone = showtime.snapshot.model_copy(update={"status": "cancelled", "revision": 2})
    await house.showtime(gone)
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("refused", "showtime_cancelled")
    assert (await house.hold(showtime, a_user(), "B1")).json["code"] == "showtime_closed"
    begun = await house.showtime(starts_in=timedelta(seconds=-1))
    late: Sale = a_sale(begun.snapshot, a_user(), "A1")
    await house.sales.sell(late)
    assert await house.verdict(late) == ("refused", "too_late")
    assert (await house.hold(begun, a_user(), "A1")).json["code"] == "showtime_closed"


async def test_a_sale_over_a_browsing_hold_changes_the_maps_version(house: House) -> None:
    showtime = await house.showtime()
    await house.held(showtime, a_user(), "A1")
    before = await house.holds.read(showtime.id)
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    ledger = await house.sales.write(sale, a_claim(sale.hold_expires_at))
    await house.sales.tell(showtime, ledger, sale)
    after = await house.holds.read(showtime.id)
    assert (before.state[0], after.state[0]) == ("h", "s")
    assert after.version > before.version
