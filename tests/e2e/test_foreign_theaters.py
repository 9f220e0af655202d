"""Nobody reads or changes another theater's data: each admin call of the public document, by a manager and by somebody
of the staff of another theater. A call that is new is tried too, and fails here until it has a good body."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Stack
from tests.e2e.conftest import YEAR, Ground
from tests.e2e.refused import REFUSED

from stack.buyer import StackClient, build, connected

_DOCUMENT = Path(__file__).parents[2] / "gateway/src/gateway/documents/openapi.json"
_PATHS: dict[str, dict[str, Any]] = json.loads(_DOCUMENT.read_text(encoding="utf-8"))["paths"]
OF_NO_THEATER = {"POST /api/admin/movies", "PATCH /api/admin/movies/{movie}", "POST /api/admin/movies/import"}
"""Managers and admins add and change films, which are shown everywhere."""
_NAMES = {
    **{
        f"{name}Id": name
        for name in ("booking", "movie", "payment", "screen", "showtime", "theater", "user", "webhook")
    },
    "deliveryId": "booking",
    "caseId": "booking",  # cases have no id of their own here; nobody's is not found either
}
_BODIES: dict[str, Any] = {each.call: each.good for each in REFUSED}
_BODIES["POST /api/admin/cases/{booking}/close"] = {"note": "mine"}
_BODIES["PUT /api/admin/taxes"] = [{"name": "GST", "rate": 1800, "from": f"{YEAR}-01-01"}]
_WITHOUT_BODY = ("/resend", "/redeliver", "/block", "/unblock")
_QUERY = {
    "theaterId": "{theater}",
    "showtimeId": "{showtime}",
    "report": "bookings",
    "from": f"{YEAR}-01-01",
    "to": f"{YEAR}-01-02",
}
_SCOPES = ("theaterId", "showtimeId")


def _calls() -> list[str]:
    """Every admin call, and the sale at a counter, with the names that ids have here."""
    calls = []
    for path, operations in _PATHS.items():
        if not path.startswith("/api/admin/") and path != "/api/payments/counter":
            continue
        named = path
        for parameter, name in _NAMES.items():
            named = named.replace("{" + parameter + "}", "{" + name + "}")
        calls += [f"{method.upper()} {named}{_query(operations[method])}" for method in operations]
    return sorted(set(calls) - OF_NO_THEATER)


def _query(operation: dict[str, Any]) -> str:
    """What it needs, and the narrowest place that it can be asked about."""
    parameters = [each for each in operation.get("parameters", ()) if each.get("in") == "query"]
    names = [each["name"] for each in parameters if each.get("required")]
    names += [name for name in _SCOPES if name in {each["name"] for each in parameters} and name not in names][:1]
    return "?" + "&".join(f"{name}={_QUERY[name]}" for name in names) if names else ""


@pytest.fixture(scope="module")
def strangers(stack: Stack) -> list[str]:
    """Tokens of a manager and of somebody of the staff of another theater."""

    async def make() -> list[str]:
        async with connected(stack.stack_info) as client:
            theater_id = (await build(client, rows=1, cols=2)).theater_id
            return [(await client.worker(role, theater_id)).token for role in ("manager", "staff")]

    return asyncio.run(make())


@pytest.mark.parametrize("call", _calls())
async def test_another_theaters_data_is_neither_shown_nor_changed(
    client: StackClient, ground: Ground, strangers: list[str], call: str
) -> None:
    before = await ground.state(client)
    method, _, path = call.partition(" ")
    body = _BODIES[call] if method in {"POST", "PUT", "PATCH"} and not path.endswith(_WITHOUT_BODY) else None
    for token in strangers:
        answer = await ground.send(client, call, body, Authorization=f"Bearer {token}")
        if method == "GET" and answer.status == 200:
            theirs = {ground.ids[name] for name in ("theater", "screen", "showtime", "booking", "payment", "webhook")}
            assert not [id_ for id_ in theirs if id_ in str(answer.body)]
        else:
            assert answer.status in {403, 404}, answer
    assert await ground.state(client) == before
