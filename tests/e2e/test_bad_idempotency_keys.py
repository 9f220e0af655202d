"""An `Idempotency-Key` used twice, by another, after a refusal, and one that is none."""

import secrets

import pytest
from tests.e2e.conftest import Ground, problem

from stack.buyer import StackClient


async def test_an_idempotency_key_is_for_one_body_of_one_caller(client: StackClient, ground: Ground) -> None:
    call, key = "POST /api/seats/hold", {"Idempotency-Key": secrets.token_hex(8)}
    body = {"showtimeId": "{other}", "seatIds": ["B1"]}
    first = await ground.send(client, call, body, who="guest", **key)
    again = await ground.send(client, call, dict(reversed(body.items())), who="guest", **key)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    other = await ground.send(client, call, {**body, "seatIds": ["B3"]}, who="guest", **key)
    assert problem(other) == (422, "idempotency_key_reused")
    theirs = await ground.send(client, call, {**body, "seatIds": ["B2"]}, who="stranger", **key)
    assert (theirs.status, theirs.headers.get("Idempotency-Replayed")) == (201, None)
    assert problem(await ground.send(client, call, body, **key)) == (401, "not_authenticated")
    for who, hold in (("guest", first), ("stranger", theirs)):
        assert (await ground.send(client, f"DELETE /api/seats/hold/{hold.body['id']}", who=who)).status == 204


async def test_what_was_refused_leaves_its_idempotency_key_free(client: StackClient, ground: Ground) -> None:
    call, key = "POST /api/admin/movies", {"Idempotency-Key": secrets.token_hex(8)}
    assert problem(await ground.send(client, call, {}, who="admin", **key)) == (422, "validation_error")
    movie = {"title": "Once", "genres": [], "runtime": 90, "language": "en"}
    made = [await ground.send(client, call, movie, who="admin", **key) for _ in range(2)]
    assert [answer.status for answer in made] == [201, 201]
    assert made[0].body["id"] == made[1].body["id"]
    assert (await ground.send(client, f"DELETE /api/admin/movies/{made[0].body['id']}", who="admin")).status == 204


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é"])
async def test_an_idempotency_key_that_is_none_is_refused(client: StackClient, ground: Ground, key: str) -> None:
    for who, call in (
        ("guest", "POST /api/seats/hold"),
        ("guest", "POST /api/seats/best-available"),
        ("guest", "POST /api/payments/create-order"),
        ("admin", "POST /api/admin/movies"),
        ("guest", "POST /api/bookings/confirm"),
    ):
        answer = await ground.send(client, call, {}, who=who, **{"Idempotency-Key": key})
        assert problem(answer) == (422, "validation_error")
        assert [error["path"] for error in answer.body["errors"]] == ["Idempotency-Key"]
    login = {"email": "{email}", "password": "wrong"}
    answer = await ground.send(client, "POST /api/auth/login", login, **{"Idempotency-Key": key})
    assert problem(answer) == (401, "invalid_credentials")
