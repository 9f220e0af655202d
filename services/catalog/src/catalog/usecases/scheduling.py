"""Scheduling: showtimes are put on a screen in one transaction, all of a repetition or none.

Each transaction touches the screen, the theater and the movie: two that race for a screen conflict, and the second
sees what the first wrote; so does one that races with a change of what the snapshots repeat.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain import details
from catalog.domain.calendar import local_date, occurrences
from catalog.errors import ScreenBusy, ScreenNotFound
from catalog.usecases.resources import MOVIES, SCREENS, THEATERS, by_id, touch
from catalog.usecases.stores import Context, Stores
from chassis.envelope import seal
from chassis.mongo import Document
from chassis.problems import InvalidInput
from chassis.times import now_in_milliseconds
from contracts.catalog import ShowtimeScheduled, ShowtimeSnapshot
from contracts.ids import ShowtimeId, new_id
from contracts.layout import Layout
from contracts.prices import PriceTable, PricingRule

MAX_SHOWTIMES = 500
_SEND_BATCH = 32


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for every showtime that one call schedules."""

    movie_id: str
    theater_id: str
    screen_id: str
    language: str
    format: str
    base_price: int
    currency: str
    rules: tuple[PricingRule, ...]


@dataclass(frozen=True, slots=True)
class References:
    """The documents a showtime refers to, as the transaction read them."""

    movie: Document
    theater: Document
    screen: Document


async def starts_of(
    context: Context, theater_id: str, first: datetime, repeat: Mapping[str, Any] | None
) -> list[datetime]:
    """When the showtimes of one call start; those of a repetition that are past already are left out."""
    if repeat is None:
        return [first]
    theater = await by_id(context, THEATERS, theater_id)
    zone = theater["timezone"]
    day, until = date.fromisoformat(local_date(first, zone)), repeat["until"]
    if not day <= until <= day + timedelta(days=366):
        raise InvalidInput("repeat.until", "from the first day on, and at most a year later")
    now = now_in_milliseconds()
    starts = [at for at in occurrences(day, until, repeat["days"], repeat["times"], zone) if at > now]
    if not 1 <= len(starts) <= MAX_SHOWTIMES:
        raise InvalidInput("repeat", f"comes to {len(starts)} showtimes; 1 to {MAX_SHOWTIMES} can be scheduled at once")
    return starts


async def schedule(context: Context, terms: Terms, starts: Sequence[datetime], *, by: str) -> list[Document]:
    """The new showtimes; raises `ScreenBusy` with the starts that clash, and then nothing was scheduled."""

    async def work(session: AsyncClientSession) -> list[Document]:
        references = await _references(context.stores, terms, session)
        length = timedelta(minutes=references.movie["runtime"])
        await ensure_free(context, terms.screen_id, [(at, at + length) for at in starts], session)
        levies = await levies_at(context.stores, terms.currency, starts, session)
        made = _documents(terms, references, starts, levies)
        await context.stores.showtimes.raw.insert_many(made, session=session)
        return made

    made = await context.stores.database.transaction(work)
    context.background.start(send_all(context, made))
    await context.audit(by, "showtimes.created", made[0]["_id"], count=len(made))
    return made


async def send_all(context: Context, showtimes: Sequence[Document]) -> None:
    """Publish the events of many, some at a time."""
    for start in range(0, len(showtimes), _SEND_BATCH):
        batch = showtimes[start : start + _SEND_BATCH]
        await asyncio.gather(*(context.outbox.send(showtime["_id"], showtime["outbox"]) for showtime in batch))


async def _references(stores: Stores, terms: Terms, session: AsyncClientSession) -> References:
    movie = await touch(stores, MOVIES, terms.movie_id, session)
    theater = await touch(stores, THEATERS, terms.theater_id, session)
    screen = await touch(stores, SCREENS, terms.screen_id, session)
    if screen["theater_id"] != terms.theater_id:
        raise ScreenNotFound("this theater has no such screen")
    return References(movie, theater, screen)


async def ensure_free(
    context: Context,
    screen_id: str,
    spans: Sequence[tuple[datetime, datetime]],
    session: AsyncClientSession,
    *,
    except_id: str | None = None,
) -> None:
    """Raise `ScreenBusy` unless each span and the cleaning after it is free on the screen and of the other spans."""
    cleaning, ordered = context.cleaning, sorted(spans)
    around = {
        "screen_id": screen_id,
        "status": "scheduled",
        "_id": {"$ne": except_id},
        "start_at": {"$lt": ordered[-1][1] + cleaning},
        "end_at": {"$gt": ordered[0][0] - cleaning},
    }
    cursor = context.stores.showtimes.raw.find(around, {"start_at": 1, "end_at": 1}, session=session)
    taken = [(showtime["start_at"], showtime["end_at"]) for showtime in await cursor.to_list(None)]
    clashing = [b[0] for a, b in pairwise(ordered) if b[0] < a[1] + cleaning]
    clashing += [
        start
        for start, end in ordered
        if any(start < other_end + cleaning and other < end + cleaning for other, other_end in taken)
    ]
    if clashing:
        when = sorted({at.isoformat().replace("+00:00", "Z") for at in clashing})
        raise ScreenBusy(f"the screen is busy at {when[0]}; nothing was scheduled", conflicts=when[:100])


async def levies_at(
    stores: Stores, currency: str, starts: Sequence[datetime], session: AsyncClientSession | None = None
) -> list[dict[str, Any]]:
    """Fees and taxes in force at each start: the newest of the currency whose day has come."""
    cursor = stores.pricing.raw.find({"currency": currency}, sort=[("effective_from", -1)], session=session)
    tables = await cursor.to_list(None)
    return [details.levies(next((table for table in tables if table["effective_from"] <= at), None)) for at in starts]


def _documents(
    terms: Terms, references: References, starts: Sequence[datetime], levies: Sequence[Mapping[str, Any]]
) -> list[Document]:
    layout = Layout.model_validate(references.screen["layout"])
    total, available = details.seats_for_sale(layout)
    length = timedelta(minutes=references.movie["runtime"])
    made = []
    for at, levy in zip(starts, levies, strict=True):
        snapshot = ShowtimeSnapshot(
            showtime_id=ShowtimeId(new_id("sho")),
            revision=1,
            status="scheduled",
            start_at=at,
            end_at=at + length,
            language=terms.language,
            format=terms.format,
            movie=details.movie_details(references.movie),
            theater=details.theater_details(references.theater),
            screen=details.screen_details(references.screen),
            layout=layout,
            prices=PriceTable(base_price=terms.base_price, currency=terms.currency, rules=terms.rules, **levy),
        )
        made.append(_document(snapshot, references.theater, total, available))
    return made


def _document(snapshot: ShowtimeSnapshot, theater: Document, total: int, available: int) -> Document:
    event = ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot)
    return {
        "_id": snapshot.showtime_id,
        "version": 1,
        "status": snapshot.status,
        "created_at": now_in_milliseconds(),
        "movie_id": snapshot.movie.movie_id,
        "theater_id": snapshot.theater.theater_id,
        "screen_id": snapshot.screen.screen_id,
        "start_at": snapshot.start_at,
        "end_at": snapshot.end_at,
        "local_date": local_date(snapshot.start_at, snapshot.theater.timezone),
        "city_folded": theater["city_folded"],
        "snapshot": snapshot.model_dump(mode="json"),
        "seats_total": total,
        "seats_available": available,
        "availability_version": -1,
        "outbox": [seal(event).document()],
    }
