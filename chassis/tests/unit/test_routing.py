"""Which endpoint a request finds, and the same answers from those that read it themselves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp, Message

from chassis.app import Api, build
from chassis.bodies import JsonRoute, RequestBody, body_as
from chassis.problems import Forbidden
from chassis.settings import ProcessSettings

router = APIRouter(route_class=JsonRoute)
quick = APIRouter(route_class=JsonRoute)


class Wish(RequestBody):
    seat: str


@router.get("/holds/mine")
async def mine() -> dict[str, str]:
    return {"mine": "yes"}


@router.get("/holds/{hold_id}")
async def get(hold_id: str) -> dict[str, str]:
    return {"got": hold_id}


@router.get("/numbers/{number:int}")
async def number(number: int) -> dict[str, int]:
    return {"number": number}


@router.post("/wishes")
async def wish(body: Wish) -> dict[str, str]:
    if body.seat == "X1":
        raise Forbidden("not this one")
    if body.seat == "X2":
        raise ZeroDivisionError
    return {"seat": body.seat}


@quick.delete("/holds/{hold_id}")
async def release(hold_id: str) -> dict[str, str]:
    return {"released": hold_id}


async def release_quickly(request: Request) -> Response:
    return Response(orjson.dumps(await release(request.path_params["hold_id"])), media_type="application/json")


@quick.post("/quick-wishes")
async def quick_wish(body: Wish) -> dict[str, str]:
    return await wish(body)


async def wish_quickly(request: Request) -> Response:
    return Response(orjson.dumps(await wish(body_as(Wish, await request.body()))), media_type="application/json")


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {}


Call = Callable[..., Awaitable[tuple[int, Any, dict[str, str]]]]


@pytest.fixture
def call() -> Call:
    """Calls the app as a server would; the body comes in two parts."""
    fast_path = {("DELETE", "/holds/{hold_id}"): release_quickly, ("POST", "/quick-wishes"): wish_quickly}
    app: ASGIApp = build(Api("probe", (router, quick), fast_path=fast_path), ProcessSettings(), lifespan=lifespan)

    async def call(method: str, path: str, body: bytes = b"") -> tuple[int, Any, dict[str, str]]:
        coming = [
            {"type": "http.request", "body": body[:1], "more_body": True},
            {"type": "http.request", "body": body[1:], "more_body": False},
        ]
        sent: list[Message] = []

        async def receive() -> Message:
            return coming.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
        await app({**scope, "headers": [], "state": {}, "http_version": "1.1"}, receive, send)
        raw = b"".join(message.get("body", b"") for message in sent[1:])
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], orjson.loads(raw) if raw else None, headers

    return call


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        ("GET", "/holds/mine", {"mine": "yes"}),
        ("GET", "/holds/hld_1", {"got": "hld_1"}),
        ("HEAD", "/holds/hld_1", {"got": "hld_1"}),  # the server leaves the body out
        ("DELETE", "/holds/hld_1", {"released": "hld_1"}),
        ("GET", "/numbers/7", {"number": 7}),
    ],
)
async def test_the_most_literal_path_is_called_with_its_parameters(
    call: Call, method: str, path: str, answer: Any
) -> None:
    assert (await call(method, path))[:2] == (200, answer)


@pytest.mark.parametrize("path", ["/", "/holds", "/holds/", "/holds/a/b", "/holdsx/a", "/numbers/x", "/wishes/1"])
async def test_what_is_at_no_path_is_a_problem(call: Call, path: str) -> None:
    status, problem, _ = await call("GET", path)
    assert (status, problem["code"], problem["detail"]) == (404, "not_found", "Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/holds/hld_1", "DELETE, GET, HEAD"),
        ("DELETE", "/holds/mine", "GET, HEAD"),
        ("GET", "/wishes", "POST"),
        ("HEAD", "/wishes", "POST"),
    ],
)
async def test_a_method_that_a_path_lacks_is_refused_with_those_it_has(
    call: Call, method: str, path: str, allowed: str
) -> None:
    status, problem, headers = await call(method, path)
    assert (status, problem["code"], headers["allow"]) == (405, "method_not_allowed", allowed)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"seat": "A1"}', 200, None),
        (b'{"seat": "X1"}', 403, "forbidden"),
        (b'{"seat": "X2"}', 500, "internal_error"),
        (b'{"chair": "A1"}', 422, "validation_error"),
        (b"{", 400, "malformed_body"),
        (b'"' + b"x" * 1_048_577 + b'"', 413, "body_too_large"),
    ],
)
async def test_an_endpoint_that_reads_its_request_itself_answers_as_the_framework_does(
    call: Call, body: bytes, status: int, code: str | None
) -> None:
    answers = [await call("POST", path, body) for path in ("/wishes", "/quick-wishes")]
    assert [(answer[0], answer[1].get("code")) for answer in answers] == [(status, code)] * 2
    assert answers[0][1].get("errors") == answers[1][1].get("errors")
