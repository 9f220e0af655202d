"""Headers to the letter of the API's page: ETags in every content coding, ids and traces, other origins."""

import secrets

import pytest
from tests.e2e.conftest import Ground, problem

from stack.buyer import StackClient

READS = [
    "movies",
    "movies/{movie}",
    "theaters",
    "theaters/{theater}",
    "showtimes?theaterId={theater}",
    "showtimes/{showtime}",
    "seats/availability?showtimeId={showtime}",
]


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("path", READS)
async def test_reads_carry_an_etag_and_honour_it_in_every_coding(
    client: StackClient, ground: Ground, path: str, coding: str
) -> None:
    call, coded = f"GET /api/{path}", {"Accept-Encoding": coding}
    first = await ground.send(client, call, **coded)
    tag = first.headers["ETag"]
    opaque = tag.removeprefix("W/")
    for given in (tag, opaque, f"W/{opaque}", f'"x",{tag}', f'"x", {tag} , "y"', "*"):
        kept = await ground.send(client, call, **coded, **{"If-None-Match": given})
        assert (kept.status, kept.body, kept.headers["ETag"].removeprefix("W/")) == (304, b"", opaque), given
        assert kept.headers["Cache-Control"] == first.headers["Cache-Control"]
        assert "Accept-Encoding" in kept.headers["Vary"]
    assert (await ground.send(client, call, **coded, **{"If-None-Match": tag})).headers["ETag"] == tag
    for given in ('"x"', "", tag[:-1], opaque.strip('"')):
        assert (await ground.send(client, call, **coded, **{"If-None-Match": given})).status == 200, given
    if "availability" in path:
        assert first.headers["Cache-Control"] == "private, no-cache"
        others = await ground.send(client, call, who="guest", **coded)
        assert others.headers["ETag"].removeprefix("W/") != opaque


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_a_change_may_rest_on_the_etag_of_a_coded_answer(
    client: StackClient, ground: Ground, coding: str
) -> None:
    call, coded = "PATCH /api/admin/movies/{movie}", {"Accept-Encoding": coding}
    long = {"synopsis": f"{coding} " * 400}
    first = await ground.send(client, call, long, who="admin", **coded)
    assert (first.status, first.headers["ETag"][:3]) == (200, 'W/"')
    second = await ground.send(client, call, long, who="admin", **coded, **{"If-Match": first.headers["ETag"]})
    assert second.status == 200
    stale = {"If-Match": 'W/"0"'}
    assert problem(await ground.send(client, call, long, who="admin", **coded, **stale)) == (412, "stale_version")


@pytest.mark.parametrize(
    "call",
    [
        "GET /api/movies",
        "GET /api/users/me",
        "GET /api/nothing",
        "DELETE /api/movies",
        "GET /healthz",
        "GET /api/openapi.json",
    ],
)
async def test_every_answer_bears_request_id_trace_and_what_other_origins_may_read(
    client: StackClient, ground: Ground, call: str
) -> None:
    trace = secrets.token_hex(16)
    given = {
        "X-Request-Id": secrets.token_hex(8),
        "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01",
        "Origin": "https://front.test",
    }
    answer = await ground.send(client, call, **given)
    assert answer.headers["X-Request-Id"] == given["X-Request-Id"]
    assert answer.headers["Access-Control-Allow-Origin"] == "https://front.test"
    exposed = set(answer.headers["Access-Control-Expose-Headers"].lower().split(", "))
    assert exposed >= {
        "etag",
        "retry-after",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "x-request-id",
        "idempotency-replayed",
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.status >= 400:
        assert problem(answer)[0] == answer.status
        assert answer.body["traceId"] == trace
    other = await ground.send(client, call)
    assert other.headers["X-Request-Id"] not in {"", given["X-Request-Id"]}


async def test_a_front_end_may_ask_beforehand(client: StackClient, ground: Ground) -> None:
    asked = {
        "Origin": "https://front.test",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-none-match",
    }
    answer = await ground.send(client, "OPTIONS /api/users/me", **asked)
    allowed = set(answer.headers["Access-Control-Allow-Headers"].lower().split(", "))
    assert answer.status == 204
    assert allowed == {
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "x-queue-pass",
        "traceparent",
        "baggage",
    }
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
