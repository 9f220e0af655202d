"""A seat from free to sold, and back."""

from services.seating.tests.house import House, a_cancellation, a_user


async def test_a_seat_goes_from_free_to_held_to_sold_and_the_ledger_says_so(house: House) -> None:
    showtime, user = await house.showtime(), a_user()
    hold = await house.hold(showtime, user, "A1", "A2")
    assert hold.status == 201, hold.body
    assert hold.json["status"] == "active"
    assert hold.json["quote"]["total"] == 20_000
    assert (await house.map(showtime)).startswith("hha")
    sale = await house.holding.checkout(user, hold.json["id"])
    assert (sale.showtime_revision, sale.start_at) == (showtime.snapshot.revision, showtime.snapshot.start_at)
    await house.sales.sell(sale)
    assert await house.verdict(sale) == ("sold", None)
    assert (await house.map(showtime)).startswith("ssa")
    ledger = await house.ledger(showtime)
    assert ledger["sold"] == {"A1": sale.booking_id, "A2": sale.booking_id}
    assert [entry["type"] for entry in ledger["outbox"]] == ["seating.seats_sold.v1"]
    found = await house.call("GET", f"/api/seats/hold/{sale.hold_id}", user=user)
    assert found.json["status"] == "sold"


async def test_a_cancelled_booking_gives_its_seats_back(house: House) -> None:
    showtime, user = await house.showtime(), a_user()
    sale = await house.checked_out(showtime, user, "B1")
    await house.sales.sell(sale)
    await house.sales.cancel(a_cancellation(sale))
    assert await house.seat(showtime, "B1") == "a"
    assert await house.verdict(sale) == ("released", "booking_cancelled")
