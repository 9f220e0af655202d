"""TMDB's API as its clients meet it: films, what is appended to them, lists, refusals."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators import process
from simulators.process import TMDB_TOKEN

SECONDS = 60
FILM: dict[str, Any] = {
    "id": 20453,
    "title": "3 Idiots",
    "original_language": "hi",
    "genre_ids": [18, 35],
    "runtime": 170,
    "release_date": "2009-12-25",
    "poster_path": "/66A9MqXOyVFCssoloscw79z8Tew.jpg",
    "popularity": 9.5,
    "credits": {"cast": [{"id": 1, "name": "Aamir Khan", "order": 0}], "crew": []},
}


@pytest.fixture(scope="module")
def tmdb_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.Simulator]:
    simulator = process.tmdb(tmp_path_factory.mktemp("tmdb"))
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def tmdb(tmdb_process: process.Simulator) -> str:
    requests.post(f"{tmdb_process.url}/_sim/reset", timeout=SECONDS)
    return tmdb_process.url


def _put(url: str, **film: Any) -> Any:
    answer = requests.post(f"{url}/_sim/movies", json={**FILM, **film}, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _get(url: str, path: str, **query: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {TMDB_TOKEN}"}
    return requests.get(f"{url}/3{path}", query, headers=headers, timeout=SECONDS)


def test_a_film_is_answered_with_what_was_asked_to_be_appended(tmdb: str) -> None:
    _put(tmdb)
    film = _get(tmdb, "/movie/20453").json()
    assert film["genres"] == [{"id": 18, "name": "Drama"}, {"id": 35, "name": "Comedy"}]
    assert (film["title"], film["original_title"], film["runtime"]) == ("3 Idiots", "3 Idiots", 170)
    assert "credits" not in film
    more = _get(tmdb, "/movie/20453", append_to_response="credits,release_dates").json()
    assert more["credits"]["cast"][0]["name"] == "Aamir Khan"
    assert more["release_dates"] == {"results": []}
    assert _get(tmdb, "/movie/20453/credits").json() == {"id": 20453, **more["credits"]}


def test_a_known_id_replaces_the_film_and_survives_a_crash(tmdb: str, tmdb_process: process.Simulator) -> None:
    _put(tmdb)
    _put(tmdb, title="Three Idiots", runtime=None, credits={"cast": [], "crew": []})
    tmdb_process.kill()
    tmdb_process.start()
    film = _get(tmdb, "/movie/20453", append_to_response="credits").json()
    assert (film["title"], film["runtime"], film["credits"]["cast"]) == ("Three Idiots", None, [])
    assert len(requests.get(f"{tmdb}/_sim/ledger", timeout=SECONDS).json()["movies"]) == 1


def test_films_are_searched_by_title_and_year(tmdb: str) -> None:
    _put(tmdb)
    _put(tmdb, id=2, title="Idiots Again", release_date="2020-01-01", popularity=1.0)
    found = _get(tmdb, "/search/movie", query="idiots").json()
    assert ([film["id"] for film in found["results"]], found["total_results"], found["total_pages"]) == (
        [20453, 2],
        2,
        1,
    )
    assert found["results"][0]["genre_ids"] == [18, 35]
    assert _get(tmdb, "/search/movie", query="idiots", year="2020").json()["total_results"] == 1
    assert _get(tmdb, "/search/movie", query="idiots", page="501").json()["status_code"] == 22


def test_a_stranger_an_unknown_film_and_too_many_calls_are_refused_as_tmdb_does(tmdb: str) -> None:
    assert requests.get(f"{tmdb}/3/movie/1", timeout=SECONDS).json()["status_code"] == 7
    by_key = requests.get(f"{tmdb}/3/movie/1", {"api_key": TMDB_TOKEN}, timeout=SECONDS)
    assert (by_key.status_code, by_key.json()["success"], by_key.json()["status_code"]) == (404, False, 34)
    requests.post(f"{tmdb}/_sim/faults", json={"kind": "status", "value": 429, "times": 1}, timeout=SECONDS)
    busy = _get(tmdb, "/movie/1")
    assert (busy.status_code, busy.json()["status_code"], busy.headers["Retry-After"]) == (429, 25, "1")
    calls = requests.get(f"{tmdb}/_sim/calls", timeout=SECONDS).json()
    assert [call["status"] for call in calls] == [401, 404, 429]


def test_pictures_need_no_key(tmdb: str) -> None:
    base = _get(tmdb, "/configuration").json()["images"]["secure_base_url"]
    picture = requests.get(f"{base}w342/poster.jpg", timeout=SECONDS)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/svg+xml")
    assert b'width="342"' in picture.content
