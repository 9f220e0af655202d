"""What any `Ledgers` and `Snapshots` do with a theater's change of seats, and any `SeatHolds` that is told of it."""

from datetime import UTC, datetime
from functools import partial

from services.seating.tests.contract.conftest import Subject
from services.seating.tests.factories import a_quote, a_sale, a_user, some_cancelled
from tests.factories import BEGAN, a_snapshot

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, ScreenId, new_hold_id, new_id
from contracts.layout import Layout, ScreenDetails
from seating.domain import Plan, Showtime
from seating.ledger import decide_sale, decide_seats_cancellation
from seating.replanning import PlanChange, Wish, replan
from seating.usecases.ports import Ports

OTHER = ScreenDetails(screen_id=ScreenId(new_id("scr")), name="Screen 9")


async def opened(ports: Ports) -> Showtime:
    snapshot = a_snapshot()
    await ports.snapshots.save(snapshot)
    assert await ports.ledgers.open(snapshot) is not None
    return Showtime.of(snapshot)


async def change(ports: Ports, showtime: Showtime, *blocked: str, screen: ScreenDetails | None = None) -> PlanChange:
    """What would come of a wish, made of the ledger as it is."""
    ledger = await ports.ledgers.read(showtime.id)
    assert ledger is not None
    layout = Layout(rows=2, cols=4) if screen else showtime.snapshot.layout.model_copy(update={"blocked": blocked})
    wish = Wish(layout, screen or showtime.snapshot.screen, reseat=True)
    replanning = replan(ledger, showtime, wish, datetime.now(UTC))
    assert replanning.change is not None
    return replanning.change


async def sold(ports: Ports, snapshot: ShowtimeSnapshot, *seats: str) -> BookingId:
    sale = a_sale(snapshot, a_user(), *seats)
    decide = partial(decide_sale, sale=sale, now=BEGAN, claimed=True)
    assert await ports.ledgers.amend(snapshot.showtime_id, sale.booking_id, decide) is not None
    return sale.booking_id


async def test_a_plan_is_written_on_the_very_ledger_that_it_was_made_of(ports: Ports, subject: Subject) -> None:
    showtime = await opened(ports)
    before = await ports.ledgers.read(showtime.id)
    assert before is not None
    planned = await change(ports, showtime, "A1")
    booking = await sold(ports, showtime.snapshot, "A1")
    assert await ports.ledgers.write_plan(before, planned) is None
    assert await ports.ledgers.plan(showtime.id) is None
    present = await ports.ledgers.read(showtime.id)
    assert present is not None
    ledger = await ports.ledgers.write_plan(present, await change(ports, showtime, "A1"))
    assert ledger == await ports.ledgers.read(showtime.id)
    assert ledger is not None
    assert (ledger.sold, ledger.blocked, ledger.plan_number) == ({"A2": booking}, frozenset({"A1"}), 1)
    assert ledger.places(booking, ["A1"]) == ("A2",)
    said = await subject.said(showtime.id)
    assert said[-2:] == [f"{booking}:seats_moved:1", f"{showtime.id}:showtime_replanned:1"]


async def test_a_moved_booking_gives_a_seat_up_by_the_id_it_was_sold_as(ports: Ports) -> None:
    showtime = await opened(ports)
    sale = a_sale(showtime.snapshot, a_user(), "A1", "A2")
    decide = partial(decide_sale, sale=sale, now=BEGAN, claimed=True)
    present = await ports.ledgers.amend(showtime.id, sale.booking_id, decide)
    assert present is not None
    present = await ports.ledgers.read(showtime.id)
    assert present is not None
    await ports.ledgers.write_plan(present, await change(ports, showtime, "A1"))
    give_up = partial(decide_seats_cancellation, event=some_cancelled(sale, "A1"))
    for _ in range(2):
        ledger = await ports.ledgers.amend(showtime.id, sale.booking_id, give_up)
        assert ledger is not None
        assert (ledger.sold, ledger.places(sale.booking_id, ["A1", "A2"])) == ({"A3": sale.booking_id}, ("A3",))


async def test_nothing_is_sold_that_was_held_on_an_old_screen_or_is_blocked(ports: Ports) -> None:
    showtime = await opened(ports)
    old = a_sale(showtime.snapshot, a_user(), "A1")
    for planned in (await change(ports, showtime, "B1"), None):
        present = await ports.ledgers.read(showtime.id)
        assert present is not None
        await ports.ledgers.write_plan(present, planned or await change(ports, showtime, screen=OTHER))
        blocked = a_sale(showtime.snapshot, a_user(), "B1")
        if planned:
            assert await ports.ledgers.sell(blocked, BEGAN, deadline=float("inf")) is None
    assert await ports.ledgers.sell(old, BEGAN, deadline=float("inf")) is None


async def test_a_showtimes_seats_follow_the_newest_plan_whatever_its_snapshots_say(ports: Ports) -> None:
    showtime = await opened(ports)
    plans = [Plan(number, 1, Layout(rows=number, cols=2), OTHER) for number in (1, 2)]
    for plan in (plans[0], plans[1], plans[0]):
        await ports.snapshots.follow(showtime.id, plan)
    await ports.snapshots.save(showtime.snapshot.model_copy(update={"revision": 2, "language": "hi"}))
    after = await ports.snapshots.find(showtime.id)
    assert after is not None
    assert (after.snapshot.layout, after.snapshot.screen, after.plan_number) == (plans[1].layout, OTHER, 2)
    assert after.snapshot.language == "hi"


async def test_who_is_told_of_another_screen_ends_the_holds_of_the_old_one(ports: Ports) -> None:
    showtime, guest = await opened(ports), a_user()
    hold_id = new_hold_id(showtime.id)
    await ports.seat_holds.hold(showtime, hold_id, guest, ["A1"], a_quote(showtime, "A1"))
    booking = await sold(ports, showtime.snapshot, "E8")
    present = await ports.ledgers.read(showtime.id)
    assert present is not None
    planned = await change(ports, showtime, screen=OTHER)
    ledger = await ports.ledgers.write_plan(present, planned)
    assert ledger is not None
    await ports.snapshots.follow(showtime.id, planned.plan)
    await ports.seat_holds.tell_all(showtime)
    seats = await ports.seat_holds.read(showtime.id, guest)
    assert (seats.screen_number, len(seats.letters), seats.letters.count("s"), seats.mine) == (1, 8, 1, {})
    assert (await ports.seat_holds.find(hold_id, guest)).status == "released"
    assert set(ledger.sold.values()) == {booking}
    await ports.seat_holds.tell(showtime, present, ["A1"])
    assert (await ports.seat_holds.read(showtime.id)).letters == seats.letters, "an older ledger changes nothing"
