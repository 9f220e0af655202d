"""Importing films from TMDB: what is new is added, what is known is brought up to date, what staff wrote stays."""

from dataclasses import asdict
from functools import partial

from catalog.domain.authors import Author
from catalog.domain.movies import Description, Movie, imported
from catalog.usecases.context import Context
from chassis.problems import Unavailable
from contracts.ids import MovieId, new_id

_ROUNDS = 3  # others may import or remove the same film meanwhile


async def import_movie(context: Context, tmdb_id: int, *, by: Author[Movie]) -> tuple[Movie, list[str] | None]:
    """The movie with this id at TMDB, and the names of the fields that differ from before; None where it was added.

    Raises `MovieNotFound`, and `Unavailable` while TMDB is busy or away.
    """
    description, movies = await context.tmdb.description(tmdb_id), context.store.movies
    record = partial(by.record, "movies.imported")
    for _ in range(_ROUNDS):
        known = await movies.known_as(tmdb_id)
        if known is None:
            movie = _new(description)
            if await movies.insert_imported(movie, record):
                return movie, None
        elif changed := await movies.change(known.id, partial(imported, description=description), record):
            return changed.after, changed.fields
    raise Unavailable("the film is imported and removed by others at the same time: try again")


def _new(description: Description) -> Movie:
    return Movie(id=MovieId(new_id("mov")), version=1, **asdict(description))
