"""Answers to the letter of the API's page: field names and types, statuses, headers, lists."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.conftest import SETTINGS, until
from tests.e2e.conftest import YEAR, Ground, problem
from tests.e2e.shapes import (
    ANY,
    BOOKING,
    CANCEL_QUOTE,
    HOLD,
    MAP,
    MOVIE,
    NEW_MOVIE,
    ORDER,
    PAIR,
    PAYMENT,
    SCREEN,
    SHOWTIME,
    STATE,
    THEATER,
    USER,
    fitting,
    listed,
)

from stack.buyer import Answer, Buyer, StackClient, build, schedule


async def test_an_account_from_registration_to_logout(client: StackClient, ground: Ground) -> None:
    email = f"{secrets.token_hex(6)}@guests.test"
    body = {"name": "Asha", "email": email, "password": "long enough", "phone": "+919876543210"}
    pair = fitting(await ground.send(client, "POST /api/auth/register", body), 201, PAIR)
    assert (pair["expiresIn"], pair["user"]["email"], pair["user"]["roles"]) == (900, email, ["user"])
    assert problem(await ground.send(client, "POST /api/auth/register", body)) == (409, "email_taken")
    known = {"email": email, "password": body["password"]}
    for wrong in ({**known, "password": "wrong"}, {**known, "email": f"no{email}"}):
        assert problem(await ground.send(client, "POST /api/auth/login", wrong)) == (401, "invalid_credentials")
    login = fitting(await ground.send(client, "POST /api/auth/login", {**known, "email": email.upper()}), 200, PAIR)
    token = {"Authorization": f"Bearer {login['accessToken']}"}
    me = fitting(await ground.send(client, "GET /api/users/me", **token), 200, USER)
    assert me == login["user"]
    prefs = {"language": "hi", "emailNotifications": False}
    changed = await ground.send(client, "PATCH /api/users/me", {"name": "Asha R", "prefs": prefs}, **token)
    assert fitting(changed, 200, USER)["prefs"] == {**me["prefs"], **prefs}
    assert changed.body["name"] == "Asha R"
    spent = {"refreshToken": login["refreshToken"]}
    renewed = fitting(await ground.send(client, "POST /api/auth/refresh", spent), 200, PAIR)
    ended = await ground.send(client, "POST /api/auth/logout", {"refreshToken": renewed["refreshToken"]})
    assert (ended.status, ended.body) == (204, b"")
    again = await ground.send(client, "POST /api/auth/refresh", {"refreshToken": renewed["refreshToken"]})
    assert again.status == 401


async def test_an_admin_grants_roles_and_a_manager_stays_within_its_theaters(
    client: StackClient, ground: Ground
) -> None:
    email = f"{secrets.token_hex(6)}@guests.test"
    body = {"name": "M", "email": email, "password": "long enough"}
    user = (await ground.send(client, "POST /api/auth/register", body)).body["user"]
    foreign = await build(client)
    here, there = {"theaterId": "{theater}", "role": "manager"}, {"theaterId": foreign.theater_id, "role": "staff"}
    path = f"PUT /api/admin/users/{user['id']}/roles"
    granted = await ground.send(client, path, {"grants": [here, there]}, who="admin")
    assert fitting(granted, 200, USER)["roles"] == ["user", "staff", "manager"]
    known = {"email": email, "password": body["password"]}
    token = (await ground.send(client, "POST /api/auth/login", known)).body["accessToken"]
    manager = {"Authorization": f"Bearer {token}"}
    own = await ground.send(client, "PATCH /api/admin/theaters/{theater}", {"amenities": ["Bar"]}, **manager)
    assert fitting(own, 200, THEATER)["amenities"] == ["Bar"]
    theirs = await ground.send(client, f"PATCH /api/admin/theaters/{foreign.theater_id}", {"name": "Mine"}, **manager)
    assert problem(theirs) == (403, "forbidden")


async def test_a_movie_is_made_read_changed_and_taken_out(client: StackClient, ground: Ground) -> None:
    made = fitting(await ground.send(client, "POST /api/admin/movies", NEW_MOVIE, who="admin"), 201, MOVIE)
    assert {name: made[name] for name in NEW_MOVIE} == NEW_MOVIE
    one = f"/api/movies/{made['id']}"
    assert fitting(await ground.send(client, f"GET {one}"), 200, MOVIE) == made
    found = await ground.send(client, "GET /api/movies?title=ETE&genre=drama&pageSize=100")
    assert made["id"] in [movie["id"] for movie in listed(found, MOVIE)]
    path = f"/api/admin/movies/{made['id']}"
    changed = await ground.send(client, f"PATCH {path}", {"title": "Hiver", "poster": None}, who="admin")
    assert fitting(changed, 200, MOVIE) == {**made, "title": "Hiver", "poster": None}
    gone = await ground.send(client, f"DELETE {path}", who="admin")
    assert (gone.status, gone.body) == (204, b"")
    assert problem(await ground.send(client, f"GET {one}")) == (404, "movie_not_found")


async def test_theaters_screens_and_showtimes(client: StackClient, ground: Ground) -> None:
    theaters = listed(await ground.send(client, "GET /api/theaters?city=mumbai&near=19.07,72.87&pageSize=100"), THEATER)
    assert ground.ids["theater"] in [theater["id"] for theater in theaters]
    theater = await ground.send(client, "GET /api/theaters/{theater}")
    screens = fitting(theater, 200, {**THEATER, "screens": [SCREEN]})["screens"]
    assert ground.ids["screen"] in [screen["id"] for screen in screens]
    layout = {
        "rows": 2,
        "cols": 3,
        "aisles": [1],
        "seatTypes": [{"type": "gold", "rows": ["B"], "priceFactor": 1.5}],
        "gaps": ["A1"],
        "blocked": ["B1"],
        "accessible": ["B2"],
    }
    body = {"theaterId": "{theater}", "name": "Side", "layout": layout}
    screen = fitting(await ground.send(client, "POST /api/admin/screens", body, who="admin"), 201, SCREEN)
    showtime = {
        "movieId": "{movie}",
        "theaterId": "{theater}",
        "screenId": screen["id"],
        "startAt": f"{YEAR}-01-01T10:00:00Z",
        "language": "en",
        "format": "3D",
        "basePrice": 10_000,
        "currency": "INR",
    }
    made = fitting(await ground.send(client, "POST /api/admin/showtimes", showtime, who="admin"), 201, SHOWTIME)
    assert (made["endAt"], made["status"], made["seatsTotal"]) == (f"{YEAR}-01-01T11:40:00Z", "scheduled", 5)
    busy = await ground.send(client, "POST /api/admin/showtimes", showtime, who="admin")
    assert problem(busy) == (409, "screen_busy")
    for what in ("screens/" + screen["id"], "theaters/{theater}", "movies/{movie}"):
        assert problem(await ground.send(client, f"DELETE /api/admin/{what}", who="admin")) == (409, "in_use")
    path = f"/api/admin/showtimes/{made['id']}"
    changed = await ground.send(client, f"PATCH {path}", {"basePrice": 12_000}, who="admin")
    assert fitting(changed, 200, SHOWTIME)["basePrice"] == 12_000
    listing = f"GET /api/showtimes?movieId={{movie}}&theaterId={{theater}}&date={YEAR}-01-01"
    assert [one["id"] for one in listed(await ground.send(client, listing), SHOWTIME)] == [made["id"]]
    await _map_of_the_small_screen(client, ground, made["id"])
    assert (await ground.send(client, f"DELETE {path}", who="admin")).status == 204
    ended = fitting(await ground.send(client, f"GET /api/showtimes/{made['id']}"), 200, SHOWTIME)
    assert ended["status"] == "cancelled"


async def _map_of_the_small_screen(client: StackClient, ground: Ground, showtime: str) -> None:
    """`A1` is a gap, `B1` blocked, `B2` accessible; row `B` costs half as much again."""

    async def repriced() -> Any:
        answer = await ground.send(client, f"GET /api/seats/availability?showtimeId={showtime}")
        told = answer.status == 200 and answer.body["seats"][0]["price"] == 12_000
        return fitting(answer, 200, MAP) if told else None

    found = await until(repriced)
    told = [(seat["seatId"], seat["type"], seat["price"], seat["status"]) for seat in found["seats"]]
    assert told == [
        ("A2", "standard", 12_000, "available"),
        ("A3", "standard", 12_000, "available"),
        ("B1", "gold", 18_000, "blocked"),
        ("B2", "gold", 18_000, "available"),
        ("B3", "gold", 18_000, "available"),
    ]
    assert [seat.get("accessible", False) for seat in found["seats"]] == [False, False, False, True, False]
    state = fitting(await ground.send(client, f"GET /api/seats/state?showtimeId={showtime}"), 200, STATE)
    assert (state["state"], state["version"]) == ("aabaa", found["version"])


async def test_a_sale_and_its_end(client: StackClient, ground: Ground) -> None:
    stage = await build(client, rows=1, cols=4)
    showtime = await schedule(client, stage)
    body = {"showtimeId": showtime, "seatIds": ["A2", "A1"]}
    held = fitting(await ground.send(client, "POST /api/seats/hold", body, who="buyer"), 201, HOLD)
    assert (held["status"], sorted(held["seatIds"])) == ("active", ["A1", "A2"])
    quote, hold = held["quote"], f"/api/seats/hold/{held['id']}"
    assert quote["total"] == quote["subtotal"] + quote["fees"] + quote["taxes"]
    assert quote["subtotal"] == sum(line["price"] for line in quote["lines"])
    assert fitting(await ground.send(client, f"GET {hold}", who="buyer"), 200, HOLD)["quote"] == quote
    assert fitting(await ground.send(client, f"PATCH {hold}/refresh", who="buyer"), 200, HOLD)["status"] == "active"
    order = fitting(await _order(client, ground, held["id"]), 201, ORDER)
    assert order == (await _order(client, ground, held["id"])).body
    assert (order["amount"], order["bookingId"]) == (quote["total"], held["bookingId"])
    waiting = fitting(await ground.send(client, f"GET /api/payments/{order['paymentId']}", who="buyer"), 200, PAYMENT)
    assert waiting["status"] == "created"
    buyer = Buyer(client, ground.tokens["buyer"], {})
    await buyer.shown(order["bookingId"])
    confirmed = fitting(await buyer.decided(await client.pay(order["orderId"])), 200, BOOKING)
    assert (confirmed["status"], confirmed["amount"]) == ("confirmed", quote["total"])
    assert confirmed["confirmedAt"]
    assert confirmed["qrCode"]
    await _pictures(client, ground, confirmed["id"])
    path = f"/api/bookings/{confirmed['id']}"
    assert fitting(await ground.send(client, f"GET {path}", who="buyer"), 200, BOOKING) == confirmed
    bring = fitting(await ground.send(client, f"GET {path}/cancel-quote", who="buyer"), 200, CANCEL_QUOTE)
    assert (sorted(bring["seatIds"]), bring["paid"], bring["refund"]) == (["A1", "A2"], quote["total"], quote["total"])
    other = await ground.send(client, f"POST {path}/cancel", {"expectedRefund": quote["total"] + 1}, who="buyer")
    assert problem(other) == (409, "refund_changed")
    expected = {"expectedRefund": bring["refund"]}
    cancelled = fitting(await ground.send(client, f"POST {path}/cancel", expected, who="buyer"), 200, BOOKING)
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "by_guest")
    assert cancelled["refund"]["amount"] == quote["total"]

    async def refunded() -> bool:
        now = await ground.send(client, f"GET /api/payments/{order['paymentId']}", who="buyer")
        return bool(fitting(now, 200, PAYMENT)["status"] == "refunded")

    await until(refunded)
    mine = await ground.send(client, "GET /api/bookings/my?status=cancelled", who="buyer")
    assert confirmed["id"] in [booking["id"] for booking in listed(mine, BOOKING)]


async def _order(client: StackClient, ground: Ground, hold_id: str) -> Answer:
    return await ground.send(client, "POST /api/payments/create-order", {"holdId": hold_id}, who="buyer")


async def _pictures(client: StackClient, ground: Ground, booking_id: str) -> None:
    svg = await ground.send(client, f"GET /api/bookings/{booking_id}/qr.svg", who="buyer")
    png = await ground.send(client, f"GET /api/bookings/{booking_id}/qr.png", who="buyer")
    assert (svg.headers["Content-Type"], png.headers["Content-Type"]) == ("image/svg+xml", "image/png")
    assert b"<svg" in svg.body
    assert png.body.startswith(b"\x89PNG")


async def test_what_nobody_paid_is_pending_and_not_cancellable(client: StackClient, ground: Ground) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=4))
    body = {"showtimeId": showtime, "seatIds": ["A1"]}
    held = await ground.send(client, "POST /api/seats/hold", body, who="buyer")
    order = (await _order(client, ground, held.body["id"])).body
    buyer = Buyer(client, ground.tokens["buyer"], {})
    await buyer.shown(order["bookingId"])
    pending = fitting(await buyer.booking(order["bookingId"]), 200, BOOKING)
    assert (pending["status"], pending["qrCode"], pending["confirmedAt"]) == ("pending", None, None)
    cancel = await ground.send(client, f"POST /api/bookings/{order['bookingId']}/cancel", who="buyer")
    assert (problem(cancel), cancel.body["reason"]) == ((409, "not_cancellable"), "pending")
    gone = await ground.send(client, f"DELETE /api/seats/hold/{held.body['id']}", who="buyer")
    again = await ground.send(client, f"DELETE /api/seats/hold/{held.body['id']}", who="buyer")
    assert (gone.status, again.status) == (204, 204)
    ended = await ground.send(client, f"GET /api/seats/hold/{held.body['id']}", who="buyer")
    assert fitting(ended, 200, HOLD)["status"] == "released"


async def test_a_fourth_hold_is_one_too_many_and_a_fourth_refresh_too(client: StackClient, ground: Ground) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=12))
    holds = [
        await ground.send(client, "POST /api/seats/hold", {"showtimeId": showtime, "seatIds": [seat]}, who="buyer")
        for seat in ("A1", "A3", "A5", "A7")
    ]
    assert [hold.status for hold in holds[:3]] == [201, 201, 201]
    assert problem(holds[3]) == (429, "hold_limit")
    refresh = f"PATCH /api/seats/hold/{holds[0].body['id']}/refresh"
    answers = [await ground.send(client, refresh, who="buyer") for _ in range(4)]
    assert [answer.status for answer in answers[:3]] == [200, 200, 200]
    assert problem(answers[3]) == (409, "refresh_limit")
    lasts = datetime.fromisoformat(answers[0].body["expiresAt"]) - datetime.fromisoformat(answers[0].body["now"])
    whole = timedelta(seconds=int(SETTINGS["HOLD_SECONDS"]))
    assert whole - timedelta(seconds=1) <= lasts <= whole
    seats = await ground.send(client, f"GET /api/seats/availability?showtimeId={showtime}", who="buyer")
    mine = {seat["seatId"]: seat["holdId"] for seat in seats.body["seats"] if seat.get("mine")}
    assert mine == {hold.body["seatIds"][0]: hold.body["id"] for hold in holds[:3]}
    others = await ground.send(client, f"GET /api/seats/availability?showtimeId={showtime}", who="stranger")
    assert not any({"mine", "holdId"} & seat.keys() for seat in others.body["seats"])


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("movies", "nobody"),
        ("theaters", "nobody"),
        (f"showtimes?date={YEAR}-02-02", "nobody"),
        ("bookings/my", "buyer"),
    ],
)
async def test_lists_come_in_pages(client: StackClient, ground: Ground, path: str, who: str) -> None:
    joint = "&" if "?" in path else "?"
    whole = (await ground.send(client, f"GET /api/{path}{joint}pageSize=100", who=who)).body
    plain = (await ground.send(client, f"GET /api/{path}", who=who)).body
    assert (plain["page"], plain["pageSize"], plain["total"]) == (1, 20, whole["total"])
    second = (await ground.send(client, f"GET /api/{path}{joint}page=2&pageSize=1", who=who)).body
    assert (second["page"], second["pageSize"], second["total"]) == (2, 1, whole["total"])
    assert second["items"] == whole["items"][1:2]
    beyond = (await ground.send(client, f"GET /api/{path}{joint}page=9000", who=who)).body
    assert (beyond["items"], beyond["total"]) == ([], whole["total"])


async def test_the_gateway_describes_the_api(client: StackClient, ground: Ground) -> None:
    ready = fitting(await ground.send(client, "GET /readyz"), 200, {"status": ANY, "checks": dict})
    assert {"identity", "catalog", "seating", "booking", "payment", "notify"} <= ready["checks"].keys()
    assert (await ground.send(client, "GET /healthz")).status == 200
    assert b"# TYPE" in (await ground.send(client, "GET /metrics")).body
    for page in ("/", "/api/docs"):
        assert (await ground.send(client, f"GET {page}")).headers["Content-Type"].startswith("text/html")
    api = fitting(await ground.send(client, "GET /api/openapi.json"), 200, {"openapi": ANY, "paths": dict})
    assert api["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert api["paths"]["/api/seats/hold"]["post"]["security"] == [{"bearer": []}]
    events = fitting(await ground.send(client, "GET /api/asyncapi.json"), 200, {"asyncapi": ANY, "channels": dict})
    assert any("booking.confirmed.v1" in name for name in events["channels"])
