"""The reports as CSV: the columns bear the names of the JSON."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import fields
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Literal

from pydantic.alias_generators import to_camel

from booking.domain.contributions import SoldBooking
from booking.reports.csv_lines import BOM, Cell, csv_lines
from booking.reports.documents import moment
from booking.reports.reading import Reading, Span
from booking.reports.views import (
    DayView,
    ShowAbsenceView,
    ShowOccupancyView,
    TopMovieView,
    days_of,
    over_and_sold,
)
from chassis.bodies import ResponseBody
from chassis.mongo import Document

ReportName = Literal["sales", "occupancy", "top-movies", "no-shows", "bookings"]
_CURRENCY = "currency"
_TIMES = ("start_at", "confirmed_at")
_OF_BOOKING = tuple(field.name for field in fields(SoldBooking))
_STORED = itemgetter(*("_id" if name == "id" else name for name in _OF_BOOKING))


async def exported(reading: Reading, report: ReportName, span: Span) -> AsyncIterator[bytes]:
    """The parts of the file, to be sent one after the other. What may refuse it is read before this returns."""
    match report:
        case "sales":
            sales = await reading.sales(span)
            return _table(DayView, days_of(sales), **{_CURRENCY: sales.currency})
        case "top-movies":
            sales = await reading.sales(span)
            movies = [TopMovieView.of(movie) for movie in sales.by_movie]
            return _table(TopMovieView, movies, **{_CURRENCY: sales.currency})
        case "occupancy":
            return _table(ShowOccupancyView, [ShowOccupancyView.of(show) for show in await reading.shows(span)])
        case "no-shows":
            shows = over_and_sold(await reading.shows(span))
            return _table(ShowAbsenceView, [ShowAbsenceView.of(show) for show in shows])
        case "bookings":
            return _bookings(reading.bookings(span))


async def _table(model: type[ResponseBody], items: Iterable[ResponseBody], **beside: Cell) -> AsyncIterator[bytes]:
    """A list that is in memory already; `beside` are further columns, alike in all rows."""
    names = _columns(model)
    yield BOM.encode() + csv_lines([[*(to_camel(name) for name in names), *beside]])
    yield csv_lines([[*(_cell(getattr(item, name)) for name in names), *beside.values()] for item in items])


def _columns(model: type[ResponseBody]) -> list[str]:
    """As the JSON has them, but what a row is about comes first."""
    own = [name for name in model.model_fields if name in model.__annotations__]
    return [*own, *(name for name in model.model_fields if name not in own)]


async def _bookings(batches: AsyncIterator[list[Document]]) -> AsyncIterator[bytes]:
    yield BOM.encode() + csv_lines([[to_camel(name) for name in _OF_BOOKING]])
    async for batch in batches:
        for booking in batch:
            for name in _TIMES:
                booking[name] = f"{booking[name].isoformat()}Z"
        yield csv_lines([_STORED(booking) for booking in batch])


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime):
        return moment(value)
    cell: Cell = value.isoformat() if isinstance(value, date) else value
    return cell
