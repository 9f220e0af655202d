"""Seats that a theater takes out while guests pay for them."""

import asyncio
from datetime import UTC, datetime
from math import inf

import pytest
from services.seating.tests.factories import a_user
from services.seating.tests.harness import Harness
from services.seating.tests.integration.test_replans import owners, sold

from seating import store
from seating.domain import Showtime
from seating.errors import HoldExpired
from seating.usecases.ports import ClaimTooShort
from seating.usecases.replans import ReplanRequest


async def test_nobody_pays_for_a_seat_that_is_taken_out(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale, other = await harness.checked_out(showtime, a_user(), "C4", "C5"), await sold(harness, showtime, "C6")
    wish = ReplanRequest(blocked_seats=("C4", "C6"))
    replanning, _ = await harness.use_cases.replans.replan(showtime.id, wish)
    hit = {move.booking_id: (move.from_seat_ids, move.to_seat_ids) for move in replanning.moved}
    assert hit == {sale.booking_id: (("C4",), ()), other.booking_id: (("C6",), ())}
    assert replanning.placed == 1
    with pytest.raises(HoldExpired):
        await harness.use_cases.checkouts.begin(sale.user_id, sale.hold_id)
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("refused", "seats_lost")
    assert await owners(harness, showtime) == {"C6": other.booking_id}
    assert "".join([await harness.seat(showtime, seat) for seat in ("C4", "C5", "C6")]) == "bas"
    again, _ = await harness.use_cases.replans.replan(showtime.id, wish)
    assert {move.booking_id: (move.from_seat_ids, move.to_seat_ids) for move in again.moved} == hit
    assert again.change is None


async def test_a_change_that_was_overtaken_by_a_sale_has_the_next_sales_wait(
    harness: Harness, replica: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    showtime = await harness.showtime()
    waiting = await replica.checked_out(showtime, a_user(), "C4")
    ledgers, replans = replica.seating.ports.ledgers, harness.use_cases.replans
    attempts: list[bool] = []
    buyers: list[asyncio.Task[None]] = []
    held = replans._held

    async def overtaken(present: Showtime) -> frozenset[str]:
        fenced = "fenced_until" in await harness.ledger(showtime)
        attempts.append(fenced)
        if not fenced:
            await sold(replica, showtime, f"A{len(attempts)}")
        else:
            assert await ledgers.sell_in_checkout(waiting, datetime.now(UTC)) is None
            assert await ledgers.sell(waiting, datetime.now(UTC), deadline=inf) is None
            buyers.append(asyncio.create_task(replica.use_cases.sales.sell(waiting)))
        return await held(present)

    monkeypatch.setattr(replans, "_held", overtaken)
    replanning, _ = await replans.replan(showtime.id, ReplanRequest(blocked_seats=("C4",), reseat=True))
    assert attempts == [False, True]
    assert [(move.booking_id, move.to_seat_ids) for move in replanning.moved] == [(waiting.booking_id, ("C3",))]
    await asyncio.gather(*buyers)
    assert (await owners(harness, showtime))["C3"] == waiting.booking_id
    assert "fenced_until" not in await harness.ledger(showtime)


async def test_a_fence_that_nobody_takes_away_ends_by_itself(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "C4")
    monkeypatch.setattr(store, "FENCE_SECONDS", 0.2)
    await harness.seating.ports.ledgers.fence(showtime.id)
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("sold", None)


async def test_a_claim_of_seats_that_were_moved_since_sells_no_others(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "C4")
    sales = harness.use_cases.sales
    claim = await sales.claim(showtime, sale)
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("C4",), reseat=True))
    with pytest.raises(ClaimTooShort):
        await sales.write(sale, claim, sale.seat_ids)
    await sales.sell(sale)
    assert await owners(harness, showtime) == {"C3": sale.booking_id}
