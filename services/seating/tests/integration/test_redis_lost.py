"""Redis loses everything, or comes back with old data: what is sold or in checkout stays."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from services.seating.tests.factories import a_cancellation, a_claim, a_sale, a_user
from services.seating.tests.harness import Harness

from chassis.unavailable import PeerUnavailable
from contracts.sale import Sale
from seating.assembly import assemble
from seating.domain import Showtime
from seating.holds import AvailableSeats
from seating.shard_lists import ShardLists
from seating.watch import Watch


def a_worker(harness: Harness) -> Watch:
    """What a worker that has just started watches."""
    return assemble(harness.settings, harness.process, harness.redis).watch


async def test_sold_seats_and_holds_under_payment_survive_the_loss_of_all_data(harness: Harness) -> None:
    showtime, buyer = await harness.showtime(), a_user()
    sold = await harness.checked_out(showtime, a_user(), "A1")
    await harness.use_cases.sales.sell(sold)
    in_checkout = await harness.checked_out(showtime, buyer, "A2", "A3")
    await harness.held(showtime, a_user(), "A4")
    before = await harness.seat_holds.read(showtime.id)
    await harness.redis.flushdb()
    assert await harness.map(showtime) == "shh" + "a" * 37
    assert (await harness.seat_holds.read(showtime.id)).version > before.version
    answer = await harness.call("GET", f"/api/seats/hold/{in_checkout.hold_id}", user=buyer)
    assert answer.json["status"] == "active"
    assert answer.json["quote"]["total"] == in_checkout.quote.total
    await harness.redis.flushdb()
    await harness.use_cases.sales.sell(in_checkout)
    assert await harness.map(showtime) == "sss" + "a" * 37
    assert (await harness.call("GET", f"/api/seats/hold/{sold.hold_id}", user=sold.user_id)).json["status"] == "sold"
    assert (await harness.call("DELETE", f"/api/seats/hold/{sold.hold_id}", user=sold.user_id)).status == 409


async def test_a_sale_goes_on_when_redis_is_lost_between_any_two_of_its_steps(harness: Harness) -> None:
    showtime = await harness.showtime()
    for at in range(4):
        sale = await harness.checked_out(showtime, a_user(), f"B{at + 1}")
        await _lose(harness, at == 0)
        claim = await harness.use_cases.sales.claim(showtime, sale)
        await _lose(harness, at == 1)
        ledger = await harness.use_cases.sales.write(sale, claim)
        await _lose(harness, at == 2)
        await harness.use_cases.sales.tell(showtime, ledger, sale)
        await _lose(harness, at == 3)
        assert await harness.verdict(sale) == ("sold", None)
        assert await harness.seat(showtime, f"B{at + 1}") == "s"


async def _lose(harness: Harness, now: bool) -> None:
    if now:
        await harness.redis.flushdb()


async def test_loads_at_once_and_sales_at_once_agree_in_the_end(harness: Harness) -> None:
    showtime = await harness.showtime()
    sales = [await harness.checked_out(showtime, a_user(), f"{row}{at}") for row in "AB" for at in range(1, 9)]

    async def lose_and_read() -> None:
        for _ in range(10):
            await harness.redis.flushdb()
            await asyncio.gather(*(harness.map(showtime) for _ in range(5)))

    await asyncio.gather(lose_and_read(), *(harness.use_cases.sales.sell(sale) for sale in sales))
    await harness.seat_holds.tell_all(showtime)
    assert await harness.map(showtime) == "s" * 16 + "a" * 24
    assert len((await harness.ledger(showtime))["sold"]) == 16


async def _dump(harness: Harness) -> dict[Any, Any]:
    return {key: await harness.redis.dump(key) for key in await harness.redis.keys("*")}


async def _restore(harness: Harness, dumped: dict[Any, Any]) -> None:
    await harness.redis.flushdb()
    for key, value in dumped.items():
        await harness.redis.restore(key, 0, value)


async def _stale(harness: Harness) -> tuple[Showtime, Sale, Sale]:
    """A showtime whose Redis has gone back to before A1 was sold and B1 was released."""
    showtime = await harness.showtime()
    released = await harness.checked_out(showtime, a_user(), "B1")
    await harness.use_cases.sales.sell(released)
    old = await _dump(harness)
    sold = await harness.checked_out(showtime, a_user(), "A1")
    await harness.use_cases.sales.sell(sold)
    await harness.use_cases.sales.cancel(a_cancellation(released))
    await _restore(harness, old)
    assert await harness.seat(showtime, "A1") == "a"
    assert await harness.seat(showtime, "B1") == "s"
    return showtime, sold, released


async def test_a_redis_that_came_back_old_is_told_every_ledger_by_the_watcher(harness: Harness) -> None:
    showtime, _, _ = await _stale(harness)
    await a_worker(harness).restarts.check()
    assert await harness.seat(showtime, "A1") == "s"
    assert await harness.seat(showtime, "B1") == "a"


async def test_what_an_old_redis_takes_for_said_is_said_again(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    sale = await harness.checked_out(showtime, user, "A1")
    redis_holds, lists = harness.seating.redis_holds, ShardLists(harness.redis)
    said = await redis_holds.availability_to_say(showtime.id, 0)
    assert isinstance(said, AvailableSeats)
    await lists.announced(showtime.id, said.version, said.available)
    old = await _dump(harness)
    await harness.use_cases.sales.sell(sale)
    await harness.held(showtime, a_user(), "A2")
    newer = await redis_holds.availability_to_say(showtime.id, 0)
    assert isinstance(newer, AvailableSeats)
    await lists.announced(showtime.id, newer.version, newer.available)
    await _restore(harness, old)
    await a_worker(harness).restarts.check()
    again = await redis_holds.availability_to_say(showtime.id, 0)
    assert isinstance(again, AvailableSeats)
    assert (newer.available, again.available) == (38, 39)
    assert again.version > newer.version


async def test_a_run_is_told_once_by_whichever_worker_sees_it_first(harness: Harness) -> None:
    showtime, _, _ = await _stale(harness)
    await a_worker(harness).restarts.check()
    before = await harness.seat_holds.read(showtime.id)
    await a_worker(harness).restarts.check()
    assert (await harness.seat_holds.read(showtime.id)).version == before.version


async def test_a_redis_that_began_anew_while_no_worker_ran_is_told_by_the_next(harness: Harness) -> None:
    showtime, _, _ = await _stale(harness)
    before = await harness.seat_holds.read(showtime.id)
    await harness.seating.ports.server_runs.save("the run before")
    await a_worker(harness).restarts.check()
    assert await harness.map(showtime) == "s" + "a" * 39
    assert (await harness.seat_holds.read(showtime.id)).version >= before.now


async def test_a_run_counts_as_told_only_when_every_showtime_was(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    showtime, _, _ = await _stale(harness)
    restarts = harness.seating.watch.restarts

    async def unavailable(*_: object, **__: object) -> None:
        raise PeerUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(harness.seat_holds, "tell_all", unavailable)
        with pytest.raises(PeerUnavailable):
            await restarts.check()
    await restarts.check()
    assert await harness.seat(showtime, "A1") == "s"


async def test_a_hold_whose_booking_has_its_verdict_does_not_live_on_in_an_old_redis(harness: Harness) -> None:
    showtime, refused_user = await harness.showtime(), a_user()
    cancelled = await harness.checked_out(showtime, a_user(), "A1", "A2")
    sold = await harness.checked_out(showtime, a_user(), "A3")
    refused = a_sale(showtime.snapshot, refused_user, "A4", hold_id=await harness.held(showtime, refused_user, "A4"))
    await harness.held(showtime, a_user(), "B1")
    in_checkout = await harness.checked_out(showtime, a_user(), "B2")
    old = await _dump(harness)
    await harness.use_cases.sales.sell(cancelled)
    await harness.use_cases.sales.cancel(a_cancellation(cancelled))
    await harness.use_cases.sales.sell(sold)
    await harness.use_cases.sales.write(refused, a_claim(datetime.now(UTC), granted=False))
    await _restore(harness, old)
    assert (await harness.map(showtime))[:10] == "hhhhaaaahh"
    await a_worker(harness).restarts.check()
    assert (await harness.map(showtime))[:10] == "aasaaaaahh"
    ended = {
        sale: (await harness.use_cases.holding.find(sale.user_id, sale.hold_id)).status
        for sale in (cancelled, sold, refused)
    }
    assert list(ended.values()) == ["released", "sold", "expired"]
    assert (await harness.use_cases.holding.find(in_checkout.user_id, in_checkout.hold_id)).status == "active"


async def test_money_finds_the_seats_that_only_a_dead_hold_keeps(harness: Harness) -> None:
    showtime = await harness.showtime()
    cancelled = await harness.checked_out(showtime, a_user(), "A1")
    old = await _dump(harness)
    await harness.use_cases.sales.sell(cancelled)
    await harness.use_cases.sales.cancel(a_cancellation(cancelled))
    await _restore(harness, old)
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("sold", None)


async def test_a_refusal_by_an_old_redis_is_checked_against_the_ledger_first(harness: Harness) -> None:
    showtime, _, _ = await _stale(harness)
    sale = a_sale(showtime.snapshot, a_user(), "B1")
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("sold", None)


async def test_an_old_redis_gives_a_sold_seat_to_nobody_for_money(harness: Harness) -> None:
    showtime, sold, _ = await _stale(harness)
    user = a_user()
    hold_id = await harness.held(showtime, user, "A1")
    refused = await harness.call("POST", f"/internal/holds/{hold_id}/checkout", user=user, json={})
    assert (refused.status, refused.json["code"]) == (409, "seats_unavailable")
    assert await harness.seat(showtime, "A1") == "s"
    assert (await harness.ledger(showtime))["sold"] == {"A1": sold.booking_id}


async def test_differences_that_last_are_measured_and_healed(harness: Harness) -> None:
    showtime, _, _ = await _stale(harness)
    comparison = a_worker(harness).comparison
    comparison.suspect(showtime.id)
    await comparison.compare()
    await comparison.compare()
    assert comparison.lasting == 2
    assert await harness.seat(showtime, "A1") == "s"
    await comparison.compare()
    assert comparison.lasting == 0


async def test_a_tell_that_is_older_than_what_redis_knows_is_ignored(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1")
    await harness.use_cases.sales.sell(sale)
    old = await harness.seating.ports.ledgers.read(showtime.id)
    assert old is not None
    await harness.use_cases.sales.cancel(a_cancellation(sale))
    await harness.seat_holds.tell(showtime, old, ["A1"])
    assert await harness.seat(showtime, "A1") == "a"
