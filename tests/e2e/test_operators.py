"""Mongo's operators in every text that a call of the public document takes: none reaches a query."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.e2e.conftest import Ground, problem

from stack.buyer import StackClient

_DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "gateway/src/gateway/documents/openapi.json").read_text(encoding="utf-8")
)
OPERATORS: list[Any] = [{"$ne": None}, {"$gt": ""}, {"$where": "1"}]
SIGNED = ("/api/payments/webhook", "/api/notify")  # what is signed by somebody else is refused for that
ON_GROUND = {"showtime", "theater", "screen", "movie", "hold", "booking", "payment", "user", "webhook"}
Field = tuple[str, ...]


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    while "$ref" in part:
        at: Any = _DOCUMENT
        for name in part["$ref"].removeprefix("#/").split("/"):
            at = at[name]
        part = at
    return part


def texts(schema: dict[str, Any], at: Field = ()) -> Iterator[Field]:
    """The fields of a body that take a text, at every depth; `[]` is an item of a list."""
    schema = resolved(schema)
    if schema.get("type") == "string" and at:
        yield at
    for kind in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(kind, ()):
            yield from texts(part, at)
    for name, part in schema.get("properties", {}).items():
        yield from texts(part, (*at, name))
    if isinstance(schema.get("items"), dict):
        yield from texts(schema["items"], (*at, "[]"))


def spoiled(body: Any, at: Field, value: Any) -> Any:
    """The body with the value there; what is on the way is made where the body has none."""
    if not at:
        return value
    first, *rest = at
    if first == "[]":
        return [spoiled(body[0] if isinstance(body, list) and body else {}, tuple(rest), value)]
    known = dict(body) if isinstance(body, dict) else {}
    return {**known, first: spoiled(known.get(first), tuple(rest), value)}


def calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of each call."""
    for path, operations in _DOCUMENT["paths"].items():
        for method, operation in operations.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield method.upper(), path, operation


def _named(path: str) -> str:
    """A path of the document with the ids of the ground, where it has them; others are nobody's."""
    return re.sub(r"\{(\w+?)(?:Id)?\}", lambda found: f"{{{found[1]}}}" if found[1] in ON_GROUND else "x1", path)


def _who(path: str, operation: dict[str, Any]) -> str:
    if not operation.get("security"):
        return "nobody"
    return "admin" if path.startswith("/api/admin/") or path.endswith("/counter") else "guest"


def _bodies() -> list[tuple[str, str, Any, Field]]:
    """Who calls what, with which body, and a field of it that takes a text."""
    found = []
    for method, path, operation in calls():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and not path.startswith(SIGNED):
            call, who = f"{method} {_named(path)}", _who(path, operation)
            found += [(who, call, content["example"], at) for at in dict.fromkeys(texts(content["schema"]))]
    return found


async def test_no_operator_is_a_text_in_a_body(client: StackClient, ground: Ground) -> None:
    bodies, before = _bodies(), await ground.state(client)
    assert len({call for _, call, _, _ in bodies}) > 35
    for who, call, example, at in bodies:
        for operator in OPERATORS:
            body = spoiled(copy.deepcopy(example), at, operator)
            answer = await ground.send(client, call, body, who=who)
            assert problem(answer) == (422, "validation_error"), (call, at, operator, answer)
    assert await ground.state(client) == before


@pytest.mark.parametrize("text", ['{"$gt":""}', "$where", '{"$regex":".*"}'])
async def test_an_operator_in_a_parameter_finds_nothing(client: StackClient, ground: Ground, text: str) -> None:
    before, asked = await ground.state(client), 0
    for method, path, operation in calls():
        if path.startswith(SIGNED):
            continue
        who, body = _who(path, operation), operation.get("requestBody", {}).get("content", {}).get("application/json")
        parameters = [resolved(one) for one in operation.get("parameters", ())]
        example = copy.deepcopy(body["example"]) if body else None
        for one in (each for each in parameters if each["in"] == "path"):
            call = f"{method} {_named(path.replace('{' + one['name'] + '}', quote(text, safe='')))}"
            status, code = problem(await ground.send(client, call, example, who=who))
            assert 400 <= status < 500, (call, status, code)
            asked += 1
        for one in (each for each in parameters if each["in"] == "query" and method == "GET"):
            if list(texts(one["schema"], ("it",))):
                await _ask(client, ground, f"GET {_named(path)}?{one['name']}", who, text)
                asked += 1
    assert asked > 80
    assert await ground.state(client) == before


async def _ask(client: StackClient, ground: Ground, query: str, who: str, text: str) -> None:
    """Ask with the text as a parameter, which `query` ends with, and with operators in its name."""
    answer = await ground.send(client, f"{query}={quote(text)}", who=who)
    assert answer.status < 500, (query, answer)
    if answer.status == 200 and isinstance(answer.body, dict) and "items" in answer.body:
        assert answer.body["items"] == [], query
    widened = await ground.send(client, f"{query}[$ne]=x", who=who)
    assert widened.status < 500, (query, widened)
