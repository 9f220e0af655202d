"""Movies as clients send and read them."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field

from catalog.domain.movies import MAX_RUNTIME_MINUTES, Movie
from catalog.domain.plain import from_plain, to_plain
from catalog.schemas.fields import Link, Name, Prose, Short, Words
from catalog.schemas.views import view_of
from chassis.bodies import RequestBody, ResponseBody
from chassis.changes import Change
from chassis.times import Day

Rating = Short | Annotated[float, Field(strict=True, ge=0, le=10, allow_inf_nan=False)]
"""A certificate ("UA") or a score of 0 to 10, given back as it came."""


class NewMovie(RequestBody):
    """A new movie; `runtime` in minutes."""

    title: Name
    genres: Words
    runtime: Annotated[int, Field(strict=True, ge=1, le=MAX_RUNTIME_MINUTES)]
    rating: Rating | None = None
    language: Short
    synopsis: Prose | None = None
    release_date: Day | None = None
    poster: Link | None = None
    backdrop: Link | None = None
    cast: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    tmdb_id: Annotated[int, Field(strict=True, ge=1, le=2**53)] | None = None

    def movie(self, movie_id: str, version: int = 1) -> Movie:
        """The movie with this id."""
        return from_plain(Movie, {**self.model_dump(), "id": movie_id, "version": version})


class MoviePatch(Change[NewMovie]):
    """What to change of a movie; a changed run time counts for showtimes scheduled from then on."""

    def revised(self, movie: Movie) -> Movie:
        """The movie with the change in it; raises `RequestValidationError`."""
        return self.applied(to_plain(movie)).movie(movie.id, movie.version)


class MovieView(ResponseBody):
    """A movie."""

    id: str
    tmdb_id: Annotated[int, Field(ge=1)] | None
    title: str
    genres: list[str]
    runtime: Annotated[int, Field(ge=1)]
    rating: str | float | None
    poster: str | None
    backdrop: str | None
    cast: list[str]
    language: str
    synopsis: str | None
    release_date: date | None

    @classmethod
    def of(cls, movie: Movie) -> Self:
        """The movie as it is shown."""
        return view_of(cls, movie)
