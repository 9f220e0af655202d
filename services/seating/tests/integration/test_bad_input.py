"""Every bad input gets its documented problem; nothing changes and nothing is a 500."""

import asyncio
from typing import Any

import pytest
from services.seating.tests.factories import a_user
from services.seating.tests.harness import Harness
from tests.factories import a_snapshot

from contracts.ids import new_hold_id
from seating.usecases import showtimes

HOLD = "/api/seats/hold"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"seatIds": []}, 422, "validation_error"),
        ({"seatIds": ["A1", "A1"]}, 422, "validation_error"),
        ({"seatIds": "A1"}, 422, "validation_error"),
        ({"seatIds": [1]}, 422, "validation_error"),
        ({"seatIds": [f"A{at}" for at in range(11)]}, 422, "validation_error"),
        ({"seatIds": ["A" * 11]}, 422, "validation_error"),
        ({"seatIds": ["Z99"]}, 422, "unknown_seats"),
        ({"seatIds": ["a1"]}, 422, "unknown_seats"),
        ({"seatIds": ["A1 A2"]}, 422, "unknown_seats"),
        ({"seatIds": ["A1:0"]}, 422, "unknown_seats"),
        ({"seatIds": ["A\x00"]}, 422, "unknown_seats"),
        ({"expectedTotal": "10000"}, 422, "validation_error"),
        ({"expectedTotal": 1.5}, 422, "validation_error"),
        ({"expectedTotal": 10**30}, 422, "validation_error"),
        ({"expectedTotal": -1}, 422, "validation_error"),
        ({"expectedTotal": True}, 422, "validation_error"),
        ({"ticketTypes": {"A1": "dog"}}, 422, "validation_error"),
        ({"ticketTypes": {"A2": "adult"}}, 422, "validation_error"),
        ({"ticketTypes": {"A1": 1}}, 422, "validation_error"),
        ({"ticketTypes": ["adult"]}, 422, "validation_error"),
        ({"ticketTypes": None}, 422, "validation_error"),
        ({"showtimeId": 7}, 422, "validation_error"),
        ({"showtimeId": "x"}, 404, "showtime_not_found"),
        ({"showtimeId": "sho_" + "0" * 26}, 404, "showtime_not_found"),
        ({"showtimeId": "sho_\x00"}, 404, "showtime_not_found"),
    ],
)
async def test_a_hold_that_makes_no_sense_is_refused(harness: Harness, change: Any, status: int, code: str) -> None:
    showtime = await harness.showtime()
    body = {"showtimeId": showtime.id, "seatIds": ["A1"], **change}
    if isinstance(body.get("expectedTotal"), int) and abs(body["expectedTotal"]) > 2**62:
        raw = b'{"showtimeId":"%b","seatIds":["A1"],"expectedTotal":1%b}' % (showtime.id.encode(), b"0" * 30)
        answer = await harness.call("POST", HOLD, user=a_user(), raw=raw)
    else:
        answer = await harness.call("POST", HOLD, user=a_user(), json=body)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(await harness.map(showtime)) == {"a"}


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 5_000, b'{"showtimeId": "\\ud800"}', b"NaN", b"1e999"])
async def test_a_body_that_is_no_json_is_malformed(harness: Harness, raw: bytes) -> None:
    answer = await harness.call("POST", HOLD, user=a_user(), raw=raw)
    assert (answer.status, answer.json["code"]) == (400, "malformed_body")


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"A1"', b"1.5"])
async def test_a_body_that_is_no_object_is_invalid(harness: Harness, raw: bytes) -> None:
    answer = await harness.call("POST", HOLD, user=a_user(), raw=raw)
    assert (answer.status, answer.json["code"]) == (422, "validation_error")


CALLS = [("GET", ""), ("DELETE", ""), ("PATCH", "/refresh")]


@pytest.mark.parametrize(("method", "rest"), CALLS)
async def test_anothers_or_an_unknown_hold_is_not_found(harness: Harness, method: str, rest: str) -> None:
    showtime = await harness.showtime()
    hold_id = await harness.held(showtime, a_user(), "A1")
    for other in (hold_id, new_hold_id(showtime.id), "hld_x", "hld_" + "0" * 52, "%00", "hld_" + "z" * 52):
        answer = await harness.call(method, f"{HOLD}/{other}{rest}", user=a_user())
        assert (answer.status, answer.json["code"]) == (404, "hold_not_found"), other
    assert await harness.seat(showtime, "A1") == "h"


async def test_another_users_hold_under_payment_or_sold_is_not_found(harness: Harness) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1")
    await harness.redis.flushdb()
    for _ in range(2):
        for method, rest in CALLS:
            answer = await harness.call(method, f"{HOLD}/{sale.hold_id}{rest}", user=a_user())
            assert (answer.status, answer.json["code"]) == (404, "hold_not_found")
        await harness.use_cases.sales.sell(sale)
    assert await harness.seat(showtime, "A1") == "s"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "not_authenticated"),
        ({"authorization": "Bearer x"}, "not_authenticated"),
        ({"authorization": "Basic x"}, "not_authenticated"),
    ],
)
async def test_without_a_good_token_nothing_is_held(harness: Harness, headers: dict[str, str], code: str) -> None:
    showtime = await harness.showtime()
    body = {"showtimeId": showtime.id, "seatIds": ["A1"]}
    answer = await harness.call("POST", HOLD, json=body, headers=headers)
    assert (answer.status, answer.json["code"]) == (401, code)
    assert await harness.seat(showtime, "A1") == "a"


NOBODY = f"?showtimeId=sho_{'0' * 26}"


@pytest.mark.parametrize("query", ["", "?showtimeId=", "?showtimeId=x", NOBODY, "?showtimeId=%00"])
@pytest.mark.parametrize("path", ["availability", "state"])
async def test_seats_of_no_showtime_are_not_found(harness: Harness, path: str, query: str) -> None:
    answer = await harness.call("GET", f"/api/seats/{path}{query}")
    refusal = (422, "validation_error") if query in {"", "?showtimeId="} else (404, "showtime_not_found")
    assert (answer.status, answer.json["code"]) == refusal


async def test_seats_of_a_showtime_just_scheduled_are_waited_for_by_so_many_and_no_more(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showtimes, "WAIT_SECONDS", 3600)
    monkeypatch.setattr(showtimes, "MAX_WAITING", 1)
    snapshot = a_snapshot()
    path = f"/api/seats/state?showtimeId={snapshot.showtime_id}"
    async with asyncio.timeout(60):
        both = [asyncio.ensure_future(harness.call("GET", path)) for _ in range(2)]
        done, waiting = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        assert [answer.result().status for answer in done] == [404]
        await harness.showtime(snapshot)
        assert [(await answer).status for answer in waiting] == [200]


async def test_an_idempotency_key_gives_the_same_hold_again(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    body, headers = {"showtimeId": showtime.id, "seatIds": ["A1"]}, {"idempotency-key": "k1"}
    first = await harness.call("POST", HOLD, user=user, json=body, headers=headers)
    again = await harness.call("POST", HOLD, user=user, json=body, headers=headers)
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    other = await harness.call("POST", HOLD, user=user, json={**body, "seatIds": ["A2"]}, headers=headers)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
