"""What any `Ledgers` does."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from typing import Any

import pytest
from services.seating.tests.contract.conftest import Subject
from services.seating.tests.factories import (
    a_cancellation,
    a_checked_out_hold,
    a_ledger,
    a_sale,
    a_user,
)
from tests.factories import a_snapshot

from contracts.catalog import ShowtimeSnapshot
from contracts.sale import Sale
from seating.domain import Ledger, milliseconds
from seating.errors import SeatsUnavailable
from seating.ledger import LedgerChange, checkout_change, decide_cancellation, decide_checkout, decide_sale
from seating.usecases.ports import ClaimTooShort, Ports

NOW = datetime.now(UTC).replace(microsecond=0)
SOON = NOW + timedelta(minutes=3)


async def opened(ports: Ports, snapshot: ShowtimeSnapshot) -> ShowtimeSnapshot:
    assert await ports.ledgers.open(snapshot) is not None
    return snapshot


async def in_checkout(ports: Ports, sale: Sale, until: datetime = SOON) -> Ledger:
    decide = partial(checkout_change, hold=a_checked_out_hold(sale, until), refreshed=False)
    ledger = await ports.ledgers.amend(sale.showtime_id, sale.booking_id, decide)
    assert ledger is not None
    return ledger


async def cancelled(ports: Ports, sale: Sale) -> None:
    decide = partial(decide_cancellation, event=a_cancellation(sale), hold_id=sale.hold_id, now=NOW)
    assert await ports.ledgers.amend(sale.showtime_id, sale.booking_id, decide) is not None


async def sell(ports: Ports, sale: Sale) -> Ledger | None:
    return await ports.ledgers.sell(sale, NOW, deadline=inf)


async def test_a_ledger_begins_with_its_first_snapshot_and_follows_newer_ones_alone(ports: Ports) -> None:
    snapshot = a_snapshot()
    assert await ports.ledgers.read(snapshot.showtime_id) is None
    first = await ports.ledgers.open(snapshot)
    assert first == Ledger(snapshot.showtime_id, rev=1, revision=1, starts_at=snapshot.start_at)
    assert await ports.ledgers.open(snapshot) is None
    moved = snapshot.model_copy(update={"revision": 3, "start_at": snapshot.start_at + timedelta(hours=1)})
    second = await ports.ledgers.open(moved)
    assert second == Ledger(snapshot.showtime_id, rev=2, revision=3, starts_at=moved.start_at)
    assert await ports.ledgers.open(snapshot.model_copy(update={"revision": 2})) is None
    assert await ports.ledgers.read(snapshot.showtime_id) == second


async def test_a_cancelled_show_closes_its_ledger_for_good(ports: Ports) -> None:
    snapshot = await opened(ports, a_snapshot())
    sold = await sell(ports, a_sale(snapshot, a_user(), "A1"))
    gone = await ports.ledgers.open(snapshot.model_copy(update={"status": "cancelled", "revision": 2}))
    assert gone is not None
    assert sold is not None
    assert (gone.closed, gone.sold, gone.verdicts) == ("cancelled", sold.sold, sold.verdicts)


async def test_a_sale_writes_owner_verdict_and_event_and_ends_the_checkout(ports: Ports, subject: Subject) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale = a_sale(snapshot, a_user(), "A1", "A2")
    before = await in_checkout(ports, sale)
    ledger = await sell(ports, sale)
    assert ledger is not None
    assert ledger == await ports.ledgers.read(snapshot.showtime_id)
    assert ledger.sold == {"A1": sale.booking_id, "A2": sale.booking_id}
    assert (ledger.checkouts, ledger.rev) == ({}, before.rev + 1)
    assert (ledger.verdicts[sale.booking_id].outcome, ledger.verdicts[sale.booking_id].at) == ("sold", NOW)
    assert await subject.said(snapshot.showtime_id) == [f"{sale.booking_id}:seats_sold"]


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"start_at": NOW}], ids=["cancelled", "begun"])
async def test_a_closed_ledger_sells_nothing(ports: Ports, change: dict[str, Any]) -> None:
    snapshot = await opened(ports, a_snapshot(**change))
    assert await sell(ports, a_sale(snapshot, a_user(), "A1")) is None


async def test_a_sold_seat_is_not_sold_again_nor_a_booking_twice(ports: Ports, subject: Subject) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale, other = a_sale(snapshot, a_user(), "A1"), a_sale(snapshot, a_user(), "A1", "A2")
    sold = await sell(ports, sale)
    assert await sell(ports, sale) is None
    assert await sell(ports, other) is None
    assert await ports.ledgers.read(snapshot.showtime_id) == sold
    await cancelled(ports, sale)
    assert await sell(ports, sale) is None
    assert await sell(ports, other) is not None
    said = [key.partition(":")[2] for key in await subject.said(snapshot.showtime_id)]
    assert said == ["seats_sold", "seats_released", "seats_sold"]


async def test_a_seat_in_anothers_checkout_is_not_sold_until_that_is_over(ports: Ports) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale = a_sale(snapshot, a_user(), "A1")
    await in_checkout(ports, a_sale(snapshot, a_user(), "A1"), NOW + timedelta(milliseconds=1))
    assert await sell(ports, sale) is None
    await in_checkout(ports, a_sale(snapshot, a_user(), "A1"), NOW)
    assert await sell(ports, sale) is not None


async def test_a_showtime_without_a_ledger_sells_nothing_and_is_amended_by_nobody(ports: Ports) -> None:
    sale = a_sale(a_snapshot(), a_user(), "A1")

    def decide(_: Ledger) -> LedgerChange:
        raise AssertionError("there is nothing to decide on")

    assert await sell(ports, sale) is None
    assert await ports.ledgers.amend(sale.showtime_id, sale.booking_id, decide) is None


async def test_an_amendment_that_changes_nothing_gives_the_ledger_as_it_is(ports: Ports, subject: Subject) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale = a_sale(snapshot, a_user(), "A1")
    before = await ports.ledgers.read(snapshot.showtime_id)
    assert await ports.ledgers.amend(snapshot.showtime_id, sale.booking_id, lambda _: None) == before
    assert await subject.said(snapshot.showtime_id) == []


async def test_an_event_that_is_said_again_leaves_the_ledger_as_it_is(ports: Ports, subject: Subject) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale = a_sale(snapshot, a_user(), "A1")
    sold = await sell(ports, sale)
    decide = partial(decide_sale, sale=sale, now=NOW, claimed=True)
    assert await ports.ledgers.amend(snapshot.showtime_id, sale.booking_id, decide) == sold
    assert await subject.said(snapshot.showtime_id) == [f"{sale.booking_id}:seats_sold"] * 2


async def test_a_checkout_takes_the_place_of_a_lapsed_one(ports: Ports) -> None:
    snapshot = await opened(ports, a_snapshot())
    lapsed, sale = a_sale(snapshot, a_user(), "A1", "A2"), a_sale(snapshot, a_user(), "A2")
    await in_checkout(ports, lapsed, NOW)
    ledger = await in_checkout(ports, sale)
    assert {seat: (there.hold_id, there.until) for seat, there in ledger.checkouts.items()} == {
        "A2": (sale.hold_id, SOON)
    }
    assert ledger == await ports.ledgers.read(snapshot.showtime_id)


async def test_no_write_begins_that_its_claim_may_not_outlive(ports: Ports) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale, deadline = a_sale(snapshot, a_user(), "A1"), time.monotonic() + 10
    decide = partial(decide_sale, sale=sale, now=NOW, claimed=True)
    with pytest.raises(ClaimTooShort):
        await ports.ledgers.sell(sale, NOW, deadline=deadline)
    with pytest.raises(ClaimTooShort):
        await ports.ledgers.amend(snapshot.showtime_id, sale.booking_id, decide, deadline=deadline)
    assert await ports.ledgers.sell(sale, NOW, deadline=deadline + 60) is not None


async def test_what_is_in_its_own_checkout_is_sold_without_a_claim_and_what_is_returned_knows_of_it(
    ports: Ports,
) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale = a_sale(snapshot, a_user(), "A1", "A2")
    await in_checkout(ports, sale)
    ledger = await ports.ledgers.sell_in_checkout(sale, NOW)
    assert ledger is not None
    assert ledger.sold == {"A1": sale.booking_id, "A2": sale.booking_id}
    assert ledger.verdicts[sale.booking_id].outcome == "sold"
    assert ledger.checkouts == {}
    assert await ports.ledgers.read(snapshot.showtime_id) == ledger
    assert await ports.ledgers.sell_in_checkout(sale, NOW) is None


async def _ends_too_soon(ports: Ports, sale: Sale) -> None:
    await in_checkout(ports, sale, NOW + timedelta(seconds=14))


async def _is_of_one_seat_alone(ports: Ports, sale: Sale) -> None:
    await in_checkout(ports, sale.model_copy(update={"seat_ids": ("A1",)}))


async def _is_of_another(ports: Ports, sale: Sale) -> None:
    await in_checkout(ports, a_sale(await the_snapshot(ports, sale), a_user(), "A1", "A2"))


async def _has_a_verdict(ports: Ports, sale: Sale) -> None:
    await in_checkout(ports, sale)
    await cancelled(ports, sale)


async def _is_of_a_show_about_to_begin(ports: Ports, sale: Sale) -> None:
    await in_checkout(ports, sale)
    soon = {"start_at": NOW + timedelta(seconds=14), "revision": 2}
    await ports.ledgers.open((await the_snapshot(ports, sale)).model_copy(update=soon))


async def _is_of_a_cancelled_show(ports: Ports, sale: Sale) -> None:
    await in_checkout(ports, sale)
    gone = {"status": "cancelled", "revision": 2}
    await ports.ledgers.open((await the_snapshot(ports, sale)).model_copy(update=gone))


async def the_snapshot(ports: Ports, sale: Sale) -> ShowtimeSnapshot:
    showtime = await ports.snapshots.find(sale.showtime_id)
    assert showtime is not None
    return showtime.snapshot


@pytest.mark.parametrize(
    "its_checkout",
    [
        _ends_too_soon,
        _is_of_one_seat_alone,
        _is_of_another,
        _has_a_verdict,
        _is_of_a_show_about_to_begin,
        _is_of_a_cancelled_show,
    ],
)
async def test_nothing_else_is_sold_without_a_claim(
    ports: Ports, its_checkout: Callable[[Ports, Sale], Awaitable[None]]
) -> None:
    snapshot = await opened(ports, a_snapshot())
    await ports.snapshots.save(snapshot)
    sale = a_sale(snapshot, a_user(), "A1", "A2")
    await its_checkout(ports, sale)
    before = await ports.ledgers.read(snapshot.showtime_id)
    assert await ports.ledgers.sell_in_checkout(sale, NOW) is None
    assert await ports.ledgers.read(snapshot.showtime_id) == before


async def test_a_presumed_state_saves_the_read_where_it_is_so_and_decides_nothing_where_it_is_not(ports: Ports) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale, other = a_sale(snapshot, a_user(), "A1"), a_sale(snapshot, a_user(), "A1")
    untouched = a_ledger(snapshot)

    def enter(sale: Sale) -> Callable[[Ledger], LedgerChange | None]:
        hold = a_checked_out_hold(sale, SOON)
        return lambda ledger: decide_checkout(ledger, hold, NOW, refreshed=False)

    ledgers = ports.ledgers
    entered = await ledgers.amend(snapshot.showtime_id, sale.booking_id, enter(sale), presumed=untouched)
    assert entered is not None
    assert entered.checkouts["A1"].hold_id == sale.hold_id
    with pytest.raises(SeatsUnavailable):
        await ledgers.amend(snapshot.showtime_id, other.booking_id, enter(other), presumed=untouched)
    with pytest.raises(SeatsUnavailable):
        await ledgers.amend(snapshot.showtime_id, other.booking_id, enter(other), presumed=replace(entered, sold={}))
    assert await ledgers.read(snapshot.showtime_id) == entered


async def test_a_refresh_says_its_end_though_a_checkout_has_written_it_before(ports: Ports, subject: Subject) -> None:
    snapshot = await opened(ports, a_snapshot())
    sale = a_sale(snapshot, a_user(), "A1")
    entered = await in_checkout(ports, sale)
    assert await subject.said(snapshot.showtime_id) == []
    decide = partial(decide_checkout, hold=a_checked_out_hold(sale, SOON), now=NOW, refreshed=True)
    untouched = a_ledger(snapshot)
    refreshed = await ports.ledgers.amend(snapshot.showtime_id, sale.booking_id, decide, presumed=untouched)
    assert refreshed == entered
    assert await subject.said(snapshot.showtime_id) == [f"{sale.booking_id}:hold_extended:{milliseconds(SOON)}"]


async def test_the_sold_seats_can_be_read_alone(ports: Ports) -> None:
    snapshot = a_snapshot()
    assert await ports.ledgers.sold_seats(snapshot.showtime_id) == frozenset()
    await opened(ports, snapshot)
    await sell(ports, a_sale(snapshot, a_user(), "A1", "A2"))
    assert await ports.ledgers.sold_seats(snapshot.showtime_id) == {"A1", "A2"}
