"""What a guest without an account holds is the account's too, once the guest is linked to it."""

from typing import Any

from services.seating.tests.factories import SIGNER, a_user
from services.seating.tests.harness import Answer, Harness

from seating.domain import Showtime


async def asked(harness: Harness, token: str, method: str, path: str, **more: Any) -> Answer:
    return await harness.call(method, path, headers={"authorization": f"Bearer {token}"}, **more)


async def hold(harness: Harness, token: str, showtime: Showtime, *seats: str) -> Answer:
    return await asked(
        harness, token, "POST", "/api/seats/hold", json={"showtimeId": showtime.id, "seatIds": list(seats)}
    )


async def test_a_linked_guests_hold_is_read_refreshed_paid_for_and_let_go_by_the_account(harness: Harness) -> None:
    showtime, guest = await harness.showtime(), a_user()
    first, second = [await harness.held(showtime, guest, seat) for seat in ("A1", "A2")]
    account, stranger = SIGNER.token(a_user(), guests=[a_user(), guest]), SIGNER.token(a_user(), guests=[a_user()])
    path = f"/api/seats/hold/{first}"
    assert (await asked(harness, account, "GET", path)).json["seatIds"] == ["A1"]
    assert (await asked(harness, account, "PATCH", f"{path}/refresh")).status == 200
    sale = await asked(harness, account, "POST", f"/internal/holds/{first}/checkout")
    assert (sale.status, sale.json["user_id"]) == (200, guest)
    for method, of in (("GET", ""), ("PATCH", "/refresh"), ("DELETE", "")):
        assert (await asked(harness, stranger, method, f"/api/seats/hold/{second}{of}")).status == 404
    availability = f"/api/seats/availability?showtimeId={showtime.id}"
    seats = (await asked(harness, account, "GET", availability)).json["seats"]
    assert {seat["seatId"]: seat["holdId"] for seat in seats if seat.get("mine")} == {"A1": first, "A2": second}
    assert (await asked(harness, account, "DELETE", f"/api/seats/hold/{second}")).status == 204
    assert (await asked(harness, account, "GET", f"/api/seats/hold/{second}")).json["status"] == "released"


async def test_guests_of_one_address_are_told_that_they_hold_enough(harness: Harness) -> None:
    showtime = await harness.showtime(layout={"rows": 2, "cols": 10})

    async def held(at: int, address: str, **claims: Any) -> int:
        headers = {"authorization": f"Bearer {SIGNER.token(a_user(), **claims)}", "x-forwarded-for": address}
        body = {"showtimeId": showtime.id, "seatIds": [f"A{at}"]}
        return (await harness.call("POST", "/api/seats/hold", json=body, headers=headers)).status

    answers = [await held(at, f"2001:db8::{at}", guest=True) for at in range(1, 8)]
    assert answers == [201] * 6 + [429]
    assert await held(7, "2001:db8::1") == 201
    assert await held(8, "2001:db8:0:1::1", guest=True) == 201


async def test_what_a_linked_guest_holds_counts_to_the_accounts_limit(harness: Harness) -> None:
    showtime, guest = await harness.showtime(), a_user()
    for seat in ("A1", "A2"):
        await harness.held(showtime, guest, seat)
    account = SIGNER.token(a_user(), guests=[guest])
    assert (await hold(harness, account, showtime, "A3")).status == 201
    refused = await hold(harness, account, showtime, "A4")
    assert (refused.status, refused.json["code"]) == (429, "hold_limit")
