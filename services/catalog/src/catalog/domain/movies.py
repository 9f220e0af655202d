"""What a movie is, and which of its details showtimes have a copy of."""

from dataclasses import dataclass
from datetime import date

from contracts.catalog import MovieDetails
from contracts.ids import MovieId

MAX_RUNTIME_MINUTES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Movie:
    """A movie; `runtime` in minutes, `rating` a certificate ("UA") or a score of 0 to 10."""

    id: MovieId
    version: int
    title: str
    genres: tuple[str, ...]
    runtime: int
    rating: str | float | None
    language: str
    synopsis: str | None
    release_date: date | None
    poster: str | None
    backdrop: str | None
    cast: tuple[str, ...]
    tmdb_id: int | None

    @property
    def details(self) -> MovieDetails:
        """What showtimes and tickets say of it."""
        return MovieDetails(movie_id=self.id, title=self.title, poster=self.poster, runtime_minutes=self.runtime)
