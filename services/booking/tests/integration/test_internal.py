"""What other services ask booking for: the references of bookings."""

from services.booking.tests.conftest import Running
from tests.factories import a_sale, a_snapshot

THEATER, ANOTHER = "thr_00000000000000000000000001", "thr_00000000000000000000000002"
PATH = "/internal/bookings/references"


async def test_references_are_told_to_who_works_at_the_theater_and_only_of_what_is_known(booking: Running) -> None:
    sales = [a_sale(), a_sale()]
    for sale in sales:
        await booking.schedule(a_snapshot(sale.showtime_id, theater={"theater_id": THEATER}))
        await booking.confirm(sale)
    ids = [sale.booking_id for sale in sales]
    references = {sale.booking_id: (await booking.document(sale))["reference"] for sale in sales}
    body = {"bookingIds": [*ids, "bkg_unknown"]}
    for grants, roles in (({THEATER: ["manager"]}, ()), (None, ("admin",))):
        answer = await booking.call("POST", PATH, body, "usr_9", *roles, grants=grants)
        assert answer == (200, {"references": references})
    assert await booking.call("POST", PATH, body, "usr_9", grants={ANOTHER: ["manager"]}) == (200, {"references": {}})
    assert (await booking.call("POST", PATH, body))[0] == 403
    assert (await booking.call("POST", PATH, {"bookingIds": "all"}, "usr_9", "admin"))[0] == 422
