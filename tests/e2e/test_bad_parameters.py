"""Every public call with query parameters it cannot take: the documented problem, and nothing changed."""

import pytest
from tests.e2e.bad_values import HUGE, LONG, NUL
from tests.e2e.conftest import Ground, problem
from tests.e2e.good_bodies import HOLD

from stack.buyer import StackClient

PARAMETERS = {
    "GET /api/movies": [
        "page=0",
        "page=-1",
        "page=x",
        "page=1.5",
        f"page={HUGE}",
        "pageSize=0",
        "pageSize=101",
        "date=today",
        "date=2026-02-30",
        "date=2026-1-1",
        "date=20260101",
        "date=1798156800",
        "date=2026-W01-1",
        f"title={'x' * 201}",
    ],
    "GET /api/theaters": [
        "page=0",
        "pageSize=101",
        "near=1",
        "near=91,0",
        "near=0,181",
        "near=nan,nan",
        "near=inf,0",
        "near=1;2",
        "near=1,1&withinKm=-1",
        "near=1,1&withinKm=far",
        "withinKm=5",
        f"city={'x' * 201}",
    ],
    "GET /api/showtimes": [f"city={'x' * 201}", "page=0", "pageSize=101", "date=tomorrow", f"movieId={LONG[:65]}"],
    "GET /api/bookings/my": ["page=0", f"page={HUGE}", "pageSize=101", "pageSize=x", "status=paid"],
    "GET /api/admin/reports": [
        "",
        "from=2026-12-01",
        "from=today&to=2026-12-01",
        "from=2026-12-01&to=2026-02-30",
        "from=2026-12-02&to=2026-12-01",
        "from=2026-12-01&to=2026-12-01&currency=rupees",
        f"from=2026-12-01&to=2026-12-01&theaterId={LONG[:65]}",
        f"from=2026-12-01&to=2026-12-01&movieId={LONG[:65]}",
    ],
    "GET /api/admin/reports/export": [
        "from=2026-12-01&to=2026-12-01",
        "report=profits&from=2026-12-01&to=2026-12-01",
        "report=sales&from=2026-12-01",
        "report=sales&from=2026-12-02&to=2026-12-01",
    ],
    "GET /api/admin/queues": ["page=0", "pageSize=101"],
    "GET /api/admin/webhooks": ["page=0", "pageSize=101"],
    "GET /api/admin/webhooks/{webhook}/deliveries": ["page=0", "pageSize=101", "status=sent"],
    "GET /api/seats/availability": ["", "showtimeId="],
    "GET /api/seats/state": ["", "showtimeId="],
    "GET /api/seats/stream": ["", "showtimeId="],
    "GET /api/admin/checkin/manifest": ["", "showtimeId="],
}
NEEDS_ONE = {"/api/admin/pricing"}  # of its parameters: left empty they are as none
HARMLESS = [
    "title=%00",
    "title=%ED%A0%80",
    "title=.*",
    "title=%24where",
    "genre[$gt]=",
    "genre=%F0%9F%92%BA",
    "city=%00",
    "page=100000&pageSize=100",
    "unknown=1",
    "title=a&title=b",
    "%00=%00",
    "title=%",
]


@pytest.mark.parametrize("call", PARAMETERS)
async def test_a_parameter_that_is_no_such_thing_is_refused(client: StackClient, ground: Ground, call: str) -> None:
    for query in PARAMETERS[call]:
        who = "admin" if "/admin/" in call else "guest"
        answer = await ground.send(client, f"{call}?{query}", who=who)
        assert problem(answer) == (422, "validation_error"), query


async def test_a_parameter_that_is_left_empty_is_none_in_every_list(client: StackClient, ground: Ground) -> None:
    """Of every call of the public document that reads a list; the clock may not move between the two looks."""
    document = (await ground.send(client, "GET /api/openapi.json")).body
    lists = {path: item["get"] for path, item in document["paths"].items() if "get" in item and "{" not in path}
    needing = {path for path, get in lists.items() if any(one.get("required") for one in get.get("parameters", ()))}
    lists = {path: get for path, get in lists.items() if path not in needing}
    names = {
        path: [
            one["name"] for one in operation.get("parameters", ()) if one.get("in") == "query" and not one["required"]
        ]
        for path, operation in lists.items()
    }
    assert {"/api/movies", "/api/theaters", "/api/showtimes", "/api/bookings/my", "/api/admin/cases"} <= names.keys()
    for path, optional in names.items():
        who = "admin" if path.startswith("/api/admin") else "guest"
        for query in ("&".join(f"{name}=" for name in optional), "&".join(optional)) if optional else ():
            plain = await ground.send(client, f"GET {path}", who=who)
            empty = await ground.send(client, f"GET {path}?{query}", who=who)
            if path in NEEDS_ONE:
                assert problem(plain) == problem(empty) == (422, "validation_error"), (path, query)
            else:
                assert (plain.status, empty.status, empty.body) == (200, 200, plain.body), (path, query)


async def test_what_is_searched_is_text_and_never_a_query(client: StackClient, ground: Ground) -> None:
    for query in HARMLESS:
        answer = await ground.send(client, f"GET /api/movies?{query}")
        assert answer.status == 200, (query, answer)
    for query in ("title=.*", "genre=%24gt", "title=%24where"):
        assert (await ground.send(client, f"GET /api/movies?{query}")).body["total"] == 0


async def test_seats_a_screen_does_not_have_are_unknown(client: StackClient, ground: Ground) -> None:
    before = await ground.state(client)
    for seats in (["Z9"], ["B1", "Z9"], ["b1"], ["B01"], ["B0"], ["B13"], [NUL], ["💺"], ["$set"]):
        answer = await ground.send(client, "POST /api/seats/hold", {**HOLD, "seatIds": seats}, who="guest")
        assert problem(answer) == (422, "unknown_seats"), seats
    taken = await ground.send(client, "POST /api/seats/hold", {**HOLD, "seatIds": ["B1", "A1"]}, who="stranger")
    assert (problem(taken), taken.body["seatIds"]) == ((409, "seats_unavailable"), ["A1"])
    dear = await ground.send(client, "POST /api/seats/hold", {**HOLD, "expectedTotal": 1}, who="guest")
    assert problem(dear) == (409, "price_changed")
    assert await ground.state(client) == before
