"""Support's search: by reference, guest, show or status, over the theaters that the caller manages."""

import pytest
from services.booking.tests.conftest import Running
from services.booking.tests.factories import at_counter, order_created, seats_sold
from tests.factories import a_sale, a_snapshot

from contracts.identity import UserChanged, UserRegistered
from contracts.ids import UserId, counter_customer_of, new_id
from contracts.sale import Sale
from stack.keys import Grants
from stack.waiting import until

HERE, THERE = "thr_00000000000000000000000001", "thr_00000000000000000000000002"
SEARCH = "/api/admin/bookings"
ASHA = UserRegistered(
    user_id=UserId("usr_1"), revision=1, name="Asha Rao", email="Asha.Rao@example.org", phone="+919876543210"
)


async def a_booking(booking: Running, theater_id: str, user_id: str = "usr_1") -> tuple[Sale, str]:
    """A confirmed sale at a theater, and its reference."""
    sale = a_sale(user_id)
    await booking.schedule(a_snapshot(sale.showtime_id, theater={"theater_id": theater_id}))
    await booking.confirm(sale)
    return sale, (await booking.document(sale))["reference"]


async def meet(booking: Running, *events: UserRegistered | UserChanged) -> None:
    """Say who people are, and wait until the newest of each is stored."""
    await booking.say(*events)
    revisions = {event.user_id: event.revision for event in events}

    async def are_stored() -> bool:
        stored = [{"_id": user_id, "revision": revision} for user_id, revision in revisions.items()]
        return bool(await booking.db["people"].count_documents({"$or": stored}) == len(stored))

    await until(are_stored)


async def found(booking: Running, query: str = "", grants: Grants | None = None) -> list[str]:
    """The ids of what a manager finds, an admin where no grants are given."""
    roles = () if grants else ("admin",)
    status, page = await booking.call("GET", f"{SEARCH}?{query}", None, "usr_9", *roles, grants=grants)
    assert (status, page["total"]) == (200, len(page["items"])), page
    return [item["id"] for item in page["items"]]


async def test_a_guest_is_found_by_what_they_say_on_the_phone(booking: Running) -> None:
    await meet(
        booking, ASHA, UserRegistered(user_id=UserId("usr_2"), revision=1, name="Ravi", email="ravi@example.org")
    )
    (older, reference), (newer, _) = await a_booking(booking, HERE), await a_booking(booking, THERE)
    ravis, _ = await a_booking(booking, HERE, "usr_2")
    both = [newer.booking_id, older.booking_id]
    for typed in (
        "email=asha.rao@EXAMPLE.org",
        "phone=%2B919876543210",
        "phone=+919876543210",
        "phone=98765-43210",
        "q=rao",
        "q=ASHA",
        "q=98765%2043210",
        "email=asha.rao@example.org&phone=9876543210&status=confirmed",
    ):
        assert await found(booking, typed) == both, typed
    for typed in (
        f"reference={reference}",
        f"reference={reference[:4].lower()}-{reference[4:].lower()}",
        f"q={reference.lower()}",
        f"q={older.booking_id}",
        f"q={older.payment_id}",
        f"q={older.hold_id}",
        f"showtimeId={older.showtime_id}",
        f"showtimeId={older.showtime_id}&email=asha.rao@example.org",
    ):
        assert await found(booking, typed) == [older.booking_id], typed
    for typed in (
        "email=nobody@example.org",
        "phone=1",
        "status=expired",
        "reference=x",
        "q=x",
    ):
        assert await found(booking, typed) == [], typed
    assert await found(booking, "q=&email=") == [ravis.booking_id, *both]
    everything = await booking.call("GET", f"{SEARCH}?page=2&pageSize=1", None, "usr_9", "admin")
    assert ([item["id"] for item in everything[1]["items"]], everything[1]["total"]) == ([newer.booking_id], 3)


async def test_managers_find_the_bookings_of_their_theaters_alone(booking: Running) -> None:
    await meet(booking, ASHA)
    (here, reference), (there, _) = await a_booking(booking, HERE), await a_booking(booking, THERE)
    manages = {HERE: ["manager"], THERE: ["staff"]}
    for typed in ("", "email=asha.rao@example.org", "status=confirmed", "q=asha", f"q={reference}"):
        assert await found(booking, typed, manages) == [here.booking_id], typed
    for typed in (f"showtimeId={there.showtime_id}", f"q={there.booking_id}"):
        assert await found(booking, typed, manages) == [], typed
    assert await found(booking, grants={HERE: ["manager"], THERE: ["manager"]}) == [there.booking_id, here.booking_id]
    for roles, grants in (((), None), ((), {HERE: ["staff"]})):
        status, problem = await booking.call("GET", SEARCH, None, "usr_1", *roles, grants=grants)
        assert (status, problem["code"]) == (403, "forbidden")


async def test_at_a_showtime_its_guest_is_found_however_many_have_the_same_name(booking: Running) -> None:
    namesakes = [UserRegistered(user_id=UserId(f"usr_{n:03}"), revision=1, name="Ravi Kumar") for n in range(150)]
    await meet(booking, *namesakes)
    (first, _), (last, _) = [await a_booking(booking, HERE, namesakes[place].user_id) for place in (0, -1)]
    manages = {HERE: ["manager"]}
    for sale in (first, last):
        assert await found(booking, f"q=kumar&showtimeId={sale.showtime_id}", manages) == [sale.booking_id]


async def test_who_changed_their_address_is_found_by_the_new_one(booking: Running) -> None:
    sale, _ = await a_booking(booking, HERE)
    await meet(booking, ASHA, UserChanged(user_id=ASHA.user_id, revision=2, name="Asha Sen", email="sen@example.org"))
    assert await found(booking, "email=asha.rao@example.org") == await found(booking, "q=rao") == []
    assert await found(booking, "email=sen@example.org") == await found(booking, "q=sen") == [sale.booking_id]
    status, shown = await booking.call("GET", f"{SEARCH}/{sale.booking_id}", None, "usr_9", "admin")
    customer = {"userId": ASHA.user_id, "name": "Asha Sen", "email": "sen@example.org"}
    assert (status, shown["customer"]) == (200, customer)


async def test_a_sale_at_the_counter_is_found_by_where_its_ticket_went(booking: Running) -> None:
    sale = a_sale("usr_8")
    await booking.schedule(a_snapshot(sale.showtime_id, theater={"theater_id": HERE}))
    await booking.say(*at_counter(sale, has_contact=True), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    await until(lambda: booking.db["people"].find_one({"_id": counter_customer_of(sale.booking_id)}))
    assert await found(booking, "email=ASHA@example.org") == await found(booking, "q=asha") == [sale.booking_id]


async def test_what_nobody_paid_yet_is_found_although_its_show_is_not_known(booking: Running) -> None:
    sale = a_sale(theater_id=HERE, showtime_id=new_id("sho"))
    await booking.say(order_created(sale))
    await booking.until_status(sale, "pending")
    assert await found(booking, "status=pending", {HERE: ["manager"]}) == [sale.booking_id]


@pytest.mark.parametrize(
    "query", ["status=paid", "page=0", "pageSize=101", f"q={'x' * 255}", f"showtimeId={'x' * 101}"]
)
async def test_what_cannot_be_meant_is_refused(booking: Running, query: str) -> None:
    status, problem = await booking.call("GET", f"{SEARCH}?{query}", None, "usr_9", "admin")
    assert (status, problem["code"]) == (422, "validation_error")
