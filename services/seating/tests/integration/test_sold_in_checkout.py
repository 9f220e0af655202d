"""What the ledger has in checkout is sold without asking Redis: processes that die, repeats, guests who let go."""

import asyncio
from datetime import UTC, datetime

import pytest
from services.seating.tests.factories import a_user
from services.seating.tests.harness import Answer, Harness

from contracts.sale import Sale
from seating.domain import Showtime
from seating.usecases.ports import Claim


async def test_a_process_that_dies_between_any_two_steps_leaves_what_the_repeated_message_finishes(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    ledgers = harness.seating.ports.ledgers
    for seat, redis_is_lost in (("A1", False), ("A2", True)):
        sale = await harness.checked_out(showtime, a_user(), seat)
        assert await ledgers.sell_in_checkout(sale, datetime.now(UTC)) is not None
        assert await harness.seat(showtime, seat) == "h", "the process died before it told Redis"
        if redis_is_lost:
            await harness.redis.flushdb()
        for process in (replica, harness):
            await process.use_cases.sales.sell(sale)
        assert await harness.verdict(sale) == ("sold", None)
        assert await harness.seat(showtime, seat) == "s"
        assert (await replica.use_cases.holding.find(sale.user_id, sale.hold_id)).status == "sold"
    said = [entry["id"] for entry in (await harness.ledger(showtime))["outbox"]]
    assert len(set(said)) == 2, "a repeated message says the same events again"


async def test_the_same_payment_at_two_replicas_at_once_sells_once(harness: Harness, replica: Harness) -> None:
    showtime = await harness.showtime()
    sales = [await harness.checked_out(showtime, a_user(), f"A{number}") for number in range(1, 9)]
    both = [process.use_cases.sales.sell(sale) for sale in sales for process in (harness, replica)]
    await asyncio.gather(*both)
    assert (await harness.ledger(showtime))["sold"] == {sale.seat_ids[0]: sale.booking_id for sale in sales}
    assert await harness.map(showtime) == "s" * 8 + "a" * 32


async def test_redis_is_not_asked_for_a_claim_while_the_checkout_lasts(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def claim(_showtime: Showtime, _sale: Sale) -> Claim:
        raise AssertionError("a claim")

    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1", "A2")
    monkeypatch.setattr(harness.seat_holds, "claim", claim)
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("sold", None)


async def test_guests_who_let_go_while_their_money_comes_and_others_who_want_the_seat_never_share_one(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    seats = [seat.seat_id for seat in showtime.seats[:20]]
    sales = [await harness.checked_out(showtime, a_user(), seat) for seat in seats]
    others = [a_user() for _ in seats]

    async def wants(user: str, seat: str) -> Answer:
        return await replica.hold(showtime, user, seat)

    async def contest(sale: Sale, other: str, seat: str) -> None:
        path = f"/api/seats/hold/{sale.hold_id}"
        let_go, _, wanted = await asyncio.gather(
            replica.call("DELETE", path, user=sale.user_id), harness.use_cases.sales.sell(sale), wants(other, seat)
        )
        verdict = await harness.verdict(sale)
        if verdict == ("sold", None):
            assert await harness.seat(showtime, seat) == "s"
            held = wanted.status == 201
            assert not held or (await harness.use_cases.holding.find(other, wanted.json["id"])).status == "released"
        else:
            assert verdict == ("refused", "seats_lost")
            assert (let_go.status, wanted.status) == (204, 201)

    await asyncio.gather(*(contest(*of_one) for of_one in zip(sales, others, seats, strict=True)))
