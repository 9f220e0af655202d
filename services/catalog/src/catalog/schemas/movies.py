"""Movies as clients send and read them."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field
from pydantic.alias_generators import to_camel

from catalog.domain.movies import MAX_RUNTIME_MINUTES, Movie, edited_by_staff
from catalog.domain.plain import from_plain, to_plain
from catalog.schemas.fields import Link, Name, Prose, Short, Words
from catalog.schemas.views import view_of
from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.changes import Change
from chassis.times import Day

Rating = Short | Annotated[float, Field(strict=True, ge=0, le=10, allow_inf_nan=False)]
"""A certificate ("UA") or a score of 0 to 10, given back as it came."""


Runtime = Annotated[int, Field(strict=True, ge=1, le=MAX_RUNTIME_MINUTES)]
TmdbId = Annotated[int, Field(strict=True, ge=1, le=2**53)]


class MovieBody(RequestBody):
    """A movie; `runtime` in minutes, null where it is not known yet."""

    title: Name
    genres: Words
    runtime: Runtime | None = None
    rating: Rating | None = None
    language: Short
    synopsis: Prose | None = None
    release_date: Day | None = None
    poster: Link | None = None
    backdrop: Link | None = None
    cast: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    tmdb_id: TmdbId | None = None

    def movie(self, movie_id: str, version: int = 1) -> Movie:
        """The movie with this id."""
        return from_plain(Movie, {**self.model_dump(), "id": movie_id, "version": version})


class NewMovie(MovieBody):
    """A new movie; `runtime` in minutes."""

    runtime: Runtime


class MovieImport(RequestBody):
    """Which film to import."""

    tmdb_id: TmdbId


class MoviePatch(Change[MovieBody]):
    """What to change of a movie; a changed run time counts for showtimes scheduled from then on."""

    def revised(self, movie: Movie) -> Movie:
        """The movie with the change in it, as staff have made it; raises `RequestValidationError`."""
        return edited_by_staff(movie, self.applied(to_plain(movie)).movie(movie.id, movie.version))


class MovieView(ResponseBody):
    """A movie."""

    id: str
    tmdb_id: Annotated[int, Field(ge=1)] | None
    title: str
    genres: list[str]
    runtime: Annotated[int, Field(ge=1)] | None
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


class ImportedMovieView(MovieView):
    """An imported movie; `changed` is there where it was known before: the fields that it has anew."""

    changed: Absent[list[str]] = None

    @classmethod
    def after(cls, movie: Movie, changed: list[str] | None) -> Self:
        """The movie as it is shown, with the names of the fields that an import has changed."""
        return cls(
            **dict(MovieView.of(movie)), changed=None if changed is None else [to_camel(name) for name in changed]
        )
