"""Who may not: no token, a bad or old one, no role, another's ids, forged signatures, a key used twice."""

from typing import Any

import pytest
from tests.conftest import HOLD_IS_OVER_SECONDS, until
from tests.e2e.conftest import Ground, problem
from tests.e2e.good_bodies import CONFIRM, SHOWTIME

from stack.buyer import StackClient, confirmation

ZEROS, NINES = "0" * 26, "9" * 26
FOR_GUESTS = [
    "GET /api/users/me",
    "PATCH /api/users/me",
    "POST /api/auth/email/resend",
    "POST /api/seats/hold",
    "GET /api/seats/hold/{hold}",
    "PATCH /api/seats/hold/{hold}/refresh",
    "DELETE /api/seats/hold/{hold}",
    "POST /api/payments/create-order",
    "POST /api/payments/create-intent",
    "GET /api/payments/{payment}",
    "POST /api/bookings/confirm",
    "GET /api/bookings/my",
    "GET /api/bookings/{booking}",
    "GET /api/bookings/{booking}/qr.svg",
    "GET /api/bookings/{booking}/qr.png",
    "GET /api/bookings/{booking}/ticket.pdf",
    "GET /api/bookings/{booking}/ticket.ics",
    "GET /api/bookings/{booking}/invoice.pdf",
    "GET /api/bookings/{booking}/credit-note.pdf",
    "POST /api/bookings/{booking}/resend",
    "POST /api/bookings/{booking}/cancel",
    "GET /api/bookings/{booking}/cancel-quote",
]
FOR_ADMINS = [
    "PUT /api/admin/users/{user}/roles",
    "POST /api/payments/counter",
    "POST /api/admin/movies",
    "PATCH /api/admin/movies/{movie}",
    "DELETE /api/admin/movies/{movie}",
    "POST /api/admin/theaters",
    "PATCH /api/admin/theaters/{theater}",
    "DELETE /api/admin/theaters/{theater}",
    "POST /api/admin/screens",
    "PATCH /api/admin/screens/{screen}",
    "DELETE /api/admin/screens/{screen}",
    "POST /api/admin/showtimes",
    "PATCH /api/admin/showtimes/{showtime}",
    "DELETE /api/admin/showtimes/{showtime}",
    "GET /api/admin/bookings/{booking}",
    "POST /api/admin/bookings/{booking}/cancel",
    "POST /api/admin/bookings/{booking}/refund",
    "POST /api/admin/bookings/{booking}/resend",
]
NOT_TOKENS = [
    "no token",
    "a stranger's key",
    "unsigned",
    "a secret for a key",
    "an unknown key",
    "another issuer",
    "no end",
    "changed",
    "cut off",
    "endless",
]
# The path, the prefix of its ids, the code of what is not there, and who may ask.
PLACES = [
    ("GET /api/movies/{id}", "mov", "movie_not_found", "nobody"),
    ("GET /api/theaters/{id}", "thr", "theater_not_found", "nobody"),
    ("GET /api/showtimes/{id}", "sho", "showtime_not_found", "nobody"),
    ("GET /api/seats/availability?showtimeId={id}", "sho", "showtime_not_found", "nobody"),
    ("GET /api/seats/state?showtimeId={id}", "sho", "showtime_not_found", "nobody"),
    ("GET /api/seats/hold/{id}", "hld", "hold_not_found", "guest"),
    ("PATCH /api/seats/hold/{id}/refresh", "hld", "hold_not_found", "guest"),
    ("DELETE /api/seats/hold/{id}", "hld", "hold_not_found", "guest"),
    ("GET /api/payments/{id}", "pay", "payment_not_found", "guest"),
    ("GET /api/bookings/{id}", "bkg", "booking_not_found", "guest"),
    ("GET /api/bookings/{id}/qr.svg", "bkg", "booking_not_found", "guest"),
    ("GET /api/bookings/{id}/qr.png", "bkg", "booking_not_found", "guest"),
    ("GET /api/bookings/{id}/ticket.pdf", "bkg", "booking_not_found", "guest"),
    ("GET /api/bookings/{id}/ticket.ics", "bkg", "booking_not_found", "guest"),
    ("GET /api/bookings/{id}/invoice.pdf", "bkg", "booking_not_found", "guest"),
    ("GET /api/bookings/{id}/credit-note.pdf", "bkg", "booking_not_found", "guest"),
    ("POST /api/bookings/{id}/resend", "bkg", "booking_not_found", "guest"),
    ("POST /api/admin/bookings/{id}/resend", "bkg", "booking_not_found", "admin"),
    ("POST /api/bookings/{id}/cancel", "bkg", "booking_not_found", "guest"),
    ("GET /api/bookings/{id}/cancel-quote", "bkg", "booking_not_found", "guest"),
    ("GET /api/admin/bookings/{id}", "bkg", "booking_not_found", "admin"),
    ("PUT /api/admin/users/{id}/roles", "usr", "user_not_found", "admin"),
    ("PATCH /api/admin/movies/{id}", "mov", "movie_not_found", "admin"),
    ("DELETE /api/admin/movies/{id}", "mov", "movie_not_found", "admin"),
    ("PATCH /api/admin/theaters/{id}", "thr", "theater_not_found", "admin"),
    ("DELETE /api/admin/theaters/{id}", "thr", "theater_not_found", "admin"),
    ("PATCH /api/admin/screens/{id}", "scr", "screen_not_found", "admin"),
    ("DELETE /api/admin/screens/{id}", "scr", "screen_not_found", "admin"),
    ("PATCH /api/admin/showtimes/{id}", "sho", "showtime_not_found", "admin"),
    ("DELETE /api/admin/showtimes/{id}", "sho", "showtime_not_found", "admin"),
]
WRONG_METHODS = [
    "DELETE /api/movies",
    "POST /api/movies",
    "PUT /api/movies/{movie}",
    "POST /api/theaters",
    "DELETE /api/theaters/{theater}",
    "PATCH /api/showtimes/{showtime}",
    "GET /api/auth/login",
    "PUT /api/auth/register",
    "DELETE /api/auth/refresh",
    "GET /api/auth/logout",
    "DELETE /api/users/me",
    "POST /api/users/me",
    "GET /api/admin/users/{user}/roles",
    "GET /api/admin/movies",
    "PUT /api/admin/screens/{screen}",
    "POST /api/seats/availability",
    "POST /api/seats/state",
    "GET /api/seats/hold",
    "PATCH /api/seats/hold/{hold}",
    "GET /api/seats/hold/{hold}/refresh",
    "GET /api/payments/create-order",
    "GET /api/payments/counter",
    "POST /api/payments/providers",
    "GET /api/payments/webhook",
    "DELETE /api/payments/{payment}",
    "GET /api/bookings/confirm",
    "POST /api/bookings/my",
    "DELETE /api/bookings/{booking}",
    "GET /api/bookings/{booking}/cancel",
    "POST /api/bookings/{booking}/cancel-quote",
    "POST /api/bookings/{booking}/ticket.pdf",
    "GET /api/bookings/{booking}/resend",
    "PATCH /api/admin/bookings/{booking}",
    "GET /api/admin/bookings/{booking}/cancel",
    "GET /api/admin/bookings/{booking}/refund",
    "POST /api/openapi.json",
    "POST /.well-known/jwks.json",
    "DELETE /healthz",
    "POST /metrics",
]
NOWHERE = [
    "GET /api/nothing",
    "GET /api",
    "GET /nothing",
    "POST /api/movies/{movie}/nothing",
    "GET /api/moviesque",
    "GET /api/movies/..%2fusers",
    "GET /api/movies/%00",
    "GET /api/movies/%ff",
    "GET /api//movies",
    "GET /API/movies",
    "POST /internal/holds/{hold}/checkout",
    "POST /internal/payments/settle",
    "GET /.well-known/openid-configuration",
    "GET /api/seats/../../internal",
    "GET /openapi.json",
]


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
