"""Holding seats: races, limits, the exact end, refresh and release."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.exceptions import TimeoutError as RedisTimeout
from services.seating.tests.factories import a_quote, a_user
from services.seating.tests.harness import Answer, Harness
from tests.factories import a_snapshot

from contracts.ids import HoldId
from contracts.prices import Quote
from seating.domain import Hold, Showtime
from seating.usecases.ports import HoldEnded, HoldTerms


async def test_of_200_clients_for_the_same_four_seats_one_wins_and_nobody_is_half_held(harness: Harness) -> None:
    showtime = await harness.showtime()
    users = [a_user() for _ in range(200)]
    rows = [("A1", "A2", "A3", "A4"), ("A4", "A3", "A2", "A1"), ("A2", "A3", "A4", "A5")]
    answers = await asyncio.gather(*(harness.hold(showtime, user, *rows[at % 3]) for at, user in enumerate(users)))
    won = [answer for answer in answers if answer.status == 201]
    assert len(won) == 1
    assert {answer.json["code"] for answer in answers if answer.status != 201} == {"seats_unavailable"}
    held = {seat.seat_id for seat, byte in zip(showtime.seats, await harness.map(showtime), strict=True) if byte == "h"}
    assert held == set(won[0].json["seatIds"])


async def test_a_refused_hold_names_the_seats_that_were_taken(harness: Harness) -> None:
    showtime = await harness.showtime(layout={"rows": 1, "cols": 5, "blocked": ("A5",)})
    await harness.held(showtime, a_user(), "A2")
    answer = await harness.hold(showtime, a_user(), "A1", "A2", "A5")
    assert (answer.status, answer.json["code"], answer.json["seatIds"]) == (409, "seats_unavailable", ["A2", "A5"])
    assert await harness.map(showtime) == "ahaab"


async def test_a_user_has_three_live_holds_of_a_showtime_even_when_asking_at_once(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    answers = await asyncio.gather(*(harness.hold(showtime, user, f"A{at}") for at in range(1, 8)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [429] * 4
    assert {a.json["code"] for a in answers if a.status == 429} == {"hold_limit"}
    mine = next(a.json["id"] for a in answers if a.status == 201)
    assert (await harness.call("DELETE", f"/api/seats/hold/{mine}", user=user)).status == 204
    assert (await harness.hold(showtime, user, "B1")).status == 201
    assert (await harness.hold(await harness.showtime(), user, "B1")).status == 201


async def test_a_repeat_of_the_same_hold_changes_nothing(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id, quote = HoldId(await harness.held(showtime, user, "A1")), a_quote(showtime, "A1")
    before = await harness.seat_holds.read(showtime.id)
    again = await harness.seat_holds.hold(showtime, hold_id, user, ["A1"], quote)
    after = await harness.seat_holds.read(showtime.id)
    assert again.expires_at == (await harness.seat_holds.find(hold_id, user)).expires_at
    assert (after.version, after.state) == (before.version, before.state)
    await harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)
    with pytest.raises(HoldEnded):
        await harness.seat_holds.hold(showtime, hold_id, user, ["A1"], quote)


KEY = {"Idempotency-Key": "a-key"}
Lost = tuple[Showtime, str, HoldId]


async def _keyed(harness: Harness, showtime: Showtime, user: str, seat: str) -> Answer:
    wish = {"showtimeId": showtime.id, "seatIds": [seat]}
    return await harness.call("POST", "/api/seats/hold", user=user, json=wish, headers=KEY)


@pytest.fixture
async def lost(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Lost:
    """A hold of A1 under a key whose answer from Redis was lost: showtime, user and hold."""
    showtime, user = await harness.showtime(), a_user()
    hold, hold_ids = harness.seating.redis_holds.hold, list[HoldId]()

    async def hold_and_fall_silent(of: Showtime, hold_id: HoldId, *rest: Any, terms: HoldTerms) -> Hold:
        hold_ids.append(hold_id)
        await hold(of, hold_id, *rest, terms=terms)
        raise RedisTimeout

    with monkeypatch.context() as silent:
        silent.setattr(harness.seating.redis_holds, "hold", hold_and_fall_silent)
        answer = await _keyed(harness, showtime, user, "A1")
    assert (answer.status, answer.json["code"]) == (504, "deadline_exceeded")
    return showtime, user, hold_ids[0]


async def test_a_call_tried_again_under_its_key_finds_the_hold_it_made(harness: Harness, lost: Lost) -> None:
    showtime, user, hold_id = lost
    before = await harness.seat_holds.read(showtime.id)
    answer = await _keyed(harness, showtime, user, "A1")
    assert (answer.status, answer.json["id"], answer.json["status"]) == (201, hold_id, "active")
    assert (await harness.seat_holds.read(showtime.id)).version == before.version
    assert (await _keyed(harness, showtime, user, "A1")).headers["idempotency-replayed"] == "true"


async def test_what_an_unanswered_call_made_is_remembered_for_a_day(harness: Harness, lost: Lost) -> None:
    (key,) = await harness.process.database["idempotency"].find({}, sort=[("_id", 1)])
    assert key["free_at"] <= datetime.now(UTC)
    assert key["expires_at"] > datetime.now(UTC) + timedelta(hours=23)


async def test_a_hold_found_again_keeps_its_price_whatever_it_costs_by_now(harness: Harness, lost: Lost) -> None:
    showtime, user, hold_id = lost
    dearer = showtime.snapshot.model_copy(
        update={
            "revision": 2,
            "prices": showtime.snapshot.prices.model_copy(update={"base_price": 99_000}),
        }
    )
    await harness.showtime(dearer)
    wish = {"showtimeId": showtime.id, "seatIds": ["A1"]}
    answer = await harness.call("POST", "/api/seats/hold", user=user, json=wish, headers=KEY)
    assert (answer.status, answer.json["id"], answer.json["quote"]["lines"][0]["price"]) == (201, hold_id, 10_000)


async def test_a_key_whose_hold_was_let_go_meanwhile_holds_anew(harness: Harness, lost: Lost) -> None:
    showtime, user, hold_id = lost
    await harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)
    answer = await _keyed(harness, showtime, user, "A1")
    assert (answer.status, answer.json["status"]) == (201, "active")
    assert answer.json["id"] != hold_id


async def test_another_wish_under_the_same_key_is_another_hold(harness: Harness, lost: Lost) -> None:
    showtime, user, hold_id = lost
    answer = await _keyed(harness, showtime, user, "B1")
    assert (answer.status, answer.json["seatIds"]) == (201, ["B1"])
    assert answer.json["id"] != hold_id


async def test_a_refused_call_gives_its_key_a_new_beginning(harness: Harness) -> None:
    showtime, user, other = await harness.showtime(), a_user(), a_user()
    taken = await harness.held(showtime, other, "A1")
    assert (await _keyed(harness, showtime, user, "A1")).status == 409
    assert await harness.process.database["idempotency"].find({}, sort=[("_id", 1)]) == []
    await harness.call("DELETE", f"/api/seats/hold/{taken}", user=other)
    assert (await _keyed(harness, showtime, user, "A1")).status == 201


ends_at_once = pytest.mark.parametrize("hold_seconds", [0.3])  # for tests to which nothing but the end matters
ends_soon = pytest.mark.parametrize("hold_seconds", [6])  # for what comes before the end, on however slow a machine


@ends_at_once
async def test_a_hold_ends_at_its_instant_without_any_job(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = HoldId(await harness.held(showtime, user, "A1"))
    ends = (await harness.seat_holds.find(hold_id, user)).expires_at
    while True:
        seats = await harness.seat_holds.read(showtime.id)
        assert seats.state[0] == ("h" if seats.now < ends else "a")
        if seats.now >= ends:
            break
    answer = await harness.call("GET", f"/api/seats/hold/{hold_id}", user=user)
    assert answer.json["status"] == "expired"
    assert (await harness.hold(showtime, a_user(), "A1")).status == 201


@ends_soon
async def test_if_none_match_is_decided_after_the_hold_has_ended(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = HoldId(await harness.held(showtime, user, "A1"))
    paths = [f"/api/seats/{part}?showtimeId={showtime.id}" for part in ("availability", "state")]
    first = [await harness.call("GET", path) for path in paths]
    etags = [{"if-none-match": answer.headers["etag"]} for answer in first]
    same = [await harness.call("GET", path, headers=etag) for path, etag in zip(paths, etags, strict=True)]
    assert [answer.status for answer in same] == [304, 304]
    await harness.redis_reaches((await harness.seat_holds.find(hold_id, user)).expires_at)
    whole, live = [await harness.call("GET", path, headers=etag) for path, etag in zip(paths, etags, strict=True)]
    assert (whole.status, live.status) == (200, 200)
    assert whole.json["version"] == live.json["version"] == first[0].json["version"] + 1
    assert (whole.json["seats"][0]["status"], live.json["state"][0]) == ("available", "a")


@ends_at_once
async def test_the_end_of_a_hold_is_said_with_its_event(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = HoldId(await harness.held(showtime, user, "A1"))
    await harness.redis_reaches((await harness.seat_holds.find(hold_id, user)).expires_at)
    await harness.seat_holds.read(showtime.id)
    said = [entry for entry in await harness.emitted(showtime) if entry["hold"] == hold_id]
    assert [(entry["what"], entry["reason"]) for entry in said] == [("held", ""), ("released", "expired")]
    assert int(said[1]["version"]) == int(said[0]["version"]) + 1


@ends_soon
async def test_a_hold_is_refreshed_three_times_and_never_after_its_end(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = HoldId(await harness.held(showtime, user, "A1"))
    path = f"/api/seats/hold/{hold_id}/refresh"
    ends = []
    for _ in range(3):
        answer = await harness.call("PATCH", path, user=user)
        assert answer.status == 200
        ends.append(answer.json["expiresAt"])
    assert ends == sorted(ends)
    assert (await harness.call("PATCH", path, user=user)).json["code"] == "refresh_limit"
    await harness.redis_reaches((await harness.seat_holds.find(hold_id, user)).expires_at)
    late = await harness.call("PATCH", path, user=user)
    assert (late.status, late.json["code"]) == (409, "hold_expired")


@ends_soon
async def test_a_checkout_stretches_the_hold_once_and_answers_alike_each_time(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = HoldId(await harness.held(showtime, user, "A1"))
    before = (await harness.seat_holds.find(hold_id, user)).expires_at
    path = f"/internal/holds/{hold_id}/checkout"
    first = await harness.call("POST", path, user=user, json={})
    assert first.status == 200
    stretched = (await harness.seat_holds.find(hold_id, user)).expires_at
    assert stretched > before + 500
    second = await harness.call("POST", path, user=user, json={})
    assert second.body == first.body
    Quote.model_validate(first.json["quote"])
    assert (await harness.call("POST", path, user=a_user(), json={})).json["code"] == "hold_not_found"
    await harness.redis_reaches(stretched)
    late = await harness.call("POST", path, user=user, json={})
    assert (late.status, late.json["code"]) == (409, "hold_expired")


async def test_a_hold_let_go_is_free_at_once_and_letting_go_again_is_fine(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1")
    for _ in range(2):
        assert (await harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)).status == 204
    assert await harness.seat(showtime, "A1") == "a"
    assert (await harness.call("GET", f"/api/seats/hold/{hold_id}", user=user)).json["status"] == "released"
    assert (await harness.call("PATCH", f"/api/seats/hold/{hold_id}/refresh", user=user)).json["code"] == "hold_expired"


async def test_a_price_that_is_not_the_expected_one_holds_nothing(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    body = {"showtimeId": showtime.id, "seatIds": ["A1"], "expectedTotal": 9_999}
    refused = await harness.call("POST", "/api/seats/hold", user=user, json=body)
    assert (refused.status, refused.json["code"]) == (409, "price_changed")
    accepted = await harness.call("POST", "/api/seats/hold", user=user, json={**body, "expectedTotal": 10_000})
    assert accepted.status == 201


async def test_a_new_snapshot_prices_new_holds_and_the_map_and_leaves_held_ones_alone(harness: Harness) -> None:
    snapshot, user = a_snapshot(), a_user()
    showtime = await harness.showtime(snapshot)
    hold_id = await harness.held(showtime, user, "A1")
    prices = snapshot.prices.model_copy(update={"base_price": 20_000})
    changed = snapshot.model_copy(update={"revision": 2, "prices": prices})
    await harness.seating.ports.snapshots.save(changed)
    ledger = await harness.seating.ports.ledgers.open(changed)
    assert ledger is not None
    await harness.seat_holds.tell(showtime, ledger, [])  # another replica did all this: here the old one is cached
    fresh = await harness.hold(showtime, a_user(), "A2")
    assert fresh.json["quote"]["total"] == 20_000
    seats = (await harness.call("GET", f"/api/seats/availability?showtimeId={showtime.id}")).json["seats"]
    assert seats[5]["price"] == 20_000
    held = await harness.call("GET", f"/api/seats/hold/{hold_id}", user=user)
    assert held.json["quote"]["total"] == 10_000


async def test_the_map_shows_labels_pairs_companions_and_aisles_and_the_hold_and_its_sale_bear_the_labels(
    harness: Harness,
) -> None:
    layout: dict[str, Any] = {
        "rows": 2,
        "cols": 4,
        "row_labels": ["H", None],
        "numbering": {"from": "right", "count": "seats"},
        "aisles": [1, {"after": 3, "rows": ["A"]}, {"after": 2}],
        "accessible": ["A1"],
        "companions": {"A2": "A1"},
        "pairs": [["A3", "A4"]],
        "gaps": [],
    }
    showtime, user = await harness.showtime(layout=layout), a_user()
    shown = (await harness.call("GET", f"/api/seats/availability?showtimeId={showtime.id}")).json
    assert shown["layout"] == {"rows": 2, "cols": 4, "aisles": [1, {"after": 3, "rows": ["A"]}, {"after": 2}]}
    common = {"row": "A", "type": "standard", "price": 10_000, "status": "available"}
    assert shown["seats"] == [
        {"seatId": "A1", "number": 1, "label": {"row": "H", "number": "4"}, "accessible": True, **common},
        {"seatId": "A2", "number": 2, "label": {"row": "H", "number": "3"}, "companionOf": "A1", **common},
        {"seatId": "A3", "number": 3, "label": {"row": "H", "number": "2"}, "pairedWith": "A4", **common},
        {"seatId": "A4", "number": 4, "label": {"row": "H", "number": "1"}, "pairedWith": "A3", **common},
    ]
    sale = await harness.checked_out(showtime, user, "A3", "A4")
    held = (await harness.call("GET", f"/api/seats/hold/{sale.hold_id}", user=user)).json
    assert [line["label"] for line in held["quote"]["lines"]] == [{"row": "H", "number": n} for n in "21"]
    assert [(line.label.row, line.label.number) for line in sale.quote.lines] == [("H", "2"), ("H", "1")]


async def test_the_callers_own_seats_are_marked_theirs(harness: Harness) -> None:
    showtime, user = await harness.showtime(layout={"rows": 1, "cols": 2, "accessible": ("A1",)}), a_user()
    hold_id = await harness.held(showtime, user, "A1")
    path = f"/api/seats/availability?showtimeId={showtime.id}"
    mine, others = (await harness.call("GET", path, user=user)), (await harness.call("GET", path, user=a_user()))
    assert mine.json["seats"][0] == {
        "seatId": "A1",
        "row": "A",
        "number": 1,
        "label": {"row": "A", "number": "1"},
        "type": "standard",
        "price": 10_000,
        "status": "held",
        "mine": True,
        "holdId": hold_id,
        "accessible": True,
    }
    assert "mine" not in others.json["seats"][0]
    assert mine.headers["etag"] != others.headers["etag"]
    assert mine.headers["cache-control"] == "private, no-cache"
