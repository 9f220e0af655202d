"""What TMDB says of a film, as a movie of ours can have it; and whose word counts when it is imported again."""

from datetime import date
from typing import Any

import pytest

from catalog.domain.movies import Movie, edited_by_staff, imported, written_by_staff
from catalog.schemas.movies import MoviePatch, NewMovie
from catalog.tmdb import description_of
from contracts.ids import MovieId

PICTURES = "https://pictures.example/t/p"
BODY: dict[str, Any] = {
    "title": "3 Idiots",
    "original_language": "hi",
    "genres": [{"id": 18, "name": "Drama"}, {"id": 35, "name": "Comedy"}],
    "runtime": 170,
    "overview": "In the tradition of…",
    "release_date": "2009-12-25",
    "poster_path": "/poster.jpg",
    "backdrop_path": "/backdrop.jpg",
    "vote_average": 7.987,
    "vote_count": 2000,
    "credits": {"cast": [{"name": "Madhavan", "order": 1}, {"name": "Aamir Khan", "order": 0}]},
}


def test_a_film_comes_with_cast_in_order_and_addresses_of_its_pictures() -> None:
    film = description_of(20453, BODY, PICTURES)
    assert (film.title, film.genres, film.runtime, film.language) == ("3 Idiots", ("Drama", "Comedy"), 170, "hi")
    assert film.cast == ("Aamir Khan", "Madhavan")
    assert film.poster == "https://pictures.example/t/p/w780/poster.jpg"
    assert film.backdrop == "https://pictures.example/t/p/w1280/backdrop.jpg"
    assert (film.release_date, film.rating, film.tmdb_id) == (date(2009, 12, 25), 8.0, 20453)


def test_the_certificate_of_our_country_comes_before_the_score() -> None:
    releases = [
        {"iso_3166_1": "US", "release_dates": [{"certification": "PG-13", "type": 3}]},
        {"iso_3166_1": "IN", "release_dates": [{"certification": "A", "type": 4}, {"certification": "UA", "type": 3}]},
    ]
    assert description_of(1, {**BODY, "release_dates": {"results": releases}}, PICTURES).rating == "UA"


def test_what_is_null_anywhere_is_missing() -> None:
    cast = [{"name": "Madhavan", "order": None}, {"name": None, "order": 0}, {"name": "Aamir Khan", "order": 1}]
    body = {**BODY, "genres": [{"id": 1, "name": None}], "credits": {"cast": cast}, "release_dates": {"results": None}}
    film = description_of(1, body, PICTURES)
    assert (film.title, film.genres, film.cast) == ("3 Idiots", (), ("Aamir Khan", "Madhavan"))
    film = description_of(1, {**BODY, "genres": None, "credits": None, "release_dates": None}, PICTURES)
    assert (film.genres, film.cast, film.rating) == ((), (), 8.0)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"runtime": 0}, "runtime"),
        ({"runtime": None}, "runtime"),
        ({"runtime": 5000}, "runtime"),
        ({"poster_path": None}, "poster"),
        ({"poster_path": "//elsewhere.example/x"}, "poster"),
        ({"backdrop_path": ""}, "backdrop"),
        ({"release_date": ""}, "release_date"),
        ({"overview": "\u202e\x00"}, "synopsis"),
        ({"vote_count": 0}, "rating"),
    ],
)
def test_what_tmdb_does_not_know_is_missing(more: dict[str, Any], name: str) -> None:
    assert getattr(description_of(1, {**BODY, **more}, PICTURES), name) is None


def test_text_that_no_movie_may_have_is_cleaned() -> None:
    body = {"title": " a\u0000\u2028b\u202e ", "genres": [{"name": "x" * 60}, {"name": ""}], "overview": "a\r\nb\tc"}
    film = description_of(7, body, PICTURES)
    assert (film.title, film.genres, film.synopsis, film.language) == ("a b", ("x" * 40,), "a\nb c", "xx")
    assert description_of(7, {"title": "\u200b", "original_title": None}, PICTURES).title == "TMDB 7"


def _movie(**changes: Any) -> Movie:
    film = description_of(1, {**BODY, **changes}, PICTURES)
    return Movie(id=MovieId("mov_1"), version=1, **{name: getattr(film, name) for name in film.__slots__})


def test_what_staff_wrote_stays_when_a_film_is_imported_again() -> None:
    before = _movie()
    patch = MoviePatch.model_validate({"title": "Three Idiots", "poster": None, "language": before.language})
    edited = patch.revised(before)
    assert edited.edited == ("title", "poster")
    again = imported(edited, description_of(1, {**BODY, "title": "3 I", "runtime": 171}, PICTURES))
    assert (again.title, again.poster, again.runtime) == ("Three Idiots", None, 171)
    assert edited_by_staff(again, again).edited == ("title", "poster")


def test_what_tmdb_no_longer_knows_stays_as_it_was() -> None:
    film = description_of(1, {**BODY, "runtime": 0, "poster_path": None, "genres": []}, PICTURES)
    assert imported(_movie(), film) == _movie()


def test_a_movie_that_staff_added_is_filled_where_it_is_empty() -> None:
    body = {"title": "Mine", "genres": [], "runtime": 100, "language": "ta", "tmdbId": 1}
    movie = written_by_staff(NewMovie.model_validate(body).movie("mov_1"))
    filled = imported(movie, description_of(1, BODY, PICTURES))
    assert (filled.title, filled.runtime, filled.language) == ("Mine", 100, "ta")
    assert (filled.genres, filled.cast[0], filled.imported_as) == (("Drama", "Comedy"), "Aamir Khan", None)
