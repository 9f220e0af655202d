"""Seats that a theater takes out, and shows that it moves to another screen, on real servers: ledger, Redis, guests."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from services.seating.tests.factories import SIGNER, a_cancellation, a_sale, a_user, some_cancelled
from services.seating.tests.harness import Answer, Harness

from chassis.conditional import StaleVersion
from chassis.unavailable import PeerUnavailable
from contracts.ids import ScreenId, new_id
from contracts.layout import Layout, ScreenDetails, SeatType
from contracts.sale import Sale
from seating.domain import Showtime
from seating.errors import HoldExpired, SeatsUnavailable
from seating.usecases.replans import ReplanRequest

NEW = ScreenDetails(screen_id=ScreenId(new_id("scr")), name="Screen 9")
SMALL = Layout(rows=3, cols=6)


def to_screen(layout: Layout = SMALL, **wishes: Any) -> ReplanRequest:
    return ReplanRequest(screen=NEW, layout=layout, **wishes)


async def sold(harness: Harness, showtime: Showtime, *seats: str) -> Sale:
    sale = await harness.checked_out(showtime, a_user(), *seats)
    await harness.use_cases.sales.sell(sale)
    return sale


async def now(harness: Harness, showtime: Showtime) -> Showtime:
    return await harness.use_cases.replans.showtime(showtime.id)


async def owners(harness: Harness, showtime: Showtime) -> dict[str, str]:
    return dict((await harness.ledger(showtime))["sold"])


async def said(harness: Harness, showtime: Showtime, event_type: str) -> list[dict[str, Any]]:
    return [entry for entry in (await harness.ledger(showtime))["outbox"] if entry["type"] == event_type]


async def test_a_broken_seat_is_taken_out_and_its_guest_moves_only_if_the_theater_wishes_it(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await sold(harness, showtime, "C4")
    replanning, _ = await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("C4", "C5")))
    assert [(move.booking_id, move.from_seat_ids, move.to_seat_ids) for move in replanning.moved] == [
        (sale.booking_id, ("C4",), ())
    ]
    assert (await harness.seat(showtime, "C4"), await harness.seat(showtime, "C5")) == ("s", "b")
    assert (await harness.hold(showtime, a_user(), "C5")).status == 409
    wish = ReplanRequest(blocked_seats=("C4", "C5"), reseat=True)
    replanning, _ = await harness.use_cases.replans.replan(showtime.id, wish)
    assert [(move.from_seat_ids, move.to_seat_ids) for move in replanning.moved] == [(("C4",), ("C3",))]
    assert await owners(harness, showtime) == {"C3": sale.booking_id}
    assert "".join([await harness.seat(showtime, seat) for seat in ("C3", "C4", "C5")]) == "sbb"
    again, _ = await harness.use_cases.replans.replan(showtime.id, wish)
    assert (again.moved, again.change) == (replanning.moved, None), "an answer that was lost is given again"
    assert (await harness.use_cases.replans.replan(showtime.id, replace(wish, dry_run=True)))[0].moved == []
    assert len(await said(harness, showtime, "seating.seats_moved.v1")) == 1
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=()))
    assert "".join([await harness.seat(showtime, seat) for seat in ("C3", "C4", "C5")]) == "saa"


async def test_a_seat_that_is_taken_out_ends_the_hold_of_a_browser_as_a_whole(harness: Harness) -> None:
    showtime = await harness.showtime()
    guest = a_user()
    held, other = await harness.held(showtime, guest, "C4", "C5"), await harness.held(showtime, a_user(), "A1")
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("C4",), reseat=True))
    assert "".join([await harness.seat(showtime, seat) for seat in ("C4", "C5", "A1")]) == "bah"
    with pytest.raises(HoldExpired):
        await harness.use_cases.checkouts.begin(guest, held)
    released = [entry["hold"] for entry in await harness.emitted(showtime) if entry["what"] == "released"]
    assert released == [held]
    assert other not in released


async def test_a_hold_in_checkout_moves_too_and_its_money_buys_the_seats_where_they_are_now(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "C4", "C5")
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("C4",), reseat=True))
    hold = await harness.use_cases.holding.find(sale.user_id, sale.hold_id)
    assert (hold.status, hold.seat_ids, hold.sold_as) == ("active", ("C5", "C6"), ("C4", "C5"))
    again = await harness.use_cases.checkouts.begin(sale.user_id, sale.hold_id)
    assert again.seat_ids == sale.seat_ids
    await harness.use_cases.holding.refresh(sale.user_id, sale.hold_id)
    await harness.use_cases.sales.sell(sale)
    assert await owners(harness, showtime) == {"C5": sale.booking_id, "C6": sale.booking_id}
    assert "".join([await harness.seat(showtime, seat) for seat in ("C3", "C4", "C5", "C6")]) == "abss"
    released = [entry for entry in await harness.emitted(showtime) if entry["what"] == "released"]
    assert released == [], "its payment is not to be cancelled"


async def test_a_seat_is_cancelled_where_it_is_now_and_a_repeat_frees_nothing_more(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await sold(harness, showtime, "C4", "C5")
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("C4",), reseat=True))
    await harness.use_cases.sales.cancel_seats(some_cancelled(sale, "C4"))
    assert await owners(harness, showtime) == {"C6": sale.booking_id}
    wish = ReplanRequest(blocked_seats=("C4", "C6"), reseat=True)
    await harness.use_cases.replans.replan(showtime.id, wish)
    assert await owners(harness, showtime) == {"C5": sale.booking_id}, "to the seat that was given up"
    await harness.use_cases.sales.cancel_seats(some_cancelled(sale, "C4"))
    assert await owners(harness, showtime) == {"C5": sale.booking_id}
    assert (await harness.seat(showtime, "C5"), await harness.seat(showtime, "C6")) == ("s", "b")
    await harness.use_cases.sales.cancel(a_cancellation(sale))
    assert await owners(harness, showtime) == {}
    assert await harness.seat(showtime, "C5") == "a"


async def test_a_screen_is_swapped_with_those_who_paid_those_who_pay_and_those_who_look(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    paid, far = await sold(harness, showtime, "A1", "A2"), await sold(harness, showtime, "E8")
    paying = await harness.checked_out(showtime, a_user(), "E1")
    browser = a_user()
    looking = await replica.held(showtime, browser, "B3")
    dry, _ = await harness.use_cases.replans.replan(showtime.id, to_screen(dry_run=True))
    assert (dry.placed, len(dry.moved), dry.unplaced) == (3, 2, [])
    assert await harness.map(showtime) == "ss" + "a" * 8 + "h" + "a" * 21 + "h" + "a" * 6 + "s"
    done, after = await harness.use_cases.replans.replan(showtime.id, to_screen())
    assert (done.placed, done.moved, done.unplaced) == (dry.placed, dry.moved, [])
    assert (after.snapshot.screen, after.snapshot.layout, after.screen_number) == (NEW, SMALL, 1)
    owned = await owners(harness, showtime)
    assert {seat for seat, owner in owned.items() if owner == paid.booking_id} == {"A1", "A2"}
    assert {seat for seat, owner in owned.items() if owner == far.booking_id} == {"C6"}
    for process in (replica, harness):
        letters = await process.map(after)
        assert (letters.count("s"), letters.count("h"), len(letters)) == (3, 1, 18)
        shown = (await process.call("GET", f"/api/seats/availability?showtimeId={showtime.id}")).json
        assert (shown["layout"]["rows"], len(shown["seats"])) == (3, 18)
    with pytest.raises(HoldExpired):
        await replica.use_cases.checkouts.begin(browser, looking)
    await replica.use_cases.sales.sell(paying)
    assert await replica.verdict(paying) == ("sold", None)
    assert len(await owners(harness, showtime)) == 4
    moved = await said(harness, showtime, "seating.seats_moved.v1")
    assert len(moved) == 3, "who keeps the ids is told too: it is another screen"
    assert (await replica.hold(after, browser, "B3")).status == 201


async def test_a_repeated_swap_leaves_the_layout_though_the_screen_has_another_by_now(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await sold(harness, showtime, "C4")
    await harness.use_cases.replans.replan(showtime.id, to_screen())
    again, after = await harness.use_cases.replans.replan(showtime.id, to_screen(Layout(rows=1, cols=1)))
    assert (again.placed, again.moved, again.unplaced, again.change) == (1, [], [], None)
    assert (after.snapshot.layout, after.plan_number) == (SMALL, 1)
    assert list((await owners(harness, showtime)).values()) == [sale.booking_id]


async def test_a_swap_that_cannot_place_everybody_changes_nothing(harness: Harness) -> None:
    showtime = await harness.showtime()
    gone = await sold(harness, showtime, "C4")
    await sold(harness, showtime, "A1")
    before = await harness.ledger(showtime)
    replanning, after = await harness.use_cases.replans.replan(showtime.id, to_screen(Layout(rows=1, cols=1)))
    assert ([move.booking_id for move in replanning.unplaced], replanning.placed) == ([gone.booking_id], 1)
    assert after.snapshot.screen == showtime.snapshot.screen
    assert await harness.ledger(showtime) == before


async def test_who_is_in_checkout_and_finds_no_place_is_refused_before_the_money(harness: Harness) -> None:
    showtime = await harness.showtime()
    paid = await sold(harness, showtime, "C4")
    paying = await harness.checked_out(showtime, a_user(), "E1")
    replanning, after = await harness.use_cases.replans.replan(showtime.id, to_screen(Layout(rows=1, cols=1)))
    assert (replanning.placed, replanning.unplaced) == (1, [])
    assert await owners(harness, showtime) == {"A1": paid.booking_id}
    assert await harness.verdict(paying) == ("refused", "seats_lost")
    with pytest.raises(HoldExpired):
        await harness.use_cases.checkouts.begin(paying.user_id, paying.hold_id)
    await harness.use_cases.sales.sell(paying)
    assert await harness.verdict(paying) == ("refused", "seats_lost")
    assert await harness.map(after) == "s"


async def test_late_money_for_the_old_screen_is_refused_even_where_the_seat_is_there(harness: Harness) -> None:
    showtime = await harness.showtime()
    late = a_sale(showtime.snapshot, a_user(), "A1")
    await harness.use_cases.replans.replan(showtime.id, to_screen())
    await harness.use_cases.sales.sell(late)
    assert await harness.verdict(late) == ("refused", "seats_lost")
    assert await harness.map(await now(harness, showtime)) == "a" * 18


async def test_late_money_of_a_hold_that_moved_to_one_screen_buys_no_seat_of_the_next(harness: Harness) -> None:
    """Its checkout is over when the show moves again: nobody looks for its seats on the third screen."""
    showtime = await harness.showtime()
    late = await harness.checked_out(showtime, a_user(), "E8")
    await harness.use_cases.replans.replan(showtime.id, to_screen())
    over = {f"checkouts.{seat}.until": datetime.now(UTC) for seat in (await harness.ledger(showtime))["checkouts"]}
    await harness.process.database["ledgers"].update({"_id": showtime.id}, {"$set": over})
    third = ScreenDetails(screen_id=ScreenId(new_id("scr")), name="Screen 3")
    gold = Layout(rows=3, cols=6, seat_types=(SeatType(type="gold"),))
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(screen=third, layout=gold))
    await harness.use_cases.sales.sell(late)
    assert await harness.verdict(late) == ("refused", "seats_lost")
    assert await owners(harness, showtime) == {}


async def test_a_checkout_under_way_while_the_screen_is_swapped_never_pays_for_a_seat_of_it(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    guest = a_user()
    hold = await harness.seat_holds.check_out(await harness.held(showtime, guest, "A1"), guest)  # type: ignore[arg-type]
    await replica.use_cases.replans.replan(showtime.id, to_screen())
    with pytest.raises(HoldExpired):
        await harness.use_cases.checkouts.enter(showtime, hold)
    assert (await harness.ledger(showtime))["checkouts"] == {}
    assert await harness.map(await now(harness, showtime)) == "a" * 18


@pytest.mark.parametrize("redis_is_lost", [False, True])
async def test_what_a_process_that_died_left_of_a_swap_is_finished(
    harness: Harness, replica: Harness, monkeypatch: pytest.MonkeyPatch, redis_is_lost: bool
) -> None:
    showtime = await harness.showtime()
    sale = await sold(harness, showtime, "E8")

    async def dies(_showtime_id: str) -> None:
        raise ConnectionError("killed")

    monkeypatch.setattr(harness.use_cases.scheduling, "finish_plan", dies)
    with pytest.raises(ConnectionError):
        await harness.use_cases.replans.replan(showtime.id, to_screen())
    if redis_is_lost:
        await harness.redis.flushdb()
        assert len(await replica.map(showtime)) == 18
    changed = showtime.snapshot.model_copy(update={"revision": 2, "language": "hi"})
    await replica.use_cases.scheduling.follow(changed)
    after = await now(replica, showtime)
    assert (after.screen_number, after.snapshot.language, len(after.seats)) == (1, "hi", 18)
    letters = await replica.map(after)
    assert (len(letters), letters.count("s")) == (18, 1)
    assert set((await owners(replica, showtime)).values()) == {sale.booking_id}


async def test_an_older_snapshot_of_the_old_screen_does_not_bring_it_back(harness: Harness) -> None:
    showtime = await harness.showtime()
    await harness.use_cases.replans.replan(showtime.id, to_screen())
    await harness.use_cases.scheduling.follow(showtime.snapshot.model_copy(update={"revision": 5}))
    after = await now(harness, showtime)
    assert (after.snapshot.revision, after.snapshot.layout) == (5, SMALL)
    assert await harness.map(after) == "a" * 18


async def test_guests_who_buy_while_seats_are_taken_out_and_the_screen_is_swapped_keep_one_seat_each(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()

    async def buys(process: Harness, seat: str) -> Sale | None:
        guest, current = a_user(), await now(process, showtime)
        answer = await process.hold(current, guest, seat)
        if answer.status != 201:
            return None
        try:
            sale = await process.use_cases.checkouts.begin(guest, answer.json["id"])
        except (HoldExpired, SeatsUnavailable):
            return None
        await process.use_cases.sales.sell(sale)
        return sale

    async def changes() -> None:
        await replica.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("A1", "B2"), reseat=True))
        await harness.use_cases.replans.replan(showtime.id, to_screen(Layout(rows=5, cols=8)))

    wanted = [f"{row}{number}" for row in "ABC" for number in range(1, 7)]
    guests = [buys(process, seat) for seat in wanted for process in (harness, replica)]
    results = await asyncio.gather(changes(), *guests)
    sales = [result for result in results if result is not None]
    verdicts = [await harness.verdict(sale) for sale in sales]
    assert verdicts
    assert all(verdict in (("sold", None), ("refused", "seats_lost")) for verdict in verdicts)
    owned = await owners(harness, showtime)
    bought = [sale.booking_id for sale, verdict in zip(sales, verdicts, strict=True) if verdict == ("sold", None)]
    assert sorted(owned.values()) == sorted(bought)
    after = await now(harness, showtime)
    letters = await harness.map(after)
    assert {seat.seat_id for seat, letter in zip(after.seats, letters, strict=True) if letter == "s"} == set(owned)


async def test_the_call_is_for_who_manages_the_theater(harness: Harness) -> None:
    showtime = await harness.showtime()
    theater = showtime.snapshot.theater.theater_id

    async def ask(token: str) -> Answer:
        body = {"blockedSeats": ["A1"], "dryRun": True}
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        path = f"/internal/showtimes/{showtime.id}/replan"
        return await harness.call("POST", path, json=body, headers=headers)

    assert (await ask(SIGNER.token("usr_1", grants={theater: ["staff"]}))).status == 403
    assert (await ask(SIGNER.token("usr_1", grants={new_id("thr"): ["manager"]}))).status == 403
    answer = await ask(SIGNER.token("usr_1", grants={theater: ["manager"]}))
    assert (answer.status, answer.json["kind"], answer.json["number"]) == (200, "seat_blocked", 0)


async def test_nothing_is_written_after_the_time_that_the_wish_has(harness: Harness) -> None:
    showtime = await harness.showtime()
    with pytest.raises(Exception, match="too long ago"):
        await harness.use_cases.replans.replan(showtime.id, to_screen(valid_until=datetime.now(UTC)))
    assert (await now(harness, showtime)).screen_number == 0


async def test_of_two_changes_that_rest_on_the_same_seats_the_second_is_refused(harness: Harness) -> None:
    showtime = await harness.showtime()
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("C4",), of_number=0))
    with pytest.raises(StaleVersion):
        await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("D4",), of_number=0))
    with pytest.raises(StaleVersion):
        await harness.use_cases.replans.replan(showtime.id, to_screen(of_number=0))
    assert (await now(harness, showtime)).snapshot.layout.blocked == ("C4",)
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("D4",), of_number=1))
    assert (await now(harness, showtime)).snapshot.layout.blocked == ("D4",)


async def test_seats_of_the_old_screen_are_not_taken_out_of_the_new_one(harness: Harness) -> None:
    showtime = await harness.showtime()
    await harness.use_cases.replans.replan(showtime.id, to_screen())
    wish = ReplanRequest(blocked_seats=("E8", "A1"), of_screen_id=showtime.snapshot.screen.screen_id)
    with pytest.raises(PeerUnavailable):
        await harness.use_cases.replans.replan(showtime.id, wish)
    assert (await now(harness, showtime)).snapshot.layout == SMALL


async def test_a_change_is_answered_with_what_it_made_though_another_came_right_after_it(
    harness: Harness, replica: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    showtime = await harness.showtime()

    async def another(_showtime_id: str) -> None:
        await replica.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("D4",)))

    monkeypatch.setattr(harness.use_cases.scheduling, "finish_plan", another)
    _, after = await harness.use_cases.replans.replan(showtime.id, ReplanRequest(blocked_seats=("C4",)))
    assert (after.plan_number, after.snapshot.layout.blocked) == (1, ("C4",))
    assert (await now(harness, showtime)).snapshot.layout.blocked == ("D4",)
