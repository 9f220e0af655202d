"""Redis loses everything, or comes back with old data: what is sold or in checkout stays."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from services.seating.tests.house import House, a_cancellation, a_claim, a_sale, a_user

from chassis.broker import Publisher
from chassis.unavailable import PeerUnavailable
from seating.domain import Showtime
from seating.store import MongoRuns
from seating.watch import Watch


def a_watch(house: House) -> Watch:
    """A worker's that has just started."""
    return Watch(house.redis, house.holds, house.maps, MongoRuns(house.database["runs"]), Publisher("", "seating"))


async def test_sold_seats_and_holds_under_payment_survive_the_loss_of_all_data(house: House) -> None:
    showtime, payer = await house.showtime(), a_user()
    sold = await house.checked_out(showtime, a_user(), "A1")
    await house.sales.sell(sold)
    paying = await house.checked_out(showtime, payer, "A2", "A3")
    await house.held(showtime, a_user(), "A4")
    before = await house.holds.read(showtime.id)
    await house.redis.flushdb()
    assert await house.map(showtime) == "shh" + "a" * 37
    assert (await house.holds.read(showtime.id)).version > before.version
    found = await house.call("GET", f"/api/seats/hold/{paying.hold_id}", user=payer)
    assert found.json["status"] == "active"
    assert found.json["quote"]["total"] == paying.quote.total
    await house.redis.flushdb()
    await house.sales.sell(paying)
    assert await house.map(showtime) == "sss" + "a" * 37
    assert (await house.call("GET", f"/api/seats/hold/{sold.hold_id}", user=sold.user_id)).json["status"] == "sold"
    assert (await house.call("DELETE", f"/api/seats/hold/{sold.hold_id}", user=sold.user_id)).status == 409


async def test_a_sale_goes_on_when_redis_is_lost_between_any_two_of_its_steps(house: House) -> None:
    showtime = await house.showtime()
    for at in range(4):
        sale = await house.checked_out(showtime, a_user(), f"B{at + 1}")
        await _lose(house, at == 0)
        claim = await house.sales.claim(showtime, sale)
        await _lose(house, at == 1)
        ledger = await house.sales.write(sale, claim)
        await _lose(house, at == 2)
        await house.sales.tell(showtime, ledger, sale)
        await _lose(house, at == 3)
        assert await house.verdict(sale) == ("sold", None)
        assert await house.seat(showtime, f"B{at + 1}") == "s"


async def _lose(house: House, now: bool) -> None:
    if now:
        await house.redis.flushdb()


async def test_loads_at_once_and_sales_at_once_agree_in_the_end(house: House) -> None:
    showtime = await house.showtime()
    sales = [await house.checked_out(showtime, a_user(), f"{row}{at}") for row in "AB" for at in range(1, 9)]

    async def lose_and_read() -> None:
        for _ in range(10):
            await house.redis.flushdb()
            await asyncio.gather(*(house.map(showtime) for _ in range(5)))

    await asyncio.gather(lose_and_read(), *(house.sales.sell(sale) for sale in sales))
    await house.maps.retell(showtime)
    assert await house.map(showtime) == "s" * 16 + "a" * 24
    assert len((await house.ledger(showtime))["sold"]) == 16


async def _dump(house: House) -> dict[bytes, bytes]:
    return {key: await house.redis.dump(key) for key in await house.redis.keys("*")}


async def _restore(house: House, dumped: dict[bytes, bytes]) -> None:
    await house.redis.flushdb()
    for key, value in dumped.items():
        await house.redis.restore(key, 0, value)


async def _stale(house: House) -> tuple[Showtime, Any, Any]:
    """A showtime whose Redis has gone back to before A1 was sold and B1 was released."""
    showtime = await house.showtime()
    released = await house.checked_out(showtime, a_user(), "B1")
    await house.sales.sell(released)
    old = await _dump(house)
    sold = await house.checked_out(showtime, a_user(), "A1")
    await house.sales.sell(sold)
    await house.sales.cancel(a_cancellation(released))
    await _restore(house, old)
    assert await house.seat(showtime, "A1") == "a"
    assert await house.seat(showtime, "B1") == "s"
    return showtime, sold, released


async def test_a_redis_that_came_back_old_is_told_every_ledger_by_the_watcher(house: House) -> None:
    showtime, _, _ = await _stale(house)
    await a_watch(house).heed_run()
    assert await house.seat(showtime, "A1") == "s"
    assert await house.seat(showtime, "B1") == "a"


async def test_a_run_is_told_once_by_whichever_worker_sees_it_first(house: House) -> None:
    showtime, _, _ = await _stale(house)
    await a_watch(house).heed_run()
    before = await house.holds.read(showtime.id)
    await a_watch(house).heed_run()
    assert (await house.holds.read(showtime.id)).version == before.version


async def test_a_redis_that_began_anew_while_no_worker_ran_is_told_by_the_next(house: House) -> None:
    showtime, _, _ = await _stale(house)
    before = await house.holds.read(showtime.id)
    await MongoRuns(house.database["runs"]).keep("the run before")
    await a_watch(house).heed_run()
    assert await house.map(showtime) == "s" + "a" * 39
    assert (await house.holds.read(showtime.id)).version >= before.now


async def test_a_run_counts_as_told_only_when_every_showtime_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    showtime, _, _ = await _stale(house)
    watch = a_watch(house)

    async def away(_: str) -> None:
        raise PeerUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(house.maps, "newest", away)
        with pytest.raises(PeerUnavailable):
            await watch.heed_run()
    await watch.heed_run()
    assert await house.seat(showtime, "A1") == "s"


async def test_a_hold_whose_booking_has_its_verdict_does_not_live_on_in_an_old_redis(house: House) -> None:
    showtime, refused_user = await house.showtime(), a_user()
    cancelled = await house.checked_out(showtime, a_user(), "A1", "A2")
    sold = await house.checked_out(showtime, a_user(), "A3")
    refused = a_sale(showtime.snapshot, refused_user, "A4", hold_id=await house.held(showtime, refused_user, "A4"))
    await house.held(showtime, a_user(), "B1")
    paying = await house.checked_out(showtime, a_user(), "B2")
    old = await _dump(house)
    await house.sales.sell(cancelled)
    await house.sales.cancel(a_cancellation(cancelled))
    await house.sales.sell(sold)
    await house.sales.write(refused, a_claim(datetime.now(UTC), granted=False))
    await _restore(house, old)
    assert (await house.map(showtime))[:10] == "hhhhaaaahh"
    await a_watch(house).heed_run()
    assert (await house.map(showtime))[:10] == "aasaaaaahh"
    ended = {sale: (await house.holding.find(sale.user_id, sale.hold_id)).status for sale in (cancelled, sold, refused)}
    assert list(ended.values()) == ["released", "sold", "expired"]
    assert (await house.holding.find(paying.user_id, paying.hold_id)).status == "active"


async def test_money_finds_the_seats_that_only_a_dead_hold_keeps(house: House) -> None:
    showtime = await house.showtime()
    cancelled = await house.checked_out(showtime, a_user(), "A1")
    old = await _dump(house)
    await house.sales.sell(cancelled)
    await house.sales.cancel(a_cancellation(cancelled))
    await _restore(house, old)
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("sold", None)


async def test_a_refusal_by_an_old_redis_is_checked_against_the_ledger_first(house: House) -> None:
    showtime, _, _ = await _stale(house)
    late = await house.maps.showtime(showtime.id)

    sale = a_sale(late.snapshot, a_user(), "B1")
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("sold", None)


async def test_an_old_redis_gives_a_sold_seat_to_nobody_for_money(house: House) -> None:
    showtime, sold, _ = await _stale(house)
    user = a_user()
    hold_id = await house.held(showtime, user, "A1")
    refused = await house.call("POST", f"/internal/holds/{hold_id}/checkout", user=user, json={})
    assert (refused.status, refused.json["code"]) == (409, "seats_unavailable")
    assert await house.seat(showtime, "A1") == "s"
    assert (await house.ledger(showtime))["sold"] == {"A1": sold.booking_id}


async def test_differences_that_last_are_measured_and_healed(house: House) -> None:
    showtime, _, _ = await _stale(house)
    watch = a_watch(house)
    watch.touch(showtime.id)
    await watch.compare()
    await watch.compare()
    assert watch.differing() == 2
    assert await house.seat(showtime, "A1") == "s"
    await watch.compare()
    assert watch.differing() == 0


async def test_a_tell_that_is_older_than_what_redis_knows_is_ignored(house: House) -> None:
    showtime = await house.showtime()
    sale = await house.checked_out(showtime, a_user(), "A1")
    await house.sales.sell(sale)
    old = await house.maps.ledgers.read(showtime.id)
    assert old is not None
    await house.sales.cancel(a_cancellation(sale))
    await house.maps.tell(showtime, old, ["A1"])
    assert await house.seat(showtime, "A1") == "a"
