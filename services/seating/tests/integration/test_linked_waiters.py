"""Who waited as a guest waits as the account too, once the guest is linked to it."""

from services.seating.tests.factories import SIGNER, a_user
from services.seating.tests.harness import Harness
from services.seating.tests.integration.test_waitlist import JSON, SoldOut


async def test_what_a_linked_guest_is_offered_does_not_count_to_the_accounts_limit(harness: Harness) -> None:
    screen = await SoldOut.of(harness, 4)
    guest = await screen.waits()
    await screen.comes_free("A1")
    await screen.work()
    assert await screen.offered(guest) == ["A1"]
    await screen.comes_free("A2", "A3", "A4")
    account = {"authorization": f"Bearer {SIGNER.token(a_user(), guests=[guest])}"}
    for seat in ("A2", "A3", "A4"):
        body = {"showtimeId": screen.showtime.id, "seatIds": [seat]}
        assert (await harness.call("POST", "/api/seats/hold", json=body, headers=account)).status == 201


async def test_who_waits_as_a_guest_waits_no_second_time_as_the_account(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    guest = await screen.waits()
    account = {"authorization": f"Bearer {SIGNER.token(a_user(), guests=[a_user(), guest])}", **JSON}
    body = {"showtimeId": screen.showtime.id, "count": 1}
    refused = await harness.call("POST", "/api/waitlist", json=body, headers=account)
    assert (refused.status, refused.json["code"]) == (409, "already_waiting")
    entry = await screen.entry(guest)
    assert refused.json["entryId"] == entry["id"]
    assert (await harness.call("DELETE", f"/api/waitlist/{entry['id']}", headers=account)).status == 204
    assert (await harness.call("POST", "/api/waitlist", json=body, headers=account)).status == 201
