"""Scheduling: showtimes are put on a screen in one transaction. Of a repetition those times are skipped at which the
screen is busy.

Each transaction touches the screen, the theater and the movie: two that race for a screen conflict, and the second
sees what the first wrote; so does one that races with a change of their details.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from catalog.domain.authors import Author
from catalog.domain.calendar import Repeat, local_day, occurrences
from catalog.domain.layouts import seats_for_sale
from catalog.domain.lowest_price import factors_of
from catalog.domain.movies import Movie
from catalog.domain.overlaps import Span, fits
from catalog.domain.scopes import Scopes
from catalog.domain.showtimes import MAX_AT_ONCE, Showtime, Terms
from catalog.domain.taxes import Taxes
from catalog.domain.theaters import Screen, Theater
from catalog.errors import ScreenBusy, ScreenNotFound
from catalog.store import Store, Transaction
from catalog.usecases.context import Context
from catalog.usecases.resources import MOVIES, SCREENS, THEATERS, by_id
from chassis.problems import InvalidInput
from contracts.catalog import MovieDetails
from contracts.ids import ShowtimeId, new_id

_MAX_CONFLICTS = 100


@dataclass(frozen=True, slots=True)
class References:
    """What a showtime refers to, as the transaction read it."""

    movie: Movie
    theater: Theater
    screen: Screen

    @property
    def length(self) -> timedelta:
        """How long the movie runs; raises `InvalidInput` where that is not known."""
        return timedelta(minutes=self.movie_details.runtime_minutes)

    @property
    def movie_details(self) -> MovieDetails:
        """What a showtime has of its movie; raises `InvalidInput` where its run time is not known."""
        if self.movie.details is None:
            raise InvalidInput("movieId", "the movie has no run time yet: enter it before it is scheduled")
        return self.movie.details


@dataclass(frozen=True, slots=True)
class Skipped:
    """A showtime that was not scheduled, why in a word, and the one of which it was to be a copy. `existing_id` is the
    one of the same movie that begins there and then already."""

    start_at: datetime
    screen_id: str
    reason: str = "screen_busy"
    showtime_id: str | None = None
    existing_id: str | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What came of one call, by start."""

    showtimes: list[Showtime]
    skipped: list[Skipped]


async def starts_of(store: Store, theater_id: str, first: datetime, repeat: Repeat | None) -> list[datetime]:
    """When the showtimes of one call start; those of a repetition that are past already are left out.

    Raises `TheaterNotFound`, and `InvalidInput` where a repetition lasts for too long or comes to nothing or too much.
    """
    if repeat is None:
        return [first]
    theater = await by_id(store, THEATERS, theater_id)
    day = local_day(first, theater.timezone)
    if not day <= repeat.until <= day + timedelta(days=366):
        raise InvalidInput("repeat.until", "from the first day on, and at most a year later")
    now = datetime.now(UTC)
    starts = [start for start in occurrences(day, repeat, theater.timezone) if start > now]
    if not 1 <= len(starts) <= MAX_AT_ONCE:
        raise InvalidInput("repeat", f"comes to {len(starts)} showtimes; 1 to {MAX_AT_ONCE} can be scheduled at once")
    return starts


async def schedule(
    context: Context, terms: Terms, starts: Sequence[datetime], *, skips_busy: bool = False, by: Author[Showtime]
) -> Scheduled:
    """The new showtimes, stored and published. Raises the 404 of what they refer to, and `ScreenBusy` with the starts
    at which the screen is busy; with `skips_busy` only where that is all of them. Then nothing was scheduled."""

    async def work(transaction: Transaction) -> Scheduled:
        references = await _references(context.store, transaction, terms)
        spans = [(start, start + references.length) for start in starts]
        taken = await taken_spans(context, transaction, terms.screen_id, spans)
        placed = list(zip(starts, fits(spans, taken, context.cleaning), strict=True))
        free, busy = [start for start, has_room in placed if has_room], [start for start, room in placed if not room]
        if busy and not (skips_busy and free):
            raise _busy(busy)
        showtimes = new_showtimes(terms, references, free, await transaction.taxes())
        await transaction.insert_showtimes(showtimes, references.screen.layout, partial(by.record, "showtimes.created"))
        return Scheduled(showtimes, [Skipped(start, terms.screen_id) for start in busy])

    return await context.store.transaction(work)


async def _references(store: Store, transaction: Transaction, terms: Terms) -> References:
    movie = MOVIES.require(await transaction.touch(store.movies, MOVIES.well_formed(terms.movie_id)))
    theater = THEATERS.require(await transaction.touch(store.theaters, THEATERS.well_formed(terms.theater_id)))
    screen = SCREENS.require(await transaction.touch(store.screens, SCREENS.well_formed(terms.screen_id)))
    if screen.theater_id != terms.theater_id:
        raise ScreenNotFound("this theater has no such screen")
    return References(movie, theater, screen)


async def taken_spans(
    context: Context, transaction: Transaction, screen_id: str, spans: Sequence[Span], *, without: str | None = None
) -> list[Span]:
    """The showtimes on the screen that may be in the way of these spans; the one with the id `without` is not."""
    around = (min(spans)[0] - context.cleaning, max(end for _, end in spans) + context.cleaning)
    return await transaction.busy_spans(screen_id, around, without=without)


async def ensure_free(context: Context, transaction: Transaction, screen_id: str, span: Span, *, without: str) -> None:
    """Raise `ScreenBusy` unless the span and the cleaning after it is free on the screen; the showtime with the id
    `without` does not count."""
    taken = await taken_spans(context, transaction, screen_id, [span], without=without)
    if fits([span], taken, context.cleaning) != [True]:
        raise _busy([span[0]])


def _busy(starts: Sequence[datetime]) -> ScreenBusy:
    conflicts = [start.isoformat().replace("+00:00", "Z") for start in starts]
    detail = f"the screen is busy at {conflicts[0]}; nothing was scheduled"
    return ScreenBusy(detail, conflicts=conflicts[:_MAX_CONFLICTS])


def new_showtimes(terms: Terms, references: References, starts: Sequence[datetime], taxes: Taxes) -> list[Showtime]:
    """Showtimes that are not stored yet, one for each start."""
    scopes = Scopes(theater=references.theater.prices, screen=references.screen.prices, showtime=terms.prices)
    if scopes.effective.base_price is None:
        raise InvalidInput("basePrice", "is needed: neither the theater nor the screen says one")
    total, available = seats_for_sale(references.screen.layout)
    return [
        Showtime(
            id=ShowtimeId(new_id("sho")),
            version=1,
            status="scheduled",
            start_at=start,
            end_at=start + references.length,
            language=terms.language,
            format=terms.format,
            movie=references.movie_details,
            theater=references.theater.details,
            screen=references.screen.details,
            currency=terms.currency,
            scopes=scopes,
            seats_total=total,
            seats_available=available,
            seats_for_sale=available,
            factors=factors_of(references.screen.layout),
        ).taxed(taxes)
        for start in starts
    ]
