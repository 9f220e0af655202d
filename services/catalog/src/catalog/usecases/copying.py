"""Copying a week: each showtime again, so many days later at the same local time, on its screen and on its terms.

Each screen is one transaction. What cannot be scheduled is skipped and named; a call that was cut off is repeated: what
it had copied finds its screen busy, and is named as existing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from operator import attrgetter

from catalog.domain.authors import Author, Record
from catalog.domain.calendar import shifted
from catalog.domain.movies import Movie
from catalog.domain.overlaps import fits
from catalog.domain.showtimes import Showtime, terms_of
from catalog.domain.theaters import Screen, Theater
from catalog.store import Transaction
from catalog.usecases.context import Context
from catalog.usecases.resources import THEATERS, by_id
from catalog.usecases.scheduling import References, Scheduled, Skipped, new_showtimes, taken_spans
from chassis.problems import InvalidInput
from contracts.ids import MovieId

_WEEK = 7
_FARTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A showtime, when it is to start again, and why it cannot, if that is known already."""

    source: Showtime
    start: datetime
    reason: str | None = None
    existing_id: str | None = None

    @property
    def skipped(self) -> Skipped:
        screen_id = self.source.screen.screen_id
        return Skipped(self.start, screen_id, self.reason or "screen_busy", self.source.id, self.existing_id)


async def copy_week(context: Context, theater_id: str, first: date, target: date, *, by: Author[Showtime]) -> Scheduled:
    """The showtimes of the seven days from `first` on again from `target` on. Raises `TheaterNotFound`, and
    `InvalidInput` for a day more than three years away."""
    theater, now = await by_id(context.store, THEATERS, theater_id), datetime.now(UTC)
    for name, day in (("from", first), ("to", target)):
        if abs(day - now.date()) > _FARTHEST:
            raise InvalidInput(name, "a day within three years")
    by_screen: dict[str, list[_Copy]] = defaultdict(list)
    for source in await context.store.showtimes.of_days(theater_id, first, _WEEK):
        start = shifted(source.start_at, target - first, theater.timezone)
        by_screen[source.screen.screen_id].append(_Copy(source, start, None if start > now else "past"))
    record = partial(by.record, "showtimes.created")
    parts = [await _copy_screen(context, theater_id, *planned, record=record) for planned in by_screen.items()]
    showtimes = sorted((showtime for part in parts for showtime in part.showtimes), key=attrgetter("start_at", "id"))
    return Scheduled(
        showtimes, sorted((skipped for part in parts for skipped in part.skipped), key=attrgetter("start_at"))
    )


async def _copy_screen(
    context: Context, theater_id: str, screen_id: str, planned: Sequence[_Copy], *, record: Record[Showtime]
) -> Scheduled:
    store = context.store

    async def work(transaction: Transaction) -> Scheduled:
        theater = THEATERS.require(await transaction.touch(store.theaters, theater_id))
        screen = await transaction.touch(store.screens, screen_id)
        if screen is None:
            return Scheduled([], [replace(copy, reason="screen_not_found").skipped for copy in planned])
        movie_ids = dict.fromkeys(copy.source.movie.movie_id for copy in planned)
        movies = {movie_id: await transaction.touch(store.movies, movie_id) for movie_id in movie_ids}
        judged = [_judged(copy, movies[copy.source.movie.movie_id]) for copy in planned]
        scheduled = await _scheduled(context, transaction, (theater, screen), movies, judged)
        if scheduled.showtimes:
            await transaction.insert_showtimes(scheduled.showtimes, screen.layout, record)
        return scheduled

    return await store.transaction(work)


def _judged(copy: _Copy, movie: Movie | None) -> _Copy:
    if movie is None:
        return replace(copy, reason="movie_not_found")
    return replace(copy, reason="runtime_unknown") if movie.runtime is None else copy


async def _scheduled(
    context: Context,
    transaction: Transaction,
    place: tuple[Theater, Screen],
    movies: Mapping[MovieId, Movie | None],
    planned: Sequence[_Copy],
) -> Scheduled:
    theater, screen = place
    possible = [
        (copy, References(movie, theater, screen))
        for copy in planned
        if copy.reason is None and (movie := movies[copy.source.movie.movie_id])
    ]
    skipped = [copy.skipped for copy in planned if copy.reason]
    if not possible:
        return Scheduled([], skipped)
    spans = [(copy.start, copy.start + references.length) for copy, references in possible]
    taken = await taken_spans(context, transaction, screen.id, spans)
    taxes = await transaction.taxes()
    existing = await transaction.existing(screen.id, [copy.start for copy, _ in possible])
    showtimes: list[Showtime] = []
    for (copy, references), has_room in zip(possible, fits(spans, taken, context.cleaning), strict=True):
        if has_room:
            showtimes += new_showtimes(terms_of(copy.source), references, [copy.start], taxes)
        else:
            existing_id = existing.get((copy.source.movie.movie_id, copy.start))
            skipped.append(replace(copy, existing_id=existing_id).skipped)
    return Scheduled(showtimes, skipped)
