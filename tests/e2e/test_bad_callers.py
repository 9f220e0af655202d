"""Who may not: no token, a bad or old one, no role, another's ids, forged signatures, a key used twice."""

from typing import Any

import pytest
from tests.conftest import HOLD_IS_OVER_SECONDS, until
from tests.e2e.bad_calls import FOR_ADMINS, FOR_GUESTS, NOT_TOKENS, NOWHERE, PLACES, WRONG_METHODS
from tests.e2e.conftest import Ground, problem
from tests.e2e.good_bodies import CONFIRM, SHOWTIME

from stack.buyer import StackClient, confirmation

ZEROS, NINES = "0" * 26, "9" * 26


@pytest.mark.parametrize("call", FOR_GUESTS + FOR_ADMINS)
async def test_without_a_living_token_of_ours_nobody_is_served(client: StackClient, ground: Ground, call: str) -> None:
    body: dict[str, Any] | None = None if call.startswith(("GET", "DELETE")) else {}
    before = await ground.state(client)
    assert problem(await ground.send(client, call, body)) == (401, "not_authenticated")
    for header in ("", "Bearer", "Bearer ", "Basic Z3Vlc3Q6eA==", "Token x", "Bearer é", "Bearer a b c"):
        answer = await ground.send(client, call, body, Authorization=header)
        assert problem(answer) == (401, "not_authenticated"), header
    for who in NOT_TOKENS:
        answer = await ground.send(client, call, body, who=who)
        assert problem(answer) == (401, "not_authenticated"), who
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert problem(await ground.send(client, call, body, who="expired")) == (401, "token_expired")
    assert await ground.state(client) == before


async def test_where_a_token_is_welcome_a_bad_one_is_still_refused(client: StackClient, ground: Ground) -> None:
    call = "GET /api/seats/availability?showtimeId={showtime}"
    assert problem(await ground.send(client, call, who="expired")) == (401, "token_expired")
    for who in NOT_TOKENS:
        assert problem(await ground.send(client, call, who=who)) == (401, "not_authenticated"), who


@pytest.mark.parametrize("call", FOR_ADMINS)
async def test_a_guest_is_no_admin(client: StackClient, ground: Ground, call: str) -> None:
    before = await ground.state(client)
    body = (
        None
        if call.startswith("DELETE")
        else {"roles": ["admin"], "status": "cancelled", "title": "Mine", "name": "Mine"}
    )
    for who in ("guest", "stranger"):
        assert problem(await ground.send(client, call, body, who=who)) == (403, "forbidden"), who
    assert await ground.state(client) == before


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[0])
async def test_what_is_not_there_is_not_found(
    client: StackClient, ground: Ground, place: tuple[str, str, str, str]
) -> None:
    call, prefix, code, who = place
    before = await ground.state(client)
    body = {"roles": ["user"]} if call.startswith("PUT") else {} if call.startswith("PATCH /api/admin") else None
    zeros, nines, last = (text * (2 if prefix == "hld" else 1) for text in (ZEROS, NINES, "z" * 26))
    unknown = [
        "x",
        prefix,
        f"{prefix}_",
        f"{prefix}_{zeros}",
        f"{prefix}_{nines}",
        f"{prefix}_{last}",
        f"{prefix}_{zeros}0",
        f"usx_{ZEROS}",
        "%24ne",
        "-1",
        "null",
        "%F0%9F%92%BA",
        "x" * 3000,
        f"{prefix.upper()}_{zeros}",
        f"{prefix}_{zeros[:-1]}%C3%A9",
        f"{prefix}_{zeros[:-1]}%20",
    ]
    for given in unknown:
        answer = await ground.send(client, call.replace("{id}", given), body, who=who)
        assert problem(answer) == (404, code), given
    assert await ground.state(client) == before


async def test_ids_in_a_body_that_name_nothing_are_not_found(client: StackClient, ground: Ground) -> None:
    before = await ground.state(client)
    calls: list[tuple[str, str, str, Any]] = [
        *(
            ("guest", "POST /api/seats/hold", "showtime_not_found", {"showtimeId": id_, "seatIds": ["B1"]})
            for id_ in ("x", f"sho_{ZEROS}", "{movie}", "sho_\u0000", "💺")
        ),
        *(
            ("guest", f"POST /api/{call}", "showtime_not_found", {"showtimeId": id_, "count": 1})
            for call in ("seats/best-available", "waitlist")
            for id_ in ("x", f"sho_{ZEROS}", "{movie}", "sho_\u0000", "💺")
        ),
        *(
            ("guest", "POST /api/payments/create-order", "hold_not_found", {"holdId": id_})
            for id_ in ("x", f"hld_{ZEROS}{ZEROS}", "{booking}", "hld_\u0000", "💺")
        ),
        *(
            ("admin", "POST /api/payments/counter", "hold_not_found", {"holdId": id_, "tender": "cash"})
            for id_ in ("x", f"hld_{ZEROS}{ZEROS}", "{booking}", "hld_\u0000", "💺", "{hold}")
        ),
        *(
            ("admin", "POST /api/admin/showtimes", f"{name}_not_found", {**SHOWTIME, f"{name}Id": id_})
            for name, id_ in (
                ("movie", f"mov_{ZEROS}"),
                ("theater", f"thr_{ZEROS}"),
                ("screen", f"scr_{ZEROS}"),
                ("movie", "x"),
                ("theater", "x"),
                ("screen", "x"),
            )
        ),
        *(
            (
                "admin",
                "POST /api/admin/screens",
                "theater_not_found",
                {"theaterId": id_, "name": "S", "layout": {"rows": 1, "cols": 1}},
            )
            for id_ in ("x", f"thr_{ZEROS}")
        ),
        *(
            ("admin", f"POST /api/admin/bookings/{id_}/{call}", "booking_not_found", {"reason": "r", **more})
            for call, more in (("cancel", {"refund": "full"}), ("refund", {}))
            for id_ in ("x", f"bkg_{ZEROS}", "%24ne", "null")
        ),
        ("guest", "POST /api/bookings/confirm", "booking_not_found", {"paymentIntentId": "pi_x"}),
        ("guest", "POST /api/bookings/confirm", "booking_not_found", {**CONFIRM, "orderId": "order_x"}),
    ]
    for who, call, code, body in calls:
        assert problem(await ground.send(client, call, body, who=who)) == (404, code), body
    assert await ground.state(client) == before


async def test_what_is_another_guests_is_not_found_and_stays(client: StackClient, ground: Ground) -> None:
    before = await ground.state(client)
    for call, code in [
        ("GET /api/seats/hold/{hold}", "hold_not_found"),
        ("PATCH /api/seats/hold/{hold}/refresh", "hold_not_found"),
        ("DELETE /api/seats/hold/{hold}", "hold_not_found"),
        ("GET /api/payments/{payment}", "payment_not_found"),
        ("GET /api/bookings/{booking}", "booking_not_found"),
        ("GET /api/bookings/{booking}/qr.svg", "booking_not_found"),
        ("GET /api/bookings/{booking}/qr.png", "booking_not_found"),
        ("GET /api/bookings/{booking}/ticket.pdf", "booking_not_found"),
        ("GET /api/bookings/{booking}/ticket.ics", "booking_not_found"),
        ("GET /api/bookings/{booking}/invoice.pdf", "booking_not_found"),
        ("GET /api/bookings/{booking}/credit-note.pdf", "booking_not_found"),
        ("POST /api/bookings/{booking}/resend", "booking_not_found"),
        ("POST /api/bookings/{booking}/cancel", "booking_not_found"),
        ("GET /api/bookings/{booking}/cancel-quote", "booking_not_found"),
    ]:
        for who in ("stranger", "admin"):
            assert problem(await ground.send(client, call, who=who)) == (404, code), (call, who)
    order = await ground.send(client, "POST /api/payments/create-order", {"holdId": "{hold}"}, who="stranger")
    theirs = await ground.send(client, "POST /api/bookings/confirm", confirmation(ground.receipt), who="stranger")
    assert (problem(order), problem(theirs)) == ((404, "hold_not_found"), (404, "booking_not_found"))
    assert await ground.state(client) == before


@pytest.mark.parametrize("call", WRONG_METHODS)
async def test_a_wrong_method_is_not_allowed(client: StackClient, ground: Ground, call: str) -> None:
    for who in ("nobody", "guest"):
        answer = await ground.send(client, call, who=who)
        assert problem(answer) == (405, "method_not_allowed"), who
        assert call.partition(" ")[0] not in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize("call", NOWHERE)
async def test_an_unknown_path_is_not_found(client: StackClient, ground: Ground, call: str) -> None:
    assert problem(await ground.send(client, call, who="admin")) == (404, "not_found")


async def test_an_ended_hold_is_expired_and_a_sold_one_sold(client: StackClient, ground: Ground) -> None:
    async def expired() -> bool:
        return bool((await ground.send(client, "GET /api/seats/hold/{ended}", who="guest")).body["status"] == "expired")

    await until(expired, seconds=HOLD_IS_OVER_SECONDS)
    before = await ground.state(client)
    for hold, code in (("ended", "hold_expired"), ("hold", "hold_sold")):
        answer = await ground.send(client, f"PATCH /api/seats/hold/{{{hold}}}/refresh", who="guest")
        assert problem(answer) == (409, code)
    order = await ground.send(client, "POST /api/payments/create-order", {"holdId": "{ended}"}, who="guest")
    assert problem(order) == (409, "hold_expired")
    assert (await ground.send(client, "DELETE /api/seats/hold/{ended}", who="guest")).status == 204
    assert problem(await ground.send(client, "DELETE /api/seats/hold/{hold}", who="guest")) == (409, "hold_sold")
    assert (await ground.send(client, "GET /api/seats/hold/{ended}", who="guest")).body["status"] == "expired"
    assert await ground.state(client) == before
