"""Films are imported from TMDB, here its simulator: over real HTTP, with all that may go wrong on the way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from services.catalog.tests.conftest import Answer, Harness, token
from services.catalog.tests.factories import a_movie, a_showtime, at

from simulators import process
from simulators.process import TMDB_TOKEN, Simulator

FILM: dict[str, Any] = {
    "id": 20453,
    "title": "3 Idiots",
    "original_language": "hi",
    "genre_ids": [18, 35],
    "runtime": 170,
    "overview": "Two friends look for a third.",
    "release_date": "2009-12-25",
    "poster_path": "/poster.jpg",
    "backdrop_path": "/backdrop.jpg",
    "credits": {"cast": [{"name": "Madhavan", "order": 1}, {"name": "Aamir Khan", "order": 0}]},
}


@pytest.fixture(scope="module")
def tmdb_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = process.tmdb(tmp_path_factory.mktemp("tmdb"))
    simulator.start()
    yield simulator
    simulator.stop()


class Tmdb:
    """The simulator's control plane."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        async with self._http.request(method, f"/_sim{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def put(self, **film: Any) -> None:
        await self.ask("POST", "/movies", {**FILM, **film})


@pytest.fixture
async def environment(environment: str, monkeypatch: pytest.MonkeyPatch, tmdb_process: Simulator) -> str:
    monkeypatch.setenv("TMDB_TOKEN", TMDB_TOKEN)
    monkeypatch.setenv("TMDB_BASE_URL", tmdb_process.url)
    monkeypatch.setenv("TMDB_IMAGE_BASE_URL", f"{tmdb_process.url}/t/p")
    monkeypatch.setenv("TMDB_ANSWER_SECONDS", "0.5")
    return environment


@pytest.fixture
async def tmdb(tmdb_process: Simulator) -> AsyncIterator[Tmdb]:
    async with aiohttp.ClientSession(tmdb_process.url) as http:
        simulator = Tmdb(http)
        await simulator.ask("POST", "/reset")
        await simulator.put()
        yield simulator


async def imported(catalog: Harness, tmdb_id: int = 20453) -> Answer:
    return await catalog.admin("POST", "/movies/import", {"tmdbId": tmdb_id})


async def test_a_film_is_imported_once_and_brought_up_to_date_after_that(
    catalog: Harness, tmdb: Tmdb, tmdb_process: Simulator
) -> None:
    first = await imported(catalog)
    assert (first.status, first.headers["Location"]) == (201, f"/api/movies/{first.body['id']}")
    expected = {"title": "3 Idiots", "tmdbId": 20453, "runtime": 170, "cast": ["Aamir Khan", "Madhavan"]}
    assert {name: first.body[name] for name in expected} == expected
    assert first.body["poster"] == f"{tmdb_process.url}/t/p/w780/poster.jpg"
    assert (await catalog.call("GET", f"/api/movies/{first.body['id']}")).body == first.body
    again = await imported(catalog)
    assert (again.status, again.body) == (200, {**first.body, "changed": []})
    assert again.headers["ETag"] == first.headers["ETag"]
    await tmdb.put(title="Three Idiots", runtime=171, release_date="2009-12-24")
    newer = await imported(catalog)
    assert (newer.status, newer.body["changed"]) == (200, ["releaseDate", "runtime", "title"])
    assert (newer.body["id"], newer.body["title"], newer.body["runtime"]) == (first.body["id"], "Three Idiots", 171)


async def test_what_staff_wrote_is_not_overwritten(catalog: Harness, tmdb: Tmdb) -> None:
    movie = (await imported(catalog)).body
    await catalog.admin("PATCH", f"/movies/{movie['id']}", {"title": "Ours", "rating": "UA"})
    await tmdb.put(title="Theirs", overview="Anew.")
    again = await imported(catalog)
    assert (again.body["title"], again.body["rating"], again.body["changed"]) == ("Ours", "UA", ["synopsis"])
    own = await catalog.added("/movies", a_movie(title="By hand", tmdbId=77))
    await tmdb.put(id=77, title="By TMDB")
    filled = await imported(catalog, 77)
    assert (filled.status, filled.body["id"], filled.body["title"]) == (200, own["id"], "By hand")
    assert filled.body["cast"] == ["Aamir Khan", "Madhavan"]


async def test_a_film_without_a_run_time_is_scheduled_once_it_was_entered(catalog: Harness, tmdb: Tmdb) -> None:
    await tmdb.put(runtime=0, poster_path=None)
    movie = (await imported(catalog)).body
    assert (movie["runtime"], movie["poster"]) == (None, None)
    showtime = a_showtime({**await catalog.a_screen(), "movieId": movie["id"]}, at(1))
    refused = await catalog.admin("POST", "/showtimes", showtime)
    assert (refused.status, refused.body["errors"][0]["path"]) == (422, "movieId")
    assert (await catalog.admin("PATCH", f"/movies/{movie['id']}", {"language": "ta"})).body["runtime"] is None
    assert (await catalog.admin("PATCH", f"/movies/{movie['id']}", {"runtime": 90})).status == 200
    assert (await catalog.admin("POST", "/showtimes", showtime)).status == 201
    assert (await imported(catalog)).body["runtime"] == 90


async def test_a_film_that_tmdb_does_not_have_is_not_found(catalog: Harness, tmdb: Tmdb) -> None:
    answer = await imported(catalog, 999)
    assert (answer.status, answer.body["code"]) == (404, "movie_not_found")
    for body, path in (({}, "tmdbId"), ({"tmdbId": 0}, "tmdbId"), ({"tmdbId": "1"}, "tmdbId"), ({"id": 1}, "id")):
        refused = await catalog.admin("POST", "/movies/import", body)
        assert refused.status == 422
        assert path in {error["path"] for error in refused.body["errors"]}


async def test_tmdb_is_asked_again_where_it_was_busy_for_a_moment(catalog: Harness, tmdb: Tmdb) -> None:
    for fault in ({"kind": "status", "value": 429}, {"kind": "reset_before"}, {"kind": "html", "value": 502}):
        await tmdb.ask("POST", "/faults", {**fault, "times": 1})
        assert (await imported(catalog)).status in {200, 201}, fault
    assert [call["status"] for call in await tmdb.ask("GET", "/calls")] == [429, 200, None, 200, 502, 200]


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "value": 429}, {"kind": "status", "value": 401}, {"kind": "html"}, {"kind": "hang"}]
)
async def test_while_tmdb_is_busy_or_away_nothing_is_imported(
    catalog: Harness, tmdb: Tmdb, fault: dict[str, Any]
) -> None:
    await tmdb.ask("POST", "/faults", fault)
    answer = await imported(catalog)
    assert (answer.status, answer.body["code"]) == (503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert await catalog.db.movies.count_documents({}) == 0


async def test_of_many_who_import_a_film_at_once_one_adds_it(catalog: Harness, tmdb: Tmdb) -> None:
    answers = await asyncio.gather(*(imported(catalog) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.body["id"] for answer in answers}) == 1


async def test_managers_import_and_staff_do_not(catalog: Harness, tmdb: Tmdb) -> None:
    ids = await catalog.a_screen()
    for role, status in (("staff", 403), ("manager", 201)):
        caller = token("user", grants={ids["theaterId"]: [role]})
        answer = await catalog.call("POST", "/api/admin/movies/import", {"tmdbId": 20453}, caller=caller)
        assert answer.status == status
