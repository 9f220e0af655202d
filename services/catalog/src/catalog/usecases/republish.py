"""Publish upcoming showtimes again after a change of what they have a copy of: details of a movie, theater or screen,
what its scope says of prices, taxes.

A process that was slow may copy what another has replaced by something newer meanwhile. So each looks at the end
whether what it copied is still the newest, and copies the newest where it is not.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.domain.taxes import Taxes
from catalog.domain.theaters import Screen, Theater
from catalog.store import Reference, Store

V = TypeVar("V")


def republishing(store: Store) -> list[Awaitable[None]]:
    """The loops that republish the showtimes of each resource that was changed."""
    return [
        store.movies.republish_when_due(partial(_republish_movie, store)),
        store.theaters.republish_when_due(partial(republish_theater, store)),
        store.screens.republish_when_due(partial(_republish_screen, store)),
        store.taxes.spread_when_due(store.theaters.republish_all),
    ]


async def _until_newest(
    value: V, copy: Callable[[V], Awaitable[None]], newest: Callable[[], Awaitable[V | None]]
) -> None:
    """Copy the value, and again as long as there is a newer one then; None where there is none any more."""
    copied: V | None = None
    latest: V | None = value
    while latest is not None and latest != copied:
        await copy(latest)
        copied, latest = latest, await newest()


async def _republish_movie(store: Store, movie: Movie) -> None:
    async def copy(movie: Movie) -> None:
        details = movie.details
        if details is not None:  # without a run time there is no showtime of it
            await _change_upcoming(store, "movie", movie.id, lambda showtime: replace(showtime, movie=details))

    await _until_newest(movie, copy, lambda: store.movies.find(movie.id))


async def republish_theater(store: Store, theater: Theater) -> None:
    """Its upcoming showtimes follow it, and the taxes."""

    async def copy(terms: tuple[Theater, Taxes]) -> None:
        await _change_upcoming(store, "theater", theater.id, lambda showtime: showtime.in_theater(*terms))

    async def newest() -> tuple[Theater, Taxes] | None:
        present = await store.theaters.find(theater.id)
        return (present, await store.taxes.find()) if present else None

    await _until_newest((theater, await store.taxes.find()), copy, newest)


async def _republish_screen(store: Store, screen: Screen) -> None:
    async def copy(screen: Screen) -> None:
        await _change_upcoming(store, "screen", screen.id, lambda showtime: showtime.on_screen(screen))

    await _until_newest(screen, copy, lambda: store.screens.find(screen.id))


async def _change_upcoming(
    store: Store, reference: Reference, resource_id: str, revise: Callable[[Showtime], Showtime]
) -> None:
    await store.showtimes.change_upcoming(reference, resource_id, revise, datetime.now(UTC))
    await store.change_count.increase()
