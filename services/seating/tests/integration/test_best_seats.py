"""`POST /api/seats/best-available`: what a guest is answered who leaves the choice to the theater."""

import asyncio
from typing import Any

import pytest
from services.seating.tests.factories import a_user
from services.seating.tests.harness import Answer, Harness

from contracts.ids import HoldId, new_hold_id
from contracts.prices import Quote
from seating.domain import Hold, Showtime

CHILD = {"type": "child", "label": "Child", "percent": 60}


async def best(harness: Harness, showtime: Showtime, user: str, count: int, key: str = "", **wishes: Any) -> Answer:
    body = {"showtimeId": showtime.id, "count": count, **wishes}
    headers = {"idempotency-key": key} if key else {}
    return await harness.call("POST", "/api/seats/best-available", user=user, json=body, headers=headers)


async def test_the_answer_is_a_hold_like_any_other(harness: Harness) -> None:
    showtime, user = await harness.showtime(rows=6, cols=8), a_user()
    answer = await best(harness, showtime, user, 2)
    assert answer.status == 201, answer.body
    assert answer.json["split"] is False
    assert answer.json["seatIds"] == ["D4", "D5"]
    found = await harness.call("GET", answer.headers["location"], user=user)
    assert {**found.json, "now": 0, "split": False} == {**answer.json, "now": 0}
    assert await harness.seat(showtime, "D4") == "h"
    assert (await harness.call("DELETE", answer.headers["location"], user=user)).status == 204


async def test_a_split_group_is_told_so_and_too_large_a_one_how_many_seats_are_left(harness: Harness) -> None:
    showtime = await harness.showtime(rows=2, cols=2)
    answer = await best(harness, showtime, a_user(), 3)
    assert (answer.status, answer.json["split"], len(answer.json["seatIds"])) == (201, True, 3)
    answer = await best(harness, showtime, a_user(), 2)
    assert (answer.status, answer.json["code"], answer.json["left"]) == (409, "not_enough_seats", 1)
    assert (await best(harness, showtime, a_user(), 1)).status == 201
    assert (await best(harness, showtime, a_user(), 1)).json["left"] == 0


async def test_what_is_left_is_counted_of_the_type_asked_for(harness: Harness) -> None:
    layout = {"rows": 2, "cols": 3, "seatTypes": [{"type": "sofa", "rows": ["A"]}, {"type": "chair"}]}
    showtime = await harness.showtime(layout=layout)
    assert (await best(harness, showtime, a_user(), 2, type="sofa")).json["seatIds"][0].startswith("A")
    answer = await best(harness, showtime, a_user(), 2, type="sofa")
    assert (answer.status, answer.json["left"]) == (409, 1)
    answer = await best(harness, showtime, a_user(), 2, accessible=True)
    assert (answer.status, answer.json["left"]) == (409, 0)
    answer = await best(harness, showtime, a_user(), 1, type="bed")
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "type")


@pytest.mark.parametrize("types", [{"child": 1}, ["child"], ["child", "adult"]])
async def test_tickets_are_of_the_types_that_were_named_and_the_others_adults(harness: Harness, types: Any) -> None:
    showtime = await harness.showtime(prices={"ticket_types": [CHILD]})
    quote = (await best(harness, showtime, a_user(), 2, ticketTypes=types)).json["quote"]
    assert [(line["ticketType"], line["price"]) for line in quote["lines"]] == [("child", 6_000), ("adult", 10_000)]


@pytest.mark.parametrize("types", [{"senior": 1}, ["adult", "senior"], {"adult": 3}, ["adult"] * 3, {"adult": 0}])
async def test_other_types_and_more_tickets_than_seats_are_refused(harness: Harness, types: Any) -> None:
    showtime = await harness.showtime()
    answer = await best(harness, showtime, a_user(), 2, ticketTypes=types)
    assert (answer.status, answer.json["errors"][0]["path"][:11]) == (422, "ticketTypes")


@pytest.mark.parametrize("wish", [{"count": 0}, {"count": 11}, {"count": "2"}, {"accessible": 1}, {"type": ""}])
async def test_other_bad_wishes_too(harness: Harness, wish: dict[str, Any]) -> None:
    body = {"showtimeId": (await harness.showtime()).id, "count": 1, **wish}
    answer = await harness.call("POST", "/api/seats/best-available", user=a_user(), json=body)
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, next(iter(wish)))


async def test_a_user_has_three_holds_of_a_showtime_at_most(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    statuses = [(await best(harness, showtime, user, 1)).status for _ in range(4)]
    assert statuses == [201, 201, 201, 429]


async def test_the_same_key_gives_the_same_seats_once(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    first, again = [await best(harness, showtime, user, 2, key="k1") for _ in range(2)]
    assert (first.status, again.status, again.headers["idempotency-replayed"]) == (201, 201, "true")
    assert again.body == first.body
    assert (await harness.map(showtime)).count("h") == 2


async def test_whoever_is_overtaken_chooses_again(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else takes the seats between the choice and the hold, twice."""
    showtime = await harness.showtime(rows=6, cols=8)
    hold, chosen = harness.seating.redis_holds.hold, list[list[str]]()

    async def overtaken(of: Showtime, hold_id: HoldId, user: str, seats: list[str], quote: Quote, **terms: Any) -> Hold:
        chosen.append(seats)
        if len(chosen) <= 2:
            await hold(of, new_hold_id(of.id), a_user(), seats[:1], quote)
        return await hold(of, hold_id, user, seats, quote, **terms)

    monkeypatch.setattr(harness.seating.redis_holds, "hold", overtaken)
    answer = await best(harness, showtime, a_user(), 2)
    assert (answer.status, answer.json["seatIds"]) == (201, chosen[2])
    assert chosen[0] == ["D4", "D5"]
    assert not {"D4", chosen[1][0]} & set(chosen[2])


async def test_many_at_once_hold_each_seat_once(harness: Harness) -> None:
    showtime = await harness.showtime(rows=4, cols=6, theater={"forbids_single_seats": True})
    others = [harness.hold(showtime, a_user(), seat, f"{seat[0]}{int(seat[1]) + 1}") for seat in ("C3", "C1", "B3")]
    guests = [best(harness, showtime, a_user(), 2) for _ in range(12)]
    answers = await asyncio.gather(*guests, *others)
    statuses = [answer.status for answer in answers[:12]]
    held = [seat for answer in answers if answer.status == 201 for seat in answer.json["seatIds"]]
    assert len(held) == len(set(held)) == 24
    assert {*statuses} <= {201, 409}
    assert all(answer.json["code"] == "not_enough_seats" for answer in answers[:12] if answer.status == 409)


async def test_a_show_that_is_closed_or_unknown_has_no_best_seats(harness: Harness) -> None:
    showtime = await harness.showtime()
    snapshot = showtime.snapshot.model_copy(update={"status": "cancelled", "revision": 2})
    await harness.use_cases.scheduling.follow(snapshot)
    answer = await best(harness, showtime, a_user(), 2)
    assert (answer.status, answer.json["code"]) == (409, "showtime_closed")
    body = {"showtimeId": "sho_1", "count": 1}
    answer = await harness.call("POST", "/api/seats/best-available", user=a_user(), json=body)
    assert (answer.status, answer.json["code"]) == (404, "showtime_not_found")
    assert (await harness.call("POST", "/api/seats/best-available", json=body)).status == 401


async def test_withheld_seats_go_to_those_who_need_them(harness: Harness) -> None:
    layout = {"rows": 3, "cols": 4, "accessible": ["C1"], "companions": {"C2": "C1"}}
    theater = {"forbids_single_seats": True, "accessible_release": [{"hours_before": 1, "share": 1}]}
    showtime = await harness.showtime(layout=layout, theater=theater)
    assert await harness.map(showtime) == "aaaaaaaabbaa"
    answer = await best(harness, showtime, a_user(), 3, accessible=True)
    assert (answer.status, answer.json["seatIds"], answer.json["split"]) == (201, ["C1", "C2", "C3"], False)
    assert (await best(harness, showtime, a_user(), 1, accessible=True)).json["left"] == 0
