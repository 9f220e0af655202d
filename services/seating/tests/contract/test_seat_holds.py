"""What any `SeatHolds` does."""

from typing import Any

import pytest
from services.seating.tests.contract.conftest import Subject
from services.seating.tests.factories import a_cancellation, a_quote, a_sale, a_user
from tests.factories import a_snapshot, at

from contracts.ids import new_hold_id
from contracts.sale import Sale
from seating.domain import Hold, Showtime, instant
from seating.errors import (
    HoldExpired,
    HoldLimit,
    HoldNotFound,
    HoldSold,
    LeavesSingleSeat,
    RefreshLimit,
    SeatsUnavailable,
    ShowtimeClosed,
    SoldTogether,
)
from seating.usecases.ports import HoldEnded, HoldTerms, InCheckout, Ports, SnapshotOutdated
from seating.usecases.use_cases import UseCases

ends_soon = pytest.mark.parametrize("hold_seconds", [3])


async def a_hold(ports: Ports, showtime: Showtime, *seats: str, user: str = "") -> Hold:
    hold_id = new_hold_id(showtime.id)
    return await ports.seat_holds.hold(showtime, hold_id, user or a_user(), seats, a_quote(showtime, *seats))


def sale_of(showtime: Showtime, hold: Hold) -> Sale:
    return a_sale(showtime.snapshot, hold.user_id, *hold.seat_ids, hold_id=hold.id)


async def state(ports: Ports, showtime: Showtime) -> str:
    return (await ports.seat_holds.read(showtime.id)).state


async def status(ports: Ports, hold: Hold) -> str:
    return (await ports.seat_holds.find(hold.id, hold.user_id)).status


async def test_a_hold_has_all_its_seats_or_none(ports: Ports, showtime: Showtime) -> None:
    first = await a_hold(ports, showtime, "A2")
    before = await ports.seat_holds.read(showtime.id)
    with pytest.raises(SeatsUnavailable) as refusal:
        await a_hold(ports, showtime, "A1", "A2")
    assert refusal.value.members["seatIds"] == ["A2"]
    after = await ports.seat_holds.read(showtime.id)
    assert (after.letters, after.version) == (before.letters, before.version) == ("ahaa", before.version)
    assert await status(ports, first) == "active"


async def test_a_repeat_of_a_hold_changes_nothing_and_one_that_has_ended_is_not_made_again(
    ports: Ports, showtime: Showtime
) -> None:
    hold = await a_hold(ports, showtime, "A1")
    again = await ports.seat_holds.hold(showtime, hold.id, hold.user_id, ["A1"], hold.quote)
    assert (again.id, again.expires_at, again.status) == (hold.id, hold.expires_at, "active")
    await ports.seat_holds.release(hold.id, hold.user_id, ledger_let_go=False)
    with pytest.raises(HoldEnded):
        await ports.seat_holds.hold(showtime, hold.id, hold.user_id, ["A1"], hold.quote)


async def test_a_hold_is_found_by_its_owner_alone_and_marks_its_seats_for_them(
    ports: Ports, showtime: Showtime
) -> None:
    hold = await a_hold(ports, showtime, "A1", "A3")
    found = await ports.seat_holds.find(hold.id, hold.user_id)
    assert (found.seat_ids, found.quote, found.status, found.in_checkout) == (("A1", "A3"), hold.quote, "active", False)
    assert (await ports.seat_holds.read(showtime.id, hold.user_id)).mine == {"A1": hold.id, "A3": hold.id}
    assert (await ports.seat_holds.read(showtime.id, a_user())).mine == {}
    for hold_id, user in ((hold.id, a_user()), (new_hold_id(showtime.id), hold.user_id)):
        with pytest.raises(HoldNotFound):
            await ports.seat_holds.find(hold_id, user)
        with pytest.raises(HoldNotFound):
            await ports.seat_holds.refresh(hold_id, user)
        with pytest.raises(HoldNotFound):
            await ports.seat_holds.check_out(hold_id, user)
        with pytest.raises(HoldNotFound):
            await ports.seat_holds.release(hold_id, user, ledger_let_go=True)


async def test_a_user_has_three_live_holds_of_a_showtime(ports: Ports, showtime: Showtime) -> None:
    user = a_user()
    holds = [await a_hold(ports, showtime, seat, user=user) for seat in ("A1", "A2", "A3")]
    with pytest.raises(HoldLimit):
        await a_hold(ports, showtime, "A4", user=user)
    await ports.seat_holds.release(holds[0].id, user, ledger_let_go=False)
    assert (await a_hold(ports, showtime, "A4", user=user)).status == "active"


async def test_guests_of_one_address_have_six_live_holds_of_a_showtime(ports: Ports, use_cases: UseCases) -> None:
    snapshot = a_snapshot(rows=1, cols=8)
    await use_cases.scheduling.follow(snapshot)
    showtime = Showtime.of(snapshot)

    async def held(at: int, address: str = "guests:1") -> Hold:
        quote, hold_id = a_quote(showtime, f"A{at}"), new_hold_id(showtime.id)
        return await ports.seat_holds.hold(
            showtime, hold_id, a_user(), [f"A{at}"], quote, terms=HoldTerms(guest_address=address)
        )

    holds = [await held(at) for at in range(1, 7)]
    with pytest.raises(HoldLimit):
        await held(7)
    assert (await held(7, "guests:2")).status == (await held(8, "")).status == "active"
    await ports.seat_holds.release(holds[0].id, holds[0].user_id, ledger_let_go=False)
    assert (await held(1)).status == "active"


async def test_a_choice_that_parts_a_pair_or_leaves_a_seat_alone_is_refused(ports: Ports, use_cases: UseCases) -> None:
    layout = {"rows": 1, "cols": 6, "pairs": [["A1", "A2"]]}
    snapshot = a_snapshot(layout=layout, theater={"forbids_single_seats": True})
    await use_cases.scheduling.follow(snapshot)
    showtime = Showtime.of(snapshot)
    with pytest.raises(SoldTogether) as parted:
        await a_hold(ports, showtime, "A2")
    assert parted.value.members["seatIds"] == ["A1"]
    with pytest.raises(LeavesSingleSeat) as single:
        await a_hold(ports, showtime, "A4", "A5")
    assert single.value.members["seatIds"] == ["A6"]
    assert single.value.members["suggestion"] in (["A3", "A4"], ["A5", "A6"])


async def test_a_price_of_an_older_snapshot_holds_nothing(
    ports: Ports, use_cases: UseCases, showtime: Showtime
) -> None:
    await use_cases.scheduling.follow(showtime.snapshot.model_copy(update={"revision": 2}))
    with pytest.raises(SnapshotOutdated):
        await a_hold(ports, showtime, "A1")


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"start_at": at(-1)}])
async def test_a_closed_show_holds_nothing_and_has_nothing_available(
    ports: Ports, use_cases: UseCases, change: dict[str, Any]
) -> None:
    snapshot = a_snapshot(rows=1, cols=2, **change)
    await use_cases.scheduling.follow(snapshot)
    with pytest.raises(ShowtimeClosed):
        await a_hold(ports, Showtime.of(snapshot), "A1")
    seats = await ports.seat_holds.read(snapshot.showtime_id)
    assert (seats.letters, seats.state, seats.closed) == ("aa", "bb", True)


@ends_soon
async def test_a_hold_ends_at_its_instant(ports: Ports, subject: Subject, showtime: Showtime) -> None:
    hold = await a_hold(ports, showtime, "A1")
    assert hold.expires_at == hold.now + 3_000
    await subject.reaches(hold.expires_at)
    assert await state(ports, showtime) == "aaaa"
    assert await status(ports, hold) == "expired"
    with pytest.raises(HoldExpired):
        await ports.seat_holds.refresh(hold.id, hold.user_id)
    with pytest.raises(HoldExpired):
        await ports.seat_holds.check_out(hold.id, hold.user_id)
    await ports.seat_holds.release(hold.id, hold.user_id, ledger_let_go=False)
    assert await status(ports, hold) == "expired"


async def test_a_refresh_gives_the_whole_time_again_three_times(ports: Ports, showtime: Showtime) -> None:
    hold = await a_hold(ports, showtime, "A1")
    for count in (1, 2, 3):
        refreshed = await ports.seat_holds.refresh(hold.id, hold.user_id)
        assert (refreshed.refreshes, refreshed.expires_at) == (count, refreshed.now + 600_000)
    with pytest.raises(RefreshLimit):
        await ports.seat_holds.refresh(hold.id, hold.user_id)


@ends_soon
async def test_a_checkout_stretches_a_hold_once_and_a_repeat_not_again(
    ports: Ports, subject: Subject, showtime: Showtime
) -> None:
    hold = await a_hold(ports, showtime, "A1")
    first = await ports.seat_holds.check_out(hold.id, hold.user_id)
    assert (first.in_checkout, first.expires_at) == (True, first.now + 6_000)
    await subject.reaches(first.now + 50)
    again = await ports.seat_holds.check_out(hold.id, hold.user_id)
    assert again.expires_at == first.expires_at


async def test_a_checkout_shortens_no_hold(ports: Ports, showtime: Showtime) -> None:
    hold = await a_hold(ports, showtime, "A1")
    assert (await ports.seat_holds.check_out(hold.id, hold.user_id)).expires_at == hold.expires_at


async def test_a_hold_in_checkout_is_let_go_after_the_ledger_alone(ports: Ports, showtime: Showtime) -> None:
    hold = await a_hold(ports, showtime, "A1")
    await ports.seat_holds.check_out(hold.id, hold.user_id)
    with pytest.raises(InCheckout):
        await ports.seat_holds.release(hold.id, hold.user_id, ledger_let_go=False)
    assert await state(ports, showtime) == "haaa"
    for _ in range(2):
        await ports.seat_holds.release(hold.id, hold.user_id, ledger_let_go=True)
        assert await state(ports, showtime) == "aaaa"
    assert await status(ports, hold) == "released"


async def test_a_claim_takes_its_own_and_free_seats_and_is_refused_any_other(ports: Ports, showtime: Showtime) -> None:
    hold = await a_hold(ports, showtime, "A1", "A2")
    other = a_sale(showtime.snapshot, a_user(), "A2", "A3")
    assert not (await ports.seat_holds.claim(showtime, other)).granted
    assert await state(ports, showtime) == "hhaa"
    sale = sale_of(showtime, hold)
    for _ in range(2):
        assert (await ports.seat_holds.claim(showtime, sale)).granted
    forgotten = a_sale(showtime.snapshot, a_user(), "A3")
    assert (await ports.seat_holds.claim(showtime, forgotten)).granted
    assert await state(ports, showtime) == "hhha"


async def test_a_hold_whose_money_has_come_is_not_let_go_nor_refreshed_but_checked_out_again(
    ports: Ports, showtime: Showtime
) -> None:
    hold = await a_hold(ports, showtime, "A1")
    await ports.seat_holds.claim(showtime, sale_of(showtime, hold))
    with pytest.raises(HoldSold):
        await ports.seat_holds.release(hold.id, hold.user_id, ledger_let_go=True)
    with pytest.raises(HoldSold):
        await ports.seat_holds.refresh(hold.id, hold.user_id)
    assert (await ports.seat_holds.check_out(hold.id, hold.user_id)).status == "active"


@ends_soon
async def test_a_claim_outlives_its_hold(ports: Ports, subject: Subject, showtime: Showtime) -> None:
    hold = await a_hold(ports, showtime, "A1")
    await ports.seat_holds.claim(showtime, sale_of(showtime, hold))
    await subject.reaches(hold.expires_at)
    assert await state(ports, showtime) == "haaa"


async def test_what_the_ledger_sold_is_sold_and_the_hold_has_ended(
    ports: Ports, use_cases: UseCases, showtime: Showtime
) -> None:
    hold, other = await a_hold(ports, showtime, "A1"), await a_hold(ports, showtime, "A2", "A3")
    sale, beside = sale_of(showtime, hold), a_sale(showtime.snapshot, a_user(), "A2")
    for sold in (sale, beside):
        ledger = await ports.ledgers.sell(sold, instant(hold.now), deadline=float("inf"))
        assert ledger is not None
        await use_cases.sales.tell(showtime, ledger, sold)
    assert await state(ports, showtime) == "ssaa"
    assert (await status(ports, hold), await status(ports, other)) == ("sold", "released")
    for call in (ports.seat_holds.refresh, ports.seat_holds.check_out):
        with pytest.raises(HoldSold):
            await call(hold.id, hold.user_id)


async def test_what_an_older_ledger_says_is_ignored(ports: Ports, use_cases: UseCases, showtime: Showtime) -> None:
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    await use_cases.sales.sell(sale)
    old = await ports.ledgers.read(showtime.id)
    assert old is not None
    await use_cases.sales.cancel(a_cancellation(sale))
    before = await ports.seat_holds.read(showtime.id)
    await ports.seat_holds.tell(showtime, old, ["A1"])
    after = await ports.seat_holds.read(showtime.id)
    assert (after.letters, after.version) == (before.letters, before.version) == ("aaaa", before.version)


async def in_checkout(use_cases: UseCases, ports: Ports, showtime: Showtime, *seats: str) -> Hold:
    hold = await a_hold(ports, showtime, *seats)
    await use_cases.checkouts.begin(hold.user_id, hold.id)
    return hold


async def test_all_data_lost_what_is_sold_or_in_checkout_is_known_before_the_first_answer(
    ports: Ports, use_cases: UseCases, subject: Subject, showtime: Showtime
) -> None:
    sale = a_sale(showtime.snapshot, a_user(), "A1")
    await use_cases.sales.sell(sale)
    hold = await in_checkout(use_cases, ports, showtime, "A2", "A3")
    await a_hold(ports, showtime, "A4")
    before = await ports.seat_holds.read(showtime.id)
    await subject.reaches(before.version + 1)
    await subject.lose()
    after = await ports.seat_holds.read(showtime.id, hold.user_id)
    assert (after.letters, after.mine) == ("shha", {"A2": hold.id, "A3": hold.id})
    assert after.version > before.version
    found = await ports.seat_holds.find(hold.id, hold.user_id)
    assert (found.status, found.quote, found.in_checkout) == ("active", hold.quote, True)


async def test_a_hold_let_go_is_not_brought_back_by_a_ledger_that_has_yet_to_hear_of_it(
    ports: Ports, use_cases: UseCases, showtime: Showtime
) -> None:
    hold = await in_checkout(use_cases, ports, showtime, "A1")
    await ports.seat_holds.release(hold.id, hold.user_id, ledger_let_go=True)
    beside = a_sale(showtime.snapshot, a_user(), "A2")
    await ports.ledgers.sell(beside, instant(hold.now), deadline=float("inf"))
    ledger = await ports.ledgers.read(showtime.id)
    assert ledger is not None
    assert ledger.checkouts["A1"].hold_id == hold.id
    assert await ports.seat_holds.tell(showtime, ledger, ["A1", "A2"]) == {hold.id}
    assert await state(ports, showtime) == "asaa"
    assert await status(ports, hold) == "released"


@ends_soon
async def test_a_checkout_whose_time_is_over_is_not_brought_back(
    ports: Ports, use_cases: UseCases, subject: Subject, showtime: Showtime
) -> None:
    hold = await in_checkout(use_cases, ports, showtime, "A1")
    await subject.reaches((await ports.seat_holds.find(hold.id, hold.user_id)).expires_at)
    await subject.lose()
    assert await state(ports, showtime) == "aaaa"


async def test_a_replay_ends_the_holds_whose_bookings_have_their_verdict(
    ports: Ports, use_cases: UseCases, showtime: Showtime
) -> None:
    hold = await in_checkout(use_cases, ports, showtime, "A1")
    ledger = await ports.ledgers.sell(sale_of(showtime, hold), instant(hold.now), deadline=float("inf"))
    assert ledger is not None
    assert await state(ports, showtime) == "haaa"  # nobody has told yet
    await ports.seat_holds.tell_all(showtime)
    assert await state(ports, showtime) == "saaa"
    assert await status(ports, hold) == "sold"


async def test_a_replay_after_a_restart_takes_the_version_on_to_the_clock(
    ports: Ports, subject: Subject, showtime: Showtime
) -> None:
    before = await ports.seat_holds.read(showtime.id)
    await ports.seat_holds.tell_all(showtime)
    assert (await ports.seat_holds.read(showtime.id)).version == before.version
    await subject.reaches(before.version + 10)
    await ports.seat_holds.tell_all(showtime, after_restart=True)
    assert (await ports.seat_holds.read(showtime.id)).version >= before.version + 10
