"""Reading the sums: what was sold in a span of business days, what became of it, and who came."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from booking.domain.contributions import Figures
from booking.reports.documents import FIGURES
from booking.reports.errors import MixedCurrencies
from booking.reports.store import Builds
from chassis.mongo import Collection, Document

_BATCH = 1_000
_LINE = dict.fromkeys(("days", "attendance", "version"), 0)
_SHOW = dict.fromkeys(("start_at", "end_at", "seats"), 1)


@dataclass(frozen=True, slots=True)
class Span:
    """Which business days, both included, and of which theaters; None is all of them. `movie_id` and `currency` leave
    out whatever is of others."""

    first: date
    last: date
    theater_ids: frozenset[str] | None
    movie_id: str | None = None
    currency: str | None = None

    def query(self, day: str) -> Document:
        """The filter, where the documents have the business day under this name."""
        query: Document = {day: {"$gte": self.first.isoformat(), "$lte": self.last.isoformat()}}
        if self.theater_ids is not None:
            few = sorted(self.theater_ids)
            query["theater_id"] = few[0] if len(few) == 1 else {"$in": few}
        if self.movie_id is not None:
            query["movie_id"] = self.movie_id
        if self.currency is not None:
            query["currency"] = self.currency
        return query


@dataclass(frozen=True, slots=True)
class MovieSales:
    """What a movie sold, by its title of the newest showtime."""

    movie_id: str
    title: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Sales:
    """Figures of one currency, None where nothing was sold: by day, by tender, and by movie from the most tickets to
    the fewest."""

    currency: str | None
    total: Figures
    by_day: Mapping[date, Figures]
    by_tender: Mapping[str, Figures]
    by_movie: Sequence[MovieSales]


@dataclass(frozen=True, slots=True)
class ShowAttendance:
    """How many of a showtime's seats, without the blocked ones, are sold now; and of a show that is over, how many of
    those never came."""

    showtime_id: str
    start_at: datetime
    seats: int
    sold: int
    absent: int | None


class Reading:
    """Reads alone."""

    def __init__(self, builds: Builds, showtimes: Collection) -> None:
        self._builds, self._showtimes = builds, showtimes

    async def sales(self, span: Span) -> Sales:
        """Raises `MixedCurrencies` where there are several."""
        build = await self._builds.current()
        by = {name: _sums_by(name) for name in ("day", "tender", "movie_id")}
        facets = (await build.sales.aggregate([{"$match": span.query("day")}, {"$facet": by}]))[0]
        currencies = sorted({row["_id"]["currency"] for row in facets["day"] if _figures(row)})
        if len(currencies) > 1:
            raise MixedCurrencies(f"these sales are in {', '.join(currencies)}", currencies=currencies)
        by_day, by_tender, by_movie = (
            _summed((row["_id"][name], _figures(row)) for row in facets[name]) for name in by
        )
        titles = await self._titles(by_movie)
        movies = [MovieSales(movie_id, titles.get(movie_id, ""), sums) for movie_id, sums in by_movie.items()]
        return Sales(
            currency=currencies[0] if currencies else span.currency,
            total=sum(by_day.values(), Figures()),
            by_day={date.fromisoformat(day): sums for day, sums in by_day.items()},
            by_tender=by_tender,
            by_movie=sorted(
                (movie for movie in movies if movie.figures.tickets),
                key=lambda movie: (-movie.figures.tickets, -movie.figures.gross, movie.movie_id),
            ),
        )

    async def _titles(self, movie_ids: Iterable[str]) -> dict[str, str]:
        pipeline: list[Document] = [
            {"$match": {"movie_id": {"$in": sorted(movie_ids)}}},
            {"$sort": {"movie_id": 1, "start_at": -1}},
            {"$group": {"_id": "$movie_id", "title": {"$first": "$title"}}},
        ]
        return {row["_id"]: row["title"] for row in await self._showtimes.aggregate(pipeline)}

    async def shows(self, span: Span) -> list[ShowAttendance]:
        """The showtimes that start on these days and were not cancelled, by their start."""
        query = {**span.query("day"), "status": "scheduled"}
        build, shows = await asyncio.gather(self._builds.current(), self._showtimes.find(query, projection=_SHOW))
        attended = await build.attendance.find({"_id": {"$in": [show["_id"] for show in shows]}})
        of_show, now = {each["_id"]: each for each in attended}, datetime.now(UTC)
        shows.sort(key=lambda show: (show["start_at"], show["_id"]))
        return [_attendance(show, of_show.get(show["_id"], {}), now) for show in shows]

    async def bookings(self, span: Span) -> AsyncIterator[list[Document]]:
        """Those that were sold on these days, many at a time, by day: each with the fields of its line, as stored. Its
        times are in UTC, and do not say so."""
        query, by_day = span.query("date"), [("date", 1)]
        build = await self._builds.current()
        async for batch in build.bookings.batches(query, sort=by_day, projection=_LINE, size=_BATCH, zones=False):
            yield batch


def _attendance(show: Document, attended: Mapping[str, Any], now: datetime) -> ShowAttendance:
    absent = attended.get("unscanned", 0) if show["end_at"] <= now else None
    return ShowAttendance(show["_id"], show["start_at"], show["seats"], attended.get("sold", 0), absent)


def _sums_by(name: str) -> list[Document]:
    """The pipeline that adds the figures up by one part of their key, and by their currency."""
    sums = {figure: {"$sum": f"${figure}"} for figure in FIGURES}
    return [{"$group": {"_id": {name: f"${name}", "currency": "$currency"}, **sums}}]


def _figures(row: Mapping[str, Any]) -> Figures:
    return Figures(*(row[name] for name in FIGURES))


def _summed(figures: Iterable[tuple[Any, Figures]]) -> dict[Any, Figures]:
    """The sums by key, in the order of the keys."""
    sums: defaultdict[Any, Figures] = defaultdict(Figures)
    for key, of_key in figures:
        sums[key] = sums[key] + of_key
    return {key: sums[key] for key in sorted(sums) if sums[key]}
