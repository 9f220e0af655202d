"""Films."""

from typing import Annotated

from pydantic import Field

from catalog.schemas.fields import Link, Name, Prose, Short, Words
from chassis.bodies import RequestBody
from chassis.changes import Change
from chassis.times import Day

Rating = Short | Annotated[float, Field(strict=True, ge=0, le=10, allow_inf_nan=False)]
"""A certificate ("UA") or a score of 0 to 10, given back as it came."""


class NewMovie(RequestBody):
    """A new movie; `runtime` in minutes."""

    title: Name
    genres: Words
    runtime: Annotated[int, Field(strict=True, ge=1, le=1000)]
    rating: Rating | None = None
    language: Short
    synopsis: Prose | None = None
    release_date: Day | None = None
    poster: Link | None = None
    backdrop: Link | None = None
    cast: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    tmdb_id: Annotated[int, Field(strict=True, ge=1, le=2**53)] | None = None


class MoviePatch(Change[NewMovie]):
    """What to change of a movie; a changed run time counts for showtimes scheduled from then on."""
