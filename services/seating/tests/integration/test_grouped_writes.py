"""Sales of one showtime that come at once are written together, each by its own condition, whoever fails."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from services.seating.tests.factories import a_checked_out_hold, a_sale, a_user
from services.seating.tests.harness import Harness

from contracts.sale import Sale
from seating.domain import Ledger, Showtime, milliseconds
from seating.ledger import decide_checkout


class Spy:
    """Lets the writes of the ledgers through and notes how many came together; the first may fail."""

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ledgers = harness.process.outbox("ledgers").collection
        self._update_each = self._ledgers.update_each
        self.groups: list[int] = []
        self.error: Exception | None = None
        monkeypatch.setattr(self._ledgers, "update_each", self)

    async def __call__(self, updates: Iterable[tuple[Any, Any]]) -> None:
        pairs = list(updates)
        if any("_id" in query and "closed" in query for query, _ in pairs):
            self.groups.append(len(pairs))
        if self.error:
            error, self.error = self.error, None
            raise error
        await self._update_each(pairs)


@pytest.fixture
def spy(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Spy:
    return Spy(harness, monkeypatch)


async def in_checkout(harness: Harness, showtime: Showtime, seats: Iterable[str]) -> list[Sale]:
    return [await harness.checked_out(showtime, a_user(), seat) for seat in seats]


async def sell(harness: Harness, sale: Sale) -> Ledger | None:
    return await harness.seating.ports.ledgers.sell_in_checkout(sale, datetime.now(UTC))


async def test_sixteen_sales_at_once_are_two_writes_and_each_knows_of_its_own(harness: Harness, spy: Spy) -> None:
    showtime = await harness.showtime()
    sales = await in_checkout(harness, showtime, [seat.seat_id for seat in showtime.seats[:16]])
    before = (await harness.ledger(showtime))["rev"]
    ledgers = await asyncio.gather(*(sell(harness, sale) for sale in sales))
    for sale, ledger in zip(sales, ledgers, strict=True):
        assert ledger is not None
        assert ledger.sold[sale.seat_ids[0]] == sale.booking_id
        assert ledger.verdicts[sale.booking_id].outcome == "sold"
    assert spy.groups == [15], "the first was alone"
    assert (await harness.ledger(showtime))["rev"] == before + 16


async def test_sixteen_checkouts_and_sales_at_once_leave_map_and_ledger_as_one_after_the_other(
    harness: Harness, replica: Harness, spy: Spy
) -> None:
    showtime = await harness.showtime()

    async def sale(process: Harness, seat: str) -> None:
        await process.use_cases.sales.sell(await process.checked_out(showtime, a_user(), seat))

    seats = [seat.seat_id for seat in showtime.seats[:32]]
    await asyncio.gather(*(sale((harness, replica)[at % 2], seat) for at, seat in enumerate(seats)))
    ledger = await harness.ledger(showtime)
    assert sorted(ledger["sold"]) == sorted(seats)
    assert (len(ledger["verdicts"]), ledger["checkouts"]) == (32, {})
    assert await harness.map(showtime) == "s" * 32 + "a" * 8
    assert max(spy.groups) > 1


async def test_of_a_group_only_those_are_sold_whose_condition_holds(harness: Harness, spy: Spy) -> None:
    showtime = await harness.showtime()
    first, second, third = await in_checkout(harness, showtime, ["A1", "A2", "A3"])
    without_checkout = second.model_copy(update={"seat_ids": ("B1",)})
    ledgers = await asyncio.gather(*(sell(harness, sale) for sale in (first, without_checkout, third)))
    assert [ledger is not None for ledger in ledgers] == [True, False, True]
    assert spy.groups == [2]
    assert (await harness.ledger(showtime))["sold"] == {"A1": first.booking_id, "A3": third.booking_id}


async def test_a_refresh_beside_a_checkout_with_the_same_end_stores_what_it_says(harness: Harness, spy: Spy) -> None:
    showtime, user = await harness.showtime(), a_user()
    (other,) = await in_checkout(harness, showtime, ["A1"])
    sale = a_sale(showtime.snapshot, user, "A2")
    hold = a_checked_out_hold(sale, datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=3))
    untouched = Ledger(showtime.id, 0, showtime.snapshot.revision, showtime.snapshot.start_at)

    async def enter(*, refreshed: bool) -> None:
        decide = partial(decide_checkout, hold=hold, now=datetime.now(UTC), refreshed=refreshed)
        await harness.seating.ports.ledgers.amend(showtime.id, sale.booking_id, decide, presumed=untouched)

    await asyncio.gather(sell(harness, other), enter(refreshed=False), enter(refreshed=True))
    stored = [entry["id"] for entry in (await harness.ledger(showtime))["outbox"]]
    assert stored == [
        f"{other.booking_id}:seats_sold",
        f"{sale.booking_id}:hold_extended:{milliseconds(hold.expires_at)}",
    ]


async def test_an_error_fails_its_group_alone_and_a_repeat_finds_what_was_written(harness: Harness, spy: Spy) -> None:
    showtime = await harness.showtime()
    sales = await in_checkout(harness, showtime, ["A1", "A2", "A3"])
    spy.error = ConnectionError("the answer was lost")
    outcomes = await asyncio.gather(*(sell(harness, sale) for sale in sales), return_exceptions=True)
    assert [isinstance(outcome, ConnectionError) for outcome in outcomes] == [False, True, True]
    await asyncio.gather(*(harness.use_cases.sales.sell(sale) for sale in sales))
    assert (await harness.ledger(showtime))["sold"].keys() == {"A1", "A2", "A3"}


async def test_who_gives_up_waiting_stops_nobody_else(harness: Harness, spy: Spy) -> None:
    showtime = await harness.showtime()
    sales = await in_checkout(harness, showtime, ["A1", "A2", "A3"])
    tasks = [asyncio.ensure_future(sell(harness, sale)) for sale in sales]
    await asyncio.sleep(0)
    tasks[1].cancel()
    ledgers = await asyncio.gather(tasks[0], tasks[2])
    assert all(ledger is not None for ledger in ledgers)
    assert spy.groups == [2], "who gave up cannot know whether it was written"
