"""What a movie is, and which of its details showtimes have a copy of."""

from dataclasses import dataclass, fields, replace
from datetime import date

from contracts.catalog import MovieDetails
from contracts.ids import MovieId

MAX_RUNTIME_MINUTES = 1000
_EMPTY: tuple[object, ...] = (None, "", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is known of a movie, here or by TMDB; `runtime` in minutes, `rating` a certificate ("UA") or a score of 0 to
    10."""

    title: str
    genres: tuple[str, ...]
    runtime: int | None
    rating: str | float | None
    language: str
    synopsis: str | None
    release_date: date | None
    poster: str | None
    backdrop: str | None
    cast: tuple[str, ...]
    tmdb_id: int | None


FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Description))


@dataclass(frozen=True, slots=True, kw_only=True)
class Movie(Description):
    """A movie of ours. The fields in `edited` were written by staff: an import leaves them."""

    id: MovieId
    version: int
    edited: tuple[str, ...] = ()

    @property
    def imported_as(self) -> int | None:
        """The id under which TMDB has it, where it came from there."""
        return None if "tmdb_id" in self.edited else self.tmdb_id

    @property
    def copied(self) -> MovieDetails | None:
        """What its showtimes have a copy of."""
        return self.details

    @property
    def details(self) -> MovieDetails | None:
        """What showtimes and tickets say of it; None without a run time: it has no showtimes."""
        if self.runtime is None:
            return None
        return MovieDetails(movie_id=self.id, title=self.title, poster=self.poster, runtime_minutes=self.runtime)


def written_by_staff(movie: Movie) -> Movie:
    """A movie that staff have added: what it says is theirs, what it leaves empty is not."""
    return replace(movie, edited=tuple(name for name in FIELDS if getattr(movie, name) not in _EMPTY))


def edited_by_staff(before: Movie, after: Movie) -> Movie:
    """A movie that staff have changed: each field that differs is theirs from now on."""
    differing = {name for name in FIELDS if getattr(before, name) != getattr(after, name)}
    return replace(after, edited=tuple(name for name in FIELDS if name in differing or name in before.edited))


def imported(movie: Movie, description: Description) -> Movie:
    """A movie with what TMDB says of it now: what staff have written stays, and so does what TMDB does not know."""
    known = {name: getattr(description, name) for name in FIELDS if getattr(description, name) not in _EMPTY}
    return replace(movie, **{name: value for name, value in known.items() if name not in movie.edited})
