"""What every service's HTTP edge does: problems, tokens, body limits, request ids and idempotency keys."""

import asyncio
import io
from codecs import BOM_UTF8
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import aiohttp
import jwt
import pytest
from fastapi import APIRouter, Depends, FastAPI, Response
from pydantic import Field

from chassis import auth, metrics, mongo
from chassis.app import Api, build
from chassis.bodies import JsonRoute, RequestBody, ResponseBody, created
from chassis.idempotency import Idempotent
from chassis.idempotency_store import MongoIdempotencyStore
from chassis.problems import Forbidden
from chassis.settings import ProcessSettings
from stack.keys import Signer
from stack.testing import serving
from stack.waiting import until

SIGNER = Signer()
JSON = {"Content-Type": "application/json"}
router = APIRouter(route_class=JsonRoute)
runs: list[str] = []
may_end = asyncio.Event()  # what a call for "slow" waits for


class Near(RequestBody):
    row: str | None = None


class Wish(RequestBody):
    seat_ids: Annotated[list[str], Field(min_length=1)]
    count: Annotated[int, Field(strict=True, le=10)] = 1
    near: Near = Near()
    others: list[Near] = Field(default_factory=list)


class Answered(ResponseBody):
    seat_ids: list[str]


@router.post("/things", status_code=201)
async def make(wish: Wish, caller: auth.CallerDep) -> dict[str, Any]:
    runs.append(caller.user_id)
    if wish.seat_ids == ["slow"]:
        await may_end.wait()
    if wish.seat_ids == ["bad"]:
        raise Forbidden("not this one")
    return {"number": len(runs)}


@router.get("/things/{number}")
async def read_number(number: int) -> dict[str, int]:
    return {"number": number}


class Thing(ResponseBody):
    number: int


@router.post("/things/new", status_code=201)
async def new(caller: auth.CallerDep) -> Response:
    runs.append(caller.user_id)
    return created(Thing(number=len(runs)), f"/things/{len(runs)}")


@router.get("/public")
async def public() -> Response:
    return Response(headers={"Cache-Control": "public, max-age=30"})


@router.post("/things/count")
async def count() -> dict[str, int]:
    return {"number": len(runs)}


@router.post("/things/later", status_code=202)
async def later() -> dict[str, int]:
    runs.append("later")
    return {"number": len(runs)}


@router.get("/staff")
async def staff(caller: Annotated[auth.Caller, Depends(auth.having("staff"))]) -> dict[str, str]:
    return {"user": caller.user_id}


@pytest.fixture
async def http(mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[aiohttp.ClientSession]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
            idempotency = MongoIdempotencyStore(database["idempotency"])

            async def down() -> None:
                raise ConnectionError

            checks = {"mongo": database.ping, "broker?": down}
            yield {"tokens": auth.Tokens(SIGNER.jwks), "idempotency": idempotency, "checks": checks}

    runs.clear()
    app = build(Api("probe", (router,), idempotency=Idempotent), ProcessSettings(), lifespan=lifespan)
    async with serving(app) as session:
        yield session


def headers(user: str = "usr_1", key: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {SIGNER.token(user)}", **({} if key is None else {"Idempotency-Key": key})}


async def post(http: aiohttp.ClientSession, body: Any, **more: Any) -> tuple[int, dict[str, Any], Any]:
    async with http.post("/things", json=body, **more) as answer:
        return answer.status, await answer.json(content_type=None), answer.headers


@pytest.mark.parametrize(
    ("kind", "raw", "status", "code"),
    [
        ("text/plain", b"hello", 400, "malformed_body"),
        ("application/json", b"{no json", 400, "malformed_body"),
        ("application/json", b"\xff\xfe", 400, "malformed_body"),
        ("application/json", b"[" * 100_000, 400, "malformed_body"),
        ("application/json", b"[]", 422, "validation_error"),
        ("application/json", b'{"seatIds": "A1"}', 422, "validation_error"),
        ("application/json", b'{"seatIds": ["A1"], "count": "2"}', 422, "validation_error"),
        ("application/json", b'{"seatIds": ["A1"], "count": NaN}', 400, "malformed_body"),
        ("application/json", b'{"seatIds": ["\\ud800"]}', 400, "malformed_body"),
        ("application/json", '{"seatIds": ["A1"]}'.encode("utf-16"), 400, "malformed_body"),
        ("application/json", b'{"seatIds": ["A1"], "count": 1%030d}' % 0, 422, "validation_error"),
        ("application/json", b"", 400, "malformed_body"),
        ("application/json", b" " * 1_048_577, 413, "body_too_large"),
    ],
)
async def test_a_bad_body_is_told_apart_by_its_code(
    http: aiohttp.ClientSession, kind: str, raw: bytes, status: int, code: str
) -> None:
    async with http.post("/things", data=io.BytesIO(raw), headers={**headers(), "Content-Type": kind}) as answer:
        body = await answer.json(content_type=None)
        assert (answer.status, body["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["traceId"]
    assert runs == []


@pytest.mark.parametrize(
    ("odd", "path"),
    [
        ({"cuont": 2}, "cuont"),
        ({"seat_ids": ["A2"]}, "seat_ids"),
        ({"near": {"row": "A", "rwo": "B"}}, "near.rwo"),
        ({"others": [{}, {"rwo": "B"}]}, "others.1.rwo"),
    ],
)
async def test_a_field_that_a_body_does_not_know_is_refused_with_its_path(
    http: aiohttp.ClientSession, odd: dict[str, Any], path: str
) -> None:
    status, body, _ = await post(http, {"seatIds": ["A1"], **odd}, headers=headers())
    assert (status, body["code"], [error["path"] for error in body["errors"]]) == (422, "validation_error", [path])
    assert runs == []


def test_requests_are_closed_and_answers_open() -> None:
    assert Wish.model_json_schema()["additionalProperties"] is False
    assert Wish.model_json_schema()["$defs"]["Near"]["additionalProperties"] is False
    assert "additionalProperties" not in Answered.model_json_schema()


async def test_unknown_paths_and_methods_are_problems_too(http: aiohttp.ClientSession) -> None:
    async with http.get("/nowhere", headers={"X-Request-Id": "mine"}) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (404, "not_found")
        assert answer.headers["X-Request-Id"] == "mine"
    async with http.post("/things/", json={}) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/things", "POST"), ("/things/1", "GET, HEAD"), ("/things/count", "POST"), ("/staff", "GET, HEAD")],
)
async def test_a_wrong_method_is_told_the_right_ones(http: aiohttp.ClientSession, path: str, allowed: str) -> None:
    for method in {"GET", "POST", "PUT", "DELETE", "HEAD"} - set(allowed.split(", ")):
        async with http.request(method, path) as answer:
            assert (answer.status, answer.headers["Allow"]) == (405, allowed)
            if method != "HEAD":
                assert (await answer.json(content_type=None))["code"] == "method_not_allowed"


async def test_head_is_get_without_the_body(http: aiohttp.ClientSession) -> None:
    async with http.get("/things/7") as got, http.head("/things/7") as head:
        assert (head.status, head.headers["content-length"]) == (200, got.headers["content-length"])
        assert await head.read() == b""
    async with http.get("/metrics") as answer:
        text = await answer.text()
    assert 'method="HEAD",route="/things/{number}"' in text


async def test_json_is_read_whatever_it_is_called(http: aiohttp.ClientSession) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        called = {**headers(), "Content-Type": kind}
        async with http.post("/things", data=b'{"seatIds": ["A1"]}', headers=called) as answer:
            assert answer.status == 201


NONE_SENT, BAD_ONE_SENT = 'Bearer realm="marquee"', 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    ("header", "code", "scheme"),
    [
        (None, "not_authenticated", NONE_SENT),
        ("Basic abc", "not_authenticated", NONE_SENT),
        ("Bearer ", "not_authenticated", NONE_SENT),
        ("Bearer abc", "not_authenticated", BAD_ONE_SENT),
        ("Bearer \u0915\u00ff", "not_authenticated", BAD_ONE_SENT),
        (f"Bearer {SIGNER.token(expires_in=-1)}", "token_expired", BAD_ONE_SENT),
        (f"Bearer {Signer().token()}", "not_authenticated", BAD_ONE_SENT),
        (
            f"Bearer {jwt.encode({'sub': 'usr_1', 'iss': 'marquee', 'exp': 9e9}, 'x' * 32)}",
            "not_authenticated",
            BAD_ONE_SENT,
        ),
    ],
)
async def test_only_a_living_token_of_ours_is_a_caller_and_a_bad_one_is_called_bad(
    http: aiohttp.ClientSession, header: str | None, code: str, scheme: str
) -> None:
    sent = {} if header is None else {"Authorization": header}
    status, body, answered = await post(http, {"seatIds": ["A1"]}, headers=sent)
    assert (status, body["code"], answered["WWW-Authenticate"]) == (401, code, scheme)


async def test_every_answer_has_a_date_and_none_is_stored_that_does_not_say_so(http: aiohttp.ClientSession) -> None:
    for path, caching in (
        ("/staff", "private, no-store"),
        ("/things/1", "private, no-store"),
        ("/nowhere", "private, no-store"),
        ("/public", "public, max-age=30"),
    ):
        async with http.get(path, headers=headers()) as answer:
            assert answer.headers.getall("Cache-Control") == [caching]
            (date,) = answer.headers.getall("Date")
            assert abs((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()) < 60


async def test_a_new_thing_says_where_it_is_also_when_it_is_said_again(http: aiohttp.ClientSession) -> None:
    for _ in range(2):
        async with http.post("/things/new", headers=headers(key="k")) as answer:
            assert (answer.status, answer.headers["Location"]) == (201, "/things/1")
            assert len(answer.headers.getall("Date")) == 1


async def test_a_byte_order_mark_before_a_body_is_passed_over(http: aiohttp.ClientSession) -> None:
    async with http.post("/things", data=BOM_UTF8 + b'{"seatIds": ["A1"]}', headers={**headers(), **JSON}) as answer:
        assert answer.status == 201
    async with http.post("/things", data=BOM_UTF8, headers={**headers(), **JSON}) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (400, "malformed_body")


async def test_a_role_that_is_missing_is_forbidden(http: aiohttp.ClientSession) -> None:
    async with http.get("/staff", headers=headers()) as answer:
        assert answer.status == 403
    for token in (SIGNER.token("usr_1", "staff"), SIGNER.token("usr_1", grants={"scope_1": ["staff"]})):
        async with http.get("/staff", headers={"Authorization": f"Bearer {token}"}) as answer:
            assert await answer.json() == {"user": "usr_1"}


async def test_the_same_key_and_body_give_the_first_answer_again(http: aiohttp.ClientSession) -> None:
    first = await post(http, {"seatIds": ["A1"], "count": 2}, headers=headers(key="k"))
    again = await post(http, {"count": 2, "seatIds": ["A1"]}, headers=headers(key="k"))
    assert (first[0], again[0], first[1]) == (201, 201, again[1])
    assert "Idempotency-Replayed" not in first[2]
    assert again[2]["Idempotency-Replayed"] == "true"
    assert runs == ["usr_1"]


async def test_a_body_of_any_depth_may_come_under_a_key(http: aiohttp.ClientSession) -> None:
    for depth in (300, 2_000):
        raw = b'{"a":' * depth + b"1" + b"}" * depth
        async with http.post("/things", data=raw, headers={**headers(key=f"k{depth}"), **JSON}) as answer:
            assert answer.status in {400, 422}


def _requests_ended() -> float:
    (family,) = metrics.REQUESTS.collect()
    return sum(sample.value for sample in family.samples if sample.name.endswith("_total"))


async def test_a_body_that_was_cut_off_is_not_run(http: aiohttp.ClientSession) -> None:
    whole = b'{"seatIds": ["A1"]}'
    given = {**headers(key="k"), **JSON, "Host": "x", "Content-Length": str(len(whole) + 50)}
    head = "POST /things HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items())
    base = http._base_url
    assert base is not None
    before = _requests_ended()
    _, writer = await asyncio.open_connection(base.host, base.port)
    writer.write(head.encode() + b"\r\n" + whole)
    for _ in range(100):  # turns of the loop that the server is in too: it takes what came before the end does
        await asyncio.sleep(0)
    writer.write_eof()
    await until(lambda: _requests_ended() > before)
    writer.close()
    assert runs == []
    status, _, answered = await post(http, {"seatIds": ["A1"]}, headers=headers(key="k"))
    assert (status, runs) == (201, ["usr_1"])
    assert "Idempotency-Replayed" not in answered


async def test_a_key_belongs_to_its_caller_and_its_body(http: aiohttp.ClientSession) -> None:
    await post(http, {"seatIds": ["A1"]}, headers=headers(key="k"))
    other_body = await post(http, {"seatIds": ["A2"]}, headers=headers(key="k"))
    other_user = await post(http, {"seatIds": ["A2"]}, headers=headers("usr_2", key="k"))
    assert (other_body[0], other_body[1]["code"]) == (422, "idempotency_key_reused")
    assert other_user[0] == 201


async def test_a_key_whose_first_call_runs_is_in_progress(http: aiohttp.ClientSession) -> None:
    may_end.clear()
    first = asyncio.create_task(post(http, {"seatIds": ["slow"]}, headers=headers(key="k")))
    await until(lambda: bool(runs))
    others = await asyncio.gather(*(post(http, {"seatIds": ["slow"]}, headers=headers(key="k")) for _ in range(4)))
    may_end.set()
    assert [(status, body["code"]) for status, body, _ in others] == [(409, "idempotency_in_progress")] * 4
    assert (await first)[0] == 201
    assert runs == ["usr_1"]


async def test_an_answer_that_is_no_success_frees_the_key(http: aiohttp.ClientSession) -> None:
    assert (await post(http, {"seatIds": ["bad"]}, headers=headers(key="k")))[0] == 403
    assert (await post(http, {"seatIds": ["A1"]}, headers=headers(key="k")))[0] == 201


async def test_an_outcome_that_is_to_come_is_asked_for_anew(http: aiohttp.ClientSession) -> None:
    for number in (1, 2):
        async with http.post("/things/later", json={}, headers=headers(key="k")) as answer:
            assert (answer.status, await answer.json()) == (202, {"number": number})
            assert "Idempotency-Replayed" not in answer.headers


async def test_a_call_that_lost_its_claim_leaves_the_key_alone(mongo_uri: str, mongo_database_prefix: str) -> None:
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        idempotency = MongoIdempotencyStore(database["idempotency"])
        slow = await idempotency.claim("k", "f")
        past = datetime.now(UTC) - timedelta(seconds=1)
        await database["idempotency"].update({"_id": "k"}, {"$set": {"free_at": past}})
        following = await idempotency.claim("k", "f")
        assert (following.seed, following.is_retry) == (slow.seed, True)
        await idempotency.forget("k", slow)
        await idempotency.leave_to_retry("k", slow)
        await idempotency.complete("k", following, {"status": 201})
        assert (await idempotency.claim("k", "f")).answer == {"status": 201}


async def test_unknown_key_ids_hold_up_nobody_while_identity_hangs() -> None:
    hangs, fetches = asyncio.Event(), 0

    async def fetch() -> dict[str, Any]:
        nonlocal fetches
        fetches += 1
        if fetches > 1:
            hangs.set()
            await asyncio.Event().wait()
        return await SIGNER.jwks()

    tokens = auth.Tokens(fetch)
    assert (await tokens.verify(SIGNER.token("usr_1"))).user_id == "usr_1"
    tokens._fetched_at -= 60  # long ago
    strangers = jwt.encode({"sub": "x"}, "k" * 32, "HS256", {"kid": "unknown"})
    waiting = asyncio.create_task(tokens.verify(strangers))
    await hangs.wait()
    assert (await tokens.verify(SIGNER.token("usr_2"))).user_id == "usr_2"
    waiting.cancel()


@pytest.mark.parametrize("key", ["x" * 256, "with space", ""])
async def test_a_key_that_is_no_key_is_refused(http: aiohttp.ClientSession, key: str) -> None:
    assert (await post(http, {"seatIds": ["A1"]}, headers=headers(key=key)))[0] == 422


async def test_readiness_names_the_broker_that_is_away_and_stays_ready(http: aiohttp.ClientSession) -> None:
    async def with_mongo() -> Any:
        async with http.get("/readyz") as answer:
            return await answer.json() if answer.status == 200 else None

    checks = (await until(with_mongo))["checks"]  # a first connection may take longer than a check is given
    assert checks == {"mongo": "up", "broker": "down: ConnectionError"}


async def test_a_trace_that_comes_in_goes_on(http: aiohttp.ClientSession) -> None:
    trace = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    async with http.get("/nowhere", headers=trace) as answer:
        assert (await answer.json(content_type=None))["traceId"] == "4bf92f3577b34da6a3ce929d0e0e4736"
