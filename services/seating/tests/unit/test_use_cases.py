"""The use cases over fakes: what they do with what the ports say."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from services.seating.tests.factories import a_cancellation, a_checked_out_hold, a_sale, a_user
from services.seating.tests.fake_seat_holds import FakeSeatHolds
from services.seating.tests.fakes import FakeCheckedOutHolds, FakeLedgers, FakeServerRuns, FakeSnapshots
from tests.factories import a_snapshot, at

from chassis.problems import InvalidInput
from chassis.unavailable import PeerUnavailable
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import new_suffix
from contracts.prices import PriceTable
from contracts.sale import Sale
from seating.domain import Showtime
from seating.errors import (
    HoldExpired,
    HoldNotFound,
    HoldSold,
    PriceChanged,
    SeatsUnavailable,
    ShowtimeClosed,
    ShowtimeNotFound,
    UnknownSeats,
)
from seating.ledger import checkout_change
from seating.usecases import sales, showtimes
from seating.usecases.holding import HoldRequest
from seating.usecases.ports import Claim, Ports
from seating.usecases.prices import PriceCache
from seating.usecases.sales import SnapshotMissing
from seating.usecases.use_cases import UseCases

USER = a_user()


@pytest.fixture
def ports() -> Ports:
    ledgers, snapshots, checked_out_holds = FakeLedgers(), FakeSnapshots(), FakeCheckedOutHolds()
    seat_holds = FakeSeatHolds(ledgers, snapshots, checked_out_holds)
    return Ports(seat_holds, ledgers, snapshots, checked_out_holds, FakeServerRuns())


@pytest.fixture
def use_cases(ports: Ports) -> UseCases:
    return UseCases.of(ports)


async def heard(use_cases: UseCases, **wishes: Any) -> ShowtimeSnapshot:
    """A showtime that seating has heard of."""
    snapshot = a_snapshot(**wishes)
    await use_cases.scheduling.follow(snapshot)
    return snapshot


def a_request(snapshot: ShowtimeSnapshot, *seats: str, **fields: Any) -> HoldRequest:
    return HoldRequest(snapshot.showtime_id, seats or ("A1",), **fields)


def changed(snapshot: ShowtimeSnapshot, **fields: Any) -> ShowtimeSnapshot:
    return snapshot.model_copy(update={"revision": snapshot.revision + 1, **fields})


# --- holding ----------------------------------------------------------------------------------------------------------


async def test_a_hold_of_seats_that_are_not_there_names_them(use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    with pytest.raises(UnknownSeats) as refusal:
        await use_cases.holding.hold(USER, a_request(snapshot, "A1", "Z9"))
    assert refusal.value.members["seatIds"] == ["Z9"]
    with pytest.raises(ShowtimeNotFound):
        await use_cases.holding.hold(USER, HoldRequest("sho_x", ["A1"]))


async def test_a_price_other_than_the_expected_one_is_told(use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    with pytest.raises(PriceChanged) as refusal:
        await use_cases.holding.hold(USER, a_request(snapshot, "A1", "A2", expected_total=1))
    assert refusal.value.members["total"] == 20_000


CHILD = {"type": "child", "label": "Child", "percent": 60, "proof": "a passport"}


async def test_each_seat_is_quoted_for_its_type_of_ticket(use_cases: UseCases) -> None:
    rule = {"name": "matinee", "when": {"ticket_type": "child"}, "adjust": {"amount": -1_000}}
    prices = {"ticket_types": [CHILD], "rules": [rule]}
    snapshot = await heard(use_cases, prices=prices)
    request = a_request(snapshot, "A1", "A2", "A3", ticket_types={"A2": "child", "A3": "adult"})
    quote = (await use_cases.holding.hold(USER, request)).quote
    assert [(line.ticket_type, line.base, line.price) for line in quote.lines] == [
        ("adult", 10_000, 10_000),
        ("child", 10_000, 5_400),
        ("adult", 10_000, 10_000),
    ]
    assert [line.ticket and line.ticket.proof for line in quote.lines] == [None, "a passport", None]
    assert quote.total == 25_400


async def test_a_type_of_ticket_that_there_is_none_of_is_refused_with_its_seat(use_cases: UseCases) -> None:
    snapshot = await heard(use_cases, prices={"ticket_types": [CHILD]})
    with pytest.raises(InvalidInput) as refusal:
        await use_cases.holding.hold(USER, a_request(snapshot, "A1", "A2", ticket_types={"A1": "child", "A2": "dog"}))
    assert [fault["path"] for fault in refusal.value.members["errors"]] == ["ticketTypes.A2"]


async def test_a_type_of_ticket_that_only_a_newer_snapshot_has_is_held_by_it(ports: Ports, use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    cheaper = {"base_price": 5_000, "currency": "INR", "ticket_types": [CHILD]}
    newer = changed(snapshot, prices=PriceTable.model_validate(cheaper))
    await UseCases.of(ports).scheduling.follow(newer)  # another replica has heard of it
    child = await use_cases.holding.hold(USER, a_request(snapshot, ticket_types={"A1": "child"}))
    assert child.quote.total == 3_000


async def test_a_total_that_only_a_newer_snapshot_comes_to_is_accepted(ports: Ports, use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    cheaper = changed(snapshot, prices=snapshot.prices.model_copy(update={"base_price": 5_000}))
    await UseCases.of(ports).scheduling.follow(cheaper)
    assert (await use_cases.holding.hold(USER, a_request(snapshot, expected_total=5_000))).quote.total == 5_000


async def test_a_price_is_the_same_whoever_asks(use_cases: UseCases) -> None:
    rule = {"name": "full", "when": {"occupancy": {"gte": 0.5}}, "adjust": {"percent": 50}}
    snapshot = await heard(use_cases, rows=1, cols=4, prices={"rules": [rule]})
    quotes = []
    for user in (USER, a_user()):
        hold = await use_cases.holding.hold(user, a_request(snapshot, "A1", "A2"))
        quotes.append(hold.quote)
        await use_cases.holding.release(user, hold.id)
    assert quotes[0] == quotes[1]


async def test_blocked_seats_count_for_nothing_in_the_occupancy(use_cases: UseCases) -> None:
    rule = {"name": "full", "when": {"occupancy": {"gte": 0.5}}, "adjust": {"percent": 50}}
    layout = {"rows": 1, "cols": 4, "blocked": ["A3", "A4"]}
    snapshot = await heard(use_cases, layout=layout, prices={"rules": [rule]})
    totals = [(await use_cases.holding.hold(a_user(), a_request(snapshot, seat))).quote.total for seat in ("A1", "A2")]
    assert totals == [10_000, 15_000]


async def test_a_hold_priced_by_an_old_snapshot_is_priced_anew_by_the_newest(ports: Ports, use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    dearer = changed(snapshot, prices=snapshot.prices.model_copy(update={"base_price": 20_000}))
    await UseCases.of(ports).scheduling.follow(dearer)  # another replica has heard of it
    assert (await use_cases.holding.hold(USER, a_request(snapshot))).quote.total == 20_000


async def test_a_show_that_was_moved_to_later_is_sold_though_the_snapshot_at_hand_says_it_has_begun(
    ports: Ports, use_cases: UseCases
) -> None:
    begun = await heard(use_cases, start_at=at(-1))
    with pytest.raises(ShowtimeClosed):
        await use_cases.holding.hold(USER, a_request(begun))
    later = changed(begun, start_at=begun.start_at + timedelta(hours=1))
    await UseCases.of(ports).scheduling.follow(later)
    assert (await use_cases.holding.hold(USER, a_request(begun))).status == "active"


async def test_a_retry_finds_the_hold_of_the_call_before_it_and_makes_another_where_that_has_ended(
    use_cases: UseCases,
) -> None:
    snapshot = await heard(use_cases)
    request = a_request(snapshot, id_seed=new_suffix())
    retry = replace(request, is_retry=True)
    first = await use_cases.holding.hold(USER, retry)  # nothing of the call before it was made
    assert (await use_cases.holding.hold(USER, retry)).id == first.id
    await use_cases.holding.release(USER, first.id)
    second = await use_cases.holding.hold(USER, retry)
    assert (second.id != first.id, second.status) == (True, "active")


async def test_a_retry_does_not_use_the_id_of_a_hold_again_that_only_its_checkout_remembers(
    ports: Ports, use_cases: UseCases
) -> None:
    retry = a_request(await heard(use_cases), id_seed=new_suffix(), is_retry=True)
    first = await use_cases.holding.hold(USER, retry)
    await use_cases.checkouts.begin(USER, first.id)
    await use_cases.holding.release(USER, first.id)
    assert isinstance(ports.seat_holds, FakeSeatHolds)
    ports.seat_holds.lose()
    assert (await use_cases.holding.hold(USER, retry)).id != first.id


async def test_prices_that_depend_on_the_occupancy_follow_it(use_cases: UseCases) -> None:
    rule = {"name": "full", "when": {"occupancy": {"gte": 0.5}}, "adjust": {"percent": 50}}
    prices = {"base_price": 10_000, "currency": "INR", "rules": [rule]}
    snapshot = await heard(use_cases, rows=1, cols=4, prices=prices)
    totals = []
    for seat in ("A1", "A2", "A3"):
        priced = await use_cases.seat_maps.read_with_prices(snapshot.showtime_id)
        hold = await use_cases.holding.hold(a_user(), a_request(snapshot, seat))
        assert hold.quote.total == priced.prices["standard"].price
        totals.append(hold.quote.total)
    assert totals == [10_000, 10_000, 15_000]


def test_prices_are_cached_until_the_clock_or_a_snapshot_may_change_them() -> None:
    rule = {"name": "early", "when": {"hours_before": {"gte": 24}}, "adjust": {"set_to": 1}}
    snapshot = a_snapshot(prices={"base_price": 2, "currency": "INR", "rules": [rule]})
    showtime, cache = Showtime.of(snapshot), PriceCache()
    turn = (snapshot.start_at - timedelta(hours=24)).timestamp()
    assert cache.cached(showtime, turn - 2) == {}
    early = cache.prices(showtime, turn - 2, 0)
    assert cache.cached(showtime, turn - 1) == {"adult": early}
    assert cache.cached(showtime, turn) == {}
    assert cache.cached(Showtime.of(changed(snapshot)), turn - 1) == {}
    assert cache.prices(showtime, turn + 1, 0)["standard"].price == 2


# --- checkouts --------------------------------------------------------------------------------------------------------


async def checked_out(use_cases: UseCases, snapshot: ShowtimeSnapshot, *seats: str) -> Sale:
    user = a_user()
    hold = await use_cases.holding.hold(user, a_request(snapshot, *seats))
    return await use_cases.checkouts.begin(user, hold.id)


async def test_a_checkout_of_what_is_sold_gives_its_sale_again_whatever_redis_lost(
    ports: Ports, use_cases: UseCases
) -> None:
    sale = await checked_out(use_cases, await heard(use_cases), "A1")
    await use_cases.sales.sell(sale)
    assert await use_cases.checkouts.begin(sale.user_id, sale.hold_id) == sale
    assert isinstance(ports.seat_holds, FakeSeatHolds)
    ports.seat_holds.lose()
    assert await use_cases.checkouts.begin(sale.user_id, sale.hold_id) == sale


async def test_a_checkout_that_the_ledger_refuses_teaches_redis_what_is_sold(ports: Ports, use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    hold = await use_cases.holding.hold(USER, a_request(snapshot, "A1", "A2"))
    sold = a_sale(snapshot, a_user(), "A2")
    await ports.ledgers.sell(sold, datetime.now(UTC), deadline=float("inf"))  # and its handler died before it told
    with pytest.raises(SeatsUnavailable):
        await use_cases.checkouts.begin(USER, hold.id)
    assert (await use_cases.seat_maps.read(snapshot.showtime_id))[1].letters.startswith("asa")


async def test_a_cancelled_hold_is_not_paid_for_again(use_cases: UseCases) -> None:
    sale = await checked_out(use_cases, await heard(use_cases), "A1")
    await use_cases.sales.cancel(a_cancellation(sale, was_confirmed=False))
    with pytest.raises(HoldExpired):
        await use_cases.checkouts.begin(sale.user_id, sale.hold_id)


async def test_what_redis_lost_is_answered_from_the_checkout(ports: Ports, use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    sold, released = [await checked_out(use_cases, snapshot, seat) for seat in ("A1", "A2")]
    await use_cases.sales.sell(sold)
    await use_cases.holding.release(released.user_id, released.hold_id)
    assert isinstance(ports.seat_holds, FakeSeatHolds)
    ports.seat_holds.lose()
    assert (await use_cases.holding.find(sold.user_id, sold.hold_id)).status == "sold"
    assert (await use_cases.holding.find(released.user_id, released.hold_id)).status == "expired"
    with pytest.raises(HoldSold):
        await use_cases.holding.release(sold.user_id, sold.hold_id)
    with pytest.raises(HoldSold):
        await use_cases.holding.refresh(sold.user_id, sold.hold_id)
    with pytest.raises(HoldExpired):
        await use_cases.holding.refresh(released.user_id, released.hold_id)
    with pytest.raises(HoldExpired):
        await use_cases.checkouts.begin(released.user_id, released.hold_id)
    with pytest.raises(HoldNotFound):
        await use_cases.holding.find(a_user(), sold.hold_id)


# --- sales ------------------------------------------------------------------------------------------------------------


async def test_money_for_a_showtime_nobody_told_of_comes_again(
    use_cases: UseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sales, "SNAPSHOT_SECONDS", 0)
    sale = a_sale(a_snapshot(), a_user(), "A1")
    with pytest.raises(SnapshotMissing):
        await use_cases.sales.sell(sale)
    with pytest.raises(SnapshotMissing):
        await use_cases.sales.cancel(a_cancellation(sale))


class Refusing(FakeSeatHolds):
    """Grants no claim, as a Redis that went back to before it was told."""

    async def claim(self, showtime: Showtime, sale: Sale, places: Sequence[str] = ()) -> Claim:
        return replace(await super().claim(showtime, sale, places), granted=False)


async def test_money_waits_while_redis_refuses_what_the_ledger_keeps_for_it(ports: Ports, use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    sale = a_sale(snapshot, a_user(), "A1")
    ends_soon = a_checked_out_hold(sale, datetime.now(UTC) + timedelta(seconds=10))
    enter = partial(checkout_change, hold=ends_soon, refreshed=False)
    await ports.ledgers.amend(snapshot.showtime_id, sale.booking_id, enter)
    refusing = Refusing(ports.ledgers, ports.snapshots, ports.checked_out_holds)
    with pytest.raises(PeerUnavailable):
        await UseCases.of(replace(ports, seat_holds=refusing)).sales.sell(sale)
    ledger = await ports.ledgers.read(snapshot.showtime_id)
    assert ledger is not None
    assert ledger.verdicts == {}


async def test_a_refusal_counts_only_from_a_redis_that_was_just_told_the_ledger(
    ports: Ports, use_cases: UseCases
) -> None:
    snapshot = await heard(use_cases)
    before, sale = a_sale(snapshot, a_user(), "A1"), a_sale(snapshot, a_user(), "A1")
    stale = FakeSeatHolds(ports.ledgers, ports.snapshots, ports.checked_out_holds)
    await use_cases.sales.sell(before)
    assert (await stale.read(snapshot.showtime_id)).letters.startswith("s")
    await use_cases.sales.cancel(a_cancellation(before))
    await UseCases.of(replace(ports, seat_holds=stale)).sales.sell(sale)
    ledger = await ports.ledgers.read(snapshot.showtime_id)
    assert ledger is not None
    assert ledger.sold == {"A1": sale.booking_id}


# --- showtimes --------------------------------------------------------------------------------------------------------


async def test_only_a_showtime_whose_id_is_young_is_waited_for(
    ports: Ports, use_cases: UseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showtimes, "WAIT_SECONDS", 3600)
    snapshot = a_snapshot()
    async with asyncio.timeout(60):
        for showtime_id in ("sho_" + "0" * 26, "sho_x", ""):
            with pytest.raises(ShowtimeNotFound):
                await use_cases.showtimes.get(showtime_id)
        waiting = asyncio.create_task(use_cases.showtimes.get(snapshot.showtime_id))
        await UseCases.of(ports).scheduling.follow(snapshot)
        assert (await waiting).id == snapshot.showtime_id


async def test_a_showtime_is_cached_and_its_newest_snapshot_is_asked_for(ports: Ports, use_cases: UseCases) -> None:
    snapshot = await heard(use_cases)
    await ports.snapshots.save(changed(snapshot))
    assert (await use_cases.showtimes.get(snapshot.showtime_id)).snapshot.revision == 1
    newest = await use_cases.showtimes.newest(snapshot.showtime_id)
    assert newest is not None
    assert newest.snapshot.revision == 2
    assert await use_cases.showtimes.get(snapshot.showtime_id) is newest
