"""A seat from free to sold, and back."""

from services.seating.tests.factories import a_cancellation, a_user, some_cancelled
from services.seating.tests.harness import Harness


async def test_a_seat_goes_from_free_to_held_to_sold_and_the_ledger_says_so(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold = await harness.hold(showtime, user, "A1", "A2")
    assert hold.status == 201, hold.body
    assert hold.json["status"] == "active"
    assert hold.json["quote"]["total"] == 20_000
    assert (await harness.map(showtime)).startswith("hha")
    sale = await harness.use_cases.checkouts.begin(user, hold.json["id"])
    assert (sale.showtime_revision, sale.start_at) == (showtime.snapshot.revision, showtime.snapshot.start_at)
    await harness.use_cases.sales.sell(sale)
    assert await harness.verdict(sale) == ("sold", None)
    assert (await harness.map(showtime)).startswith("ssa")
    ledger = await harness.ledger(showtime)
    assert ledger["sold"] == {"A1": sale.booking_id, "A2": sale.booking_id}
    assert [entry["type"] for entry in ledger["outbox"]] == ["seating.seats_sold.v1"]
    answer = await harness.call("GET", f"/api/seats/hold/{sale.hold_id}", user=user)
    assert answer.json["status"] == "sold"


async def test_a_cancelled_booking_gives_its_seats_back(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    sale = await harness.checked_out(showtime, user, "B1")
    await harness.use_cases.sales.sell(sale)
    await harness.use_cases.sales.cancel(a_cancellation(sale))
    assert await harness.seat(showtime, "B1") == "a"
    assert await harness.verdict(sale) == ("released", "booking_cancelled")


async def test_some_seats_of_a_booking_are_given_back_and_sold_to_another_who_keeps_them(harness: Harness) -> None:
    showtime, guest, another = await harness.showtime(), a_user(), a_user()
    sale = await harness.checked_out(showtime, guest, "B1", "B2")
    await harness.use_cases.sales.sell(sale)
    await harness.use_cases.sales.cancel_seats(some_cancelled(sale, "B2"))
    assert [await harness.seat(showtime, seat) for seat in ("B1", "B2")] == ["s", "a"]
    later = await harness.checked_out(showtime, another, "B2")
    await harness.use_cases.sales.sell(later)
    for _ in range(2):
        await harness.use_cases.sales.cancel_seats(some_cancelled(sale, "B2"))
        await harness.use_cases.sales.cancel(a_cancellation(sale))
    assert [await harness.seat(showtime, seat) for seat in ("B1", "B2")] == ["a", "s"]
    assert (await harness.ledger(showtime))["sold"] == {"B2": later.booking_id}
