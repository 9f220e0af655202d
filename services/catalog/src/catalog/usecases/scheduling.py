"""Scheduling: showtimes are put on a screen in one transaction, all of a repetition or none.

Each transaction touches the screen, the theater and the movie: two that race for a screen conflict, and the second
sees what the first wrote; so does one that races with a change of their details.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalog.domain.calendar import Repeat, local_day, occurrences
from catalog.domain.layouts import seats_for_sale
from catalog.domain.levies import Levies, levies_at
from catalog.domain.movies import Movie
from catalog.domain.overlaps import Span, clashes
from catalog.domain.showtimes import MAX_AT_ONCE, Showtime, Terms
from catalog.domain.theaters import Screen, Theater
from catalog.errors import ScreenBusy, ScreenNotFound
from catalog.store import Store, Transaction
from catalog.usecases.context import Context
from catalog.usecases.resources import MOVIES, SCREENS, THEATERS, by_id
from chassis.problems import InvalidInput
from contracts.ids import ShowtimeId, new_id
from contracts.prices import PriceTable

_MAX_CONFLICTS = 100


@dataclass(frozen=True, slots=True)
class References:
    """What a showtime refers to, as the transaction read it."""

    movie: Movie
    theater: Theater
    screen: Screen


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


async def schedule(context: Context, terms: Terms, starts: Sequence[datetime], *, by: str) -> list[Showtime]:
    """The new showtimes, stored and published. Raises the 404 of what they refer to, and `ScreenBusy` with the starts
    that clash; then nothing was scheduled."""

    async def work(transaction: Transaction) -> list[Showtime]:
        references = await _references(context.store, transaction, terms)
        length = timedelta(minutes=references.movie.runtime)
        await ensure_free(context, transaction, terms.screen_id, [(start, start + length) for start in starts])
        showtimes = _showtimes(terms, references, starts, await transaction.levies(terms.currency))
        await transaction.insert_showtimes(showtimes, references.screen.layout)
        return showtimes

    showtimes = await context.store.transaction(work)
    await context.store.audit(by, "showtimes.created", showtimes[0].id, count=len(showtimes))
    return showtimes


async def _references(store: Store, transaction: Transaction, terms: Terms) -> References:
    movie = MOVIES.require(await transaction.touch(store.movies, MOVIES.well_formed(terms.movie_id)))
    theater = THEATERS.require(await transaction.touch(store.theaters, THEATERS.well_formed(terms.theater_id)))
    screen = SCREENS.require(await transaction.touch(store.screens, SCREENS.well_formed(terms.screen_id)))
    if screen.theater_id != terms.theater_id:
        raise ScreenNotFound("this theater has no such screen")
    return References(movie, theater, screen)


async def ensure_free(
    context: Context, transaction: Transaction, screen_id: str, spans: Sequence[Span], *, without: str | None = None
) -> None:
    """Raise `ScreenBusy` unless each span and the cleaning after it is free on the screen and of the other spans; the
    showtime with the id `without` does not count."""
    around = (min(spans)[0] - context.cleaning, max(spans)[1] + context.cleaning)
    taken = await transaction.busy_spans(screen_id, around, without=without)
    if starts := clashes(spans, taken, context.cleaning):
        conflicts = [start.isoformat().replace("+00:00", "Z") for start in starts]
        detail = f"the screen is busy at {conflicts[0]}; nothing was scheduled"
        raise ScreenBusy(detail, conflicts=conflicts[:_MAX_CONFLICTS])


def _showtimes(
    terms: Terms, references: References, starts: Sequence[datetime], levies: Sequence[Levies]
) -> list[Showtime]:
    total, available = seats_for_sale(references.screen.layout)
    return [
        Showtime(
            id=ShowtimeId(new_id("sho")),
            version=1,
            status="scheduled",
            start_at=start,
            end_at=start + timedelta(minutes=references.movie.runtime),
            language=terms.language,
            format=terms.format,
            movie=references.movie.details,
            theater=references.theater.details,
            screen=references.screen.details,
            prices=_prices(terms, start, levies),
            seats_total=total,
            seats_available=available,
        )
        for start in starts
    ]


def _prices(terms: Terms, start: datetime, levies: Sequence[Levies]) -> PriceTable:
    fees, tax_slabs = levies_at(levies, start)
    return PriceTable(
        base_price=terms.base_price, currency=terms.currency, rules=terms.rules, fees=fees, tax_slabs=tax_slabs
    )
