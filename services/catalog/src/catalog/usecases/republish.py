"""Publish upcoming showtimes again after a change of the details that they have of a movie, theater or screen."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Screen, Theater
from catalog.store import Reference, Store


def republishing(store: Store) -> list[Awaitable[None]]:
    """The loops that republish the showtimes of each resource that was changed."""
    return [
        store.movies.republish_when_due(partial(_republish, store, "movie")),
        store.theaters.republish_when_due(partial(_republish, store, "theater")),
        store.screens.republish_when_due(partial(_republish, store, "screen")),
    ]


async def _republish(store: Store, reference: Reference, resource: Movie | Theater | Screen) -> None:
    """Put the resource's details into each of its upcoming showtimes."""
    details: dict[str, Any] = {reference: resource.details}

    def with_details(showtime: Showtime) -> Showtime:
        return replace(showtime, **details)

    await store.showtimes.change_upcoming(reference, resource.id, with_details, datetime.now(UTC))
    await store.change_count.increase()
