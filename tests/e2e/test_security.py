"""Of every call of the public document: no id of somebody else's opens anything, and what creates takes a key once."""

import asyncio
import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Stack
from tests.e2e.conftest import YEAR, Ground, problem
from tests.e2e.good_bodies import BEST_SEATS, LAYOUT, MOVIE, SHOWTIME, THEATER
from tests.e2e.refused_webhooks import WEBHOOK

from stack.buyer import Answer, Buyer, StackClient, build, confirmation, connected, schedule

_DOCUMENT = Path(__file__).parents[2] / "gateway/src/gateway/documents/openapi.json"
_PATHS: dict[str, dict[str, Any]] = json.loads(_DOCUMENT.read_text(encoding="utf-8"))["paths"]
_KEY = {"$ref": "#/components/parameters/IdempotencyKey"}
_NAMES = {
    **{f"{name}Id": name for name in ("booking", "hold", "payment", "session", "webhook", "entry")},
    "caseId": "booking",  # nobody's id is not found either
    "deliveryId": "booking",
}
_BODIES: dict[str, dict[str, Any] | None] = {
    "POST /api/payments/create-order": {"holdId": "{hold}"},
    "POST /api/payments/create-intent": {"holdId": "{hold}"},
}
"""Bodies that name what is somebody's."""
KEYLESS = {
    "/api/queue/{showtimeId}/join",
    "/api/admin/users/{userId}/block",
    "/api/admin/users/{userId}/unblock",
    "/api/payments/webhook",
    "/api/payments/webhook/razorpay",
    "/api/payments/webhook/stripe",
    "/api/notify/twilio/status",
    "/api/users/me/password",
}
"""Nothing is created there; and calls under `/api/auth` take no key."""
CREATING: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "POST /api/admin/movies": ("admin", MOVIE, {"title": "Another"}),
    "POST /api/admin/theaters": ("admin", THEATER, {"name": "Another"}),
    "POST /api/admin/screens": (
        "admin",
        {"theaterId": "{theater}", "name": "Keyed", "layout": LAYOUT},
        {"name": "Another"},
    ),
    "POST /api/admin/showtimes": (
        "admin",
        {**SHOWTIME, "startAt": f"{YEAR}-03-01T10:00:00Z"},
        {"startAt": f"{YEAR}-03-02T10:00:00Z"},
    ),
    "POST /api/admin/webhooks": ("admin", WEBHOOK, {"events": ["booking.confirmed"]}),
    "POST /api/seats/hold": ("buyer", {"showtimeId": "{own}", "seatIds": ["B5"]}, {"seatIds": ["B7"]}),
    "POST /api/seats/best-available": ("buyer", {**BEST_SEATS, "showtimeId": "{own}"}, {"count": 1}),
    "POST /api/waitlist": ("buyer", {"showtimeId": "{full}", "count": 1}, {"count": 2}),
    "POST /api/payments/create-order": ("buyer", {"holdId": "{mine}"}, {"holdId": "{hold}"}),
    "POST /api/admin/queues": ("admin", {"showtimeId": "{full}"}, {"ratePerMinute": 60}),
}
"""Who asks, a good body, and what makes it another one."""
NOT_SHOWN_HERE = {
    "POST /api/admin/movies/import",
    "POST /api/admin/showtimes/copy-week",
    "POST /api/payments/counter",
    "POST /api/payments/create-intent",
}
"""They need a catalog of films, a week of showtimes, a counter, another provider: their services' tests have them."""


def _of_somebody() -> list[str]:
    """Each call that is nobody's in general and has an id in its path; waiting rooms have those of showtimes."""
    calls = []
    for path, operations in _PATHS.items():
        if "{" not in path or path.startswith(("/api/admin/", "/api/queue/")):
            continue
        calls += [f"{method.upper()} {_named(path)}" for method, call in operations.items() if call.get("security")]
    return sorted(calls)


def _named(path: str) -> str:
    """A path of the document with the names that ids have here."""
    for parameter, name in _NAMES.items():
        path = path.replace("{" + parameter + "}", "{" + name + "}")
    return path


def _posts() -> list[str]:
    return [path for path, operations in _PATHS.items() if "post" in operations]


@pytest.fixture(scope="module")
def theirs(stack: Stack, ground: Ground) -> tuple[Buyer, Ground]:
    """A guest who waits for a full show and has a session, and the ground with those ids; a hold of the buyer's."""

    async def make() -> tuple[Buyer, dict[str, str]]:
        async with connected(stack.stack_info) as client:
            full = await schedule(client, await build(client, rows=1, cols=2))
            own = await schedule(client, await build(client, rows=2, cols=12))
            owner, waiting = await client.buyer(), await client.buyer()
            assert (await owner.hold(full, ["A1", "A2"])).status == 201
            entry = await waiting.with_retries("POST", "/api/waitlist", {"showtimeId": full, "count": 1})
            sessions = await waiting.call("GET", "/api/users/me/sessions")
            wish = {"showtimeId": own, "seatIds": ["A1"]}
            held = await ground.send(client, "POST /api/seats/hold", wish, who="buyer")
            assert (entry.status, held.status) == (201, 201), (entry, held)
            ids = {"full": full, "own": own, "mine": held.body["id"], "entry": entry.body["id"]}
            return waiting, {**ids, "session": sessions.body["items"][0]["id"]}

    waiting, more = asyncio.run(make())
    return waiting, Ground({**ground.ids, **more}, ground.tokens, ground.receipt, ground.secrets)


async def _state(client: StackClient, ground: Ground, waiting: Buyer) -> list[Any]:
    entries = await client.call("GET", "/api/waitlist/my", token=waiting.token)
    sessions = await client.call("GET", "/api/users/me/sessions", token=waiting.token)
    return [await ground.state(client), entries.body, [item["id"] for item in sessions.body["items"]]]


async def test_no_call_opens_what_is_somebody_elses(client: StackClient, theirs: tuple[Buyer, Ground]) -> None:
    waiting, ground = theirs
    calls = [*((call, None) for call in _of_somebody()), *_BODIES.items()]
    assert len(calls) > 15
    before = await _state(client, ground, waiting)
    for call, body in calls:
        assert ground.filled(call).count("{") == 0, f"{call}: whose is this?"
        for who in ("stranger", "buyer", "admin"):
            status, code = problem(await ground.send(client, call, body, who=who))
            assert (status, str(code).endswith("_not_found")) == (404, True), (call, who, status, code)
    receipt = confirmation(ground.receipt)
    answer = await ground.send(client, "POST /api/bookings/confirm", receipt, who="stranger")
    assert problem(answer) == (404, "booking_not_found")
    assert await _state(client, ground, waiting) == before


def test_every_post_that_creates_or_charges_takes_a_key() -> None:
    keyless = {path for path in _posts() if _KEY not in _PATHS[path]["post"].get("parameters", ())}
    assert {path for path in keyless if not path.startswith("/api/auth/")} == KEYLESS
    creating = {f"POST {path}" for path in _posts() if "201" in _PATHS[path]["post"]["responses"]}
    keyed = {call for call in creating if not call.startswith("POST /api/auth/")}
    assert keyed == CREATING.keys() | NOT_SHOWN_HERE


async def test_a_key_that_is_none_is_refused_by_every_call_that_takes_one(client: StackClient, ground: Ground) -> None:
    before = await ground.state(client)
    for path in _posts():
        if path in KEYLESS or path.startswith("/api/auth/"):
            continue
        who = "admin" if "/admin/" in path or path.endswith("/counter") else "guest"
        for key in ("a b", "x" * 256):
            answer = await ground.send(client, f"POST {_named(path)}", {}, who=who, **{"Idempotency-Key": key})
            assert problem(answer) == (422, "validation_error"), (path, key)
    assert await ground.state(client) == before


@pytest.mark.parametrize("call", CREATING)
async def test_what_is_asked_for_twice_under_a_key_is_created_once(
    client: StackClient, theirs: tuple[Buyer, Ground], call: str
) -> None:
    _, ground = theirs
    who, body, change = CREATING[call]
    key = {"Idempotency-Key": secrets.token_hex(8)}

    async def send(body: dict[str, Any], who: str = who) -> Answer:
        return await ground.send(client, call, body, who=who, **key)

    both = [answer for answer in await asyncio.gather(send(body), send(body)) if answer.status != 409]
    again = await send(body)
    assert {answer.status for answer in (*both, again)} == {201}, (both, again)
    created = {tuple(answer.body.get(name) for name in ("id", "orderId", "showtimeId")) for answer in (*both, again)}
    assert len(created) == 1
    assert again.headers["Idempotency-Replayed"] == "true"
    assert problem(await send({**body, **change})) == (422, "idempotency_key_reused")
