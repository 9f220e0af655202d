"""The movies the simulator knows: TMDB's own fields, and what may be appended to a movie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from simulators.journal import Journal, JsonObject

_KIND = "movie"
GENRES = {
    28: "Action",
    12: "Adventure",
    16: "Animation",
    35: "Comedy",
    80: "Crime",
    99: "Documentary",
    18: "Drama",
    10751: "Family",
    14: "Fantasy",
    36: "History",
    27: "Horror",
    10402: "Music",
    9648: "Mystery",
    10749: "Romance",
    878: "Science Fiction",
    53: "Thriller",
    10752: "War",
    37: "Western",
}
APPENDED: dict[str, JsonObject] = {
    "credits": {"cast": [], "crew": []},
    "images": {"backdrops": [], "logos": [], "posters": []},
    "videos": {"results": []},
    "release_dates": {"results": []},
    "external_ids": {"imdb_id": None, "wikidata_id": None},
}
_DETAILS: JsonObject = {
    "adult": False,
    "backdrop_path": None,
    "belongs_to_collection": None,
    "budget": 0,
    "genres": [],
    "homepage": "",
    "imdb_id": None,
    "origin_country": [],
    "original_language": "en",
    "overview": "",
    "popularity": 0.0,
    "poster_path": None,
    "production_companies": [],
    "production_countries": [],
    "release_date": "",
    "revenue": 0,
    "runtime": None,
    "spoken_languages": [],
    "status": "Released",
    "tagline": "",
    "video": False,
    "vote_average": 0.0,
    "vote_count": 0,
}
_IN_A_LIST = (
    "adult",
    "backdrop_path",
    "id",
    "original_language",
    "original_title",
    "overview",
    "popularity",
    "poster_path",
    "release_date",
    "title",
    "video",
    "vote_average",
    "vote_count",
)


class Movie(BaseModel):
    """A movie as it is put in: any of TMDB's fields, and `credits`, `release_dates` and their like inside."""

    model_config = ConfigDict(extra="allow")

    id: int = Field(ge=1)
    title: str | None = None
    original_title: str | None = None
    genre_ids: list[int] = Field(default_factory=list)


class Movies:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def put(self, movie: Movie) -> JsonObject:
        """A movie with all that TMDB says of one; a known id replaces it. Raises 422 for a genre nobody knows."""
        given: dict[str, Any] = movie.model_dump(exclude_unset=True)
        ids = given.pop("genre_ids", [])
        if unknown := [genre for genre in ids if genre not in GENRES]:
            raise HTTPException(422, f"no genres: {unknown}")
        title = movie.title or movie.original_title or f"Movie {movie.id}"
        genres = {"genres": [{"id": genre, "name": GENRES[genre]} for genre in ids]} if ids else {}
        names = {"title": title, "original_title": movie.original_title or title}
        whole = {**APPENDED, **_DETAILS, **genres, **given, **names}
        self._journal.put(_KIND, str(movie.id), whole)
        return whole

    def get(self, movie_id: str) -> JsonObject | None:
        """A movie, with all that may be appended to it."""
        return self._journal.get(_KIND, movie_id)

    def all(self) -> list[JsonObject]:
        """In the order in which they were put in first."""
        return self._journal.all(_KIND)

    def titled(self, text: str, year: str | None) -> list[JsonObject]:
        """Those whose title, here or at home, has the text in it; the best known first."""
        wanted = text.casefold()
        listed = [
            movie
            for movie in self.all()
            if wanted in str(movie["title"]).casefold() or wanted in str(movie["original_title"]).casefold()
        ]
        of_year = [movie for movie in listed if year is None or str(movie["release_date"]).startswith(year)]
        return sorted(of_year, key=lambda movie: -float(movie["popularity"]))


def details(movie: JsonObject, appended: Iterable[str]) -> JsonObject:
    """What `GET /movie/{id}` answers: the movie, and of what may be appended the parts that were asked for."""
    wanted = set(appended)
    return {name: value for name, value in movie.items() if name not in APPENDED or name in wanted}


def listed(movies: Sequence[JsonObject]) -> list[JsonObject]:
    """Movies as they stand in lists: with the ids of their genres."""
    return [
        {**{name: movie[name] for name in _IN_A_LIST}, "genre_ids": [genre["id"] for genre in movie["genres"]]}
        for movie in movies
    ]
