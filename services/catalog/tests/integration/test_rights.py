"""Who may change what, and what bad bodies get."""

from typing import Any

import pytest
from services.catalog.tests.conftest import Harness, token
from services.catalog.tests.factories import LAYOUT, a_movie, a_screen, a_showtime, a_theater, at

BAD_TEXT = ["a\u0000b", "", " ", 5, None, ["x"], "x" * 10_000]


async def test_only_admins_and_managers_of_the_theater_change_it(catalog: Harness) -> None:
    ids, foreign = await catalog.a_screen(), await catalog.a_screen()
    showtime, theirs = await catalog.a_showtime(ids, at(1)), await catalog.a_showtime(foreign, at(1))
    manager = token("user", grants={ids["theaterId"]: ["manager"], foreign["theaterId"]: ["staff"]})
    staff = token(grants={ids["theaterId"]: ["staff"]})
    manager_of_another = token(grants={foreign["theaterId"]: ["manager"], ids["theaterId"]: ["staff"]})
    screen = a_screen(ids["theaterId"])
    own: list[tuple[str, str, Any]] = [
        ("POST", "/screens", screen),
        ("PATCH", f"/screens/{ids['screenId']}", {"name": "B"}),
        ("POST", "/showtimes", a_showtime(ids, at(2))),
        ("PATCH", f"/showtimes/{showtime['id']}", {"format": "3D"}),
        ("PATCH", f"/theaters/{ids['theaterId']}", {"name": "R"}),
        ("DELETE", f"/showtimes/{showtime['id']}", None),
    ]
    others: list[tuple[str, str, Any]] = [
        ("POST", "/theaters", a_theater()),
        ("DELETE", f"/movies/{ids['movieId']}", None),
        ("DELETE", f"/theaters/{ids['theaterId']}", None),
        ("POST", "/screens", {**screen, "theaterId": foreign["theaterId"]}),
        ("PATCH", f"/screens/{foreign['screenId']}", {"name": "B"}),
        ("DELETE", f"/screens/{foreign['screenId']}", None),
        ("POST", "/showtimes", a_showtime(foreign, at(2))),
        ("PATCH", f"/theaters/{foreign['theaterId']}", {"name": "R"}),
        ("PATCH", f"/showtimes/{theirs['id']}", {"format": "3D"}),
        ("DELETE", f"/showtimes/{theirs['id']}", None),
    ]
    for caller in (staff, manager_of_another, token("manager"), token("user"), token()):
        for method, path, body in own:
            answer = await catalog.call(method, f"/api/admin{path}", body, caller=caller)
            assert (answer.status, answer.body["code"]) == (403, "forbidden"), path
    for method, path, body in others:
        answer = await catalog.call(method, f"/api/admin{path}", body, caller=manager)
        assert (answer.status, answer.body["code"]) == (403, "forbidden"), path
    for method, path, body in own:
        assert (await catalog.call(method, f"/api/admin{path}", body)).status == 401
        assert (await catalog.call(method, f"/api/admin{path}", body, caller=manager)).status < 300, path


async def test_managers_of_any_theater_add_and_change_movies(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    manager = token("user", grants={ids["theaterId"]: ["manager"]})
    staff = token("user", grants={ids["theaterId"]: ["staff"]})
    for method, path, body in (
        ("POST", "/movies", a_movie()),
        ("PATCH", f"/movies/{ids['movieId']}", {"title": "x"}),
    ):
        refused = await catalog.call(method, f"/api/admin{path}", body, caller=staff)
        assert (refused.status, refused.body["code"]) == (403, "forbidden"), path
        assert (await catalog.call(method, f"/api/admin{path}", body, caller=manager)).status < 300, path


TEXTS: list[tuple[str, dict[str, Any], str]] = [
    ("/movies", a_movie(), "title"),
    ("/movies", a_movie(), "language"),
    ("/theaters", a_theater(), "name"),
    ("/theaters", a_theater(), "address"),
    ("/theaters", a_theater(), "timezone"),
]


async def test_bad_text_is_refused(catalog: Harness) -> None:
    for path, good, field in TEXTS:
        for bad in BAD_TEXT:
            answer = await catalog.admin("POST", path, {**good, field: bad})
            assert (answer.status, answer.body["code"]) == (422, "validation_error"), bad
            assert field in {error["path"] for error in answer.body["errors"]}


BAD_VALUES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("/movies", a_movie(), {"runtime": 0}),
    ("/movies", a_movie(), {"runtime": "120"}),
    ("/movies", a_movie(), {"runtime": 2.5}),
    ("/movies", a_movie(), {"genres": "Drama"}),
    ("/movies", a_movie(), {"releaseDate": 5}),
    ("/movies", a_movie(), {"poster": "javascript:alert(1)"}),
    ("/movies", a_movie(), {"tmdbId": 10**30}),
    ("/theaters", a_theater(), {"geo": {"lat": 91, "lng": 0}}),
    ("/theaters", a_theater(), {"geo": {"lat": "1", "lng": 0}}),
    ("/theaters", a_theater(), {"timezone": "../etc/passwd"}),
    ("/theaters", a_theater(), {"contact": None}),
    ("/theaters", a_theater(), {"forbidsSingleSeats": "yes"}),
    ("/theaters", a_theater(), {"accessibleRelease": [{"hoursBefore": 2, "share": 1.5}]}),
    ("/theaters", a_theater(), {"accessibleRelease": [{"hoursBefore": 2}]}),
    ("/theaters", a_theater(), {"accessibleRelease": [{"hoursBefore": h, "share": 1} for h in (1, 2)]}),
    ("/theaters", a_theater(), {"accessibleRelease": [{"hoursBefore": 2 - s, "share": 1 - s} for s in (0, 1)]}),
    ("/theaters", a_theater(), {"cancellationPolicy": {"tiers": [{"hoursBefore": 1, "refundPercent": 101}]}}),
]


async def test_bad_values_are_refused(catalog: Harness) -> None:
    for path, good, change in BAD_VALUES:
        answer = await catalog.admin("POST", path, {**good, **change})
        assert (answer.status, answer.body["code"]) == (422, "validation_error"), change
        assert answer.body["errors"][0]["path"].startswith(next(iter(change)))


FAULTY: list[dict[str, Any]] = [
    {"rows": 0},
    {"rows": 101},
    {"rows": "3"},
    {"cols": 10**30},
    {"gaps": ["Z9"]},
    {"aisles": ["1"]},
    {"aisles": [4]},
    {"blocked": ["A1"]},
    {"seatTypes": [{"type": "x", "rows": ["Q"]}]},
    {"seatTypes": [{"type": ""}]},
    {"seatTypes": [{"type": "x", "priceFactor": -1}]},
    {"accessible": [None]},
]


async def test_a_faulty_layout_is_refused(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    for change in FAULTY:
        body = a_screen(ids["theaterId"], layout={**LAYOUT, **change})
        answer = await catalog.admin("POST", "/screens", body)
        assert (answer.status, answer.body["code"]) == (422, "validation_error"), change
        assert answer.body["errors"][0]["path"].startswith(f"layout.{next(iter(change))}")
        answer = await catalog.admin("PATCH", f"/screens/{ids['screenId']}", {"layout": {**LAYOUT, **change}})
        assert answer.status == 422


async def test_any_bytes_get_a_problem(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    for body in (b"{", b"[" * 50_000, b"\xff", b"null", b"[]", b'{"title": NaN}', b'{"title": "\\ud800"}', b""):
        for method, path in [("POST", "/movies"), ("POST", "/showtimes"), ("PATCH", f"/theaters/{ids['theaterId']}")]:
            answer = await catalog.admin(method, path, body)
            assert answer.status in {400, 422}


@pytest.mark.parametrize("path", ["movies", "theaters", "screens", "showtimes"])
async def test_changing_what_is_not_there_is_not_found(catalog: Harness, path: str) -> None:
    for unknown in (f"{path[:3]}_{'0' * 26}", "x", "%00"):
        for method, body in (("PATCH", {}), ("DELETE", None)):
            answer = await catalog.admin(method, f"/{path}/{unknown}", body)
            assert (answer.status, answer.body["code"]) == (404, f"{path[:-1]}_not_found")
