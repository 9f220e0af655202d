"""Reading past sales for the back-test of pricing rules."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from collections.abc import Collection as Sized
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Literal

from booking.domain.backtest import Backtest, SoldTickets, occupancies
from booking.errors import ShowtimeNotFound
from booking.reports.errors import MixedCurrencies, ScreenNotFound
from booking.reports.reading import Span
from booking.reports.store import Builds
from booking.showtimes import MongoShowtimes
from chassis.mongo import Collection, Document
from contracts.ids import made_at
from contracts.prices import PricingRule, QuoteLine

_BATCH = 1_000
_SHOWTIMES = 50
_SOLD = {
    "showtime_id": 1,
    "facts.ordered.start_at": 1,
    "facts.ordered.quote.lines": 1,
    "facts.grants.seat_ids": 1,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A theater, a screen or a showtime, by its id."""

    kind: Literal["theater", "screen", "showtime"]
    id: str


class Backtesting:
    """Reads alone: which bookings count is in the reports, what they bought in the bookings."""

    def __init__(self, builds: Builds, showtimes: MongoShowtimes, bookings: Collection) -> None:
        self._builds, self._showtimes, self._bookings = builds, showtimes, bookings

    async def theater_of(self, scope: Scope) -> str:
        """The id of the theater that it is in. Raises `ScreenNotFound`, `ShowtimeNotFound`."""
        if scope.kind == "theater":
            return scope.id
        query = {"screen_id" if scope.kind == "screen" else "_id": scope.id}
        shows = await self._showtimes.collection.find(query, limit=1, projection={"theater_id": 1})
        if not shows:
            raise ScreenNotFound if scope.kind == "screen" else ShowtimeNotFound("there is no such showtime")
        theater_id: str = shows[0]["theater_id"]
        return theater_id

    async def run(self, scope: Scope, span: Span, rules: Sequence[PricingRule]) -> tuple[str | None, Backtest]:
        """The currency, None where nothing was sold, and the sums. Raises `MixedCurrencies`."""
        currencies, sold_on = set[str](), dict[str, dict[str, date]]()
        wanted = await self._showtimes_in(scope)
        async for booking in self._sold(span):
            if wanted is None or booking["showtime_id"] in wanted:
                currencies.add(booking["currency"])
                day = date.fromisoformat(booking["date"])
                sold_on.setdefault(booking["showtime_id"], {})[booking["_id"]] = day
        if len(currencies) > 1:
            raise MixedCurrencies(f"these sales are in {', '.join(sorted(currencies))}", currencies=sorted(currencies))
        test, showtime_ids = Backtest(rules), iter(sorted(sold_on))
        while some := list(islice(showtime_ids, _SHOWTIMES)):
            await self._add(test, some, {key: day for each in some for key, day in sold_on[each].items()})
        return next(iter(currencies), span.currency), test

    async def _showtimes_in(self, scope: Scope) -> Sized[str] | None:
        """Their ids; None for all of the theater."""
        if scope.kind != "screen":
            return None if scope.kind == "theater" else {scope.id}
        shows = await self._showtimes.collection.find({"screen_id": scope.id}, projection={"_id": 1})
        return {show["_id"] for show in shows}

    async def _sold(self, span: Span) -> AsyncIterator[Document]:
        query = {
            **span.query("date"),
            "status": {"$in": ["confirmed", "checked_in"]},
            "tender": {"$ne": "complimentary"},
        }
        projection = {"showtime_id": 1, "currency": 1, "date": 1}
        build = await self._builds.current()
        async for batch in build.bookings.batches(query, sort=[("date", 1)], projection=projection, size=_BATCH):
            for document in batch:
                yield document

    async def _add(self, test: Backtest, showtime_ids: Sequence[str], sold_on: dict[str, date]) -> None:
        """The bookings of some showtimes, of which those in `sold_on` count; the others had seats before them."""
        query = {"showtime_id": {"$in": list(showtime_ids)}, "confirmed_at": {"$exists": True}}
        bookings = await self._bookings.find(query, projection=_SOLD)
        snapshots = await self._showtimes.find_all(showtime_ids)
        for showtime_id, snapshot in snapshots.items():
            seats = sum(not seat.blocked for seat in snapshot.layout.seats())
            of_show = {each["_id"]: each for each in bookings if each["showtime_id"] == showtime_id}
            bought = ((key, len(each["facts"]["ordered"]["quote"]["lines"])) for key, each in of_show.items())
            for booking_id, occupancy in occupancies(seats, bought):
                if booking_id in sold_on:
                    test.add(_tickets(of_show[booking_id], sold_on[booking_id]), snapshot, occupancy)
                    await asyncio.sleep(0)  # sales go on: thousands of tickets by many rules take seconds


def _tickets(booking: Document, sold_on: date) -> SoldTickets:
    facts = booking["facts"]
    cancelled = set(_seats(facts.get("grants", ())))
    lines = (QuoteLine.model_validate(line) for line in facts["ordered"]["quote"]["lines"])
    return SoldTickets(
        showtime_id=booking["showtime_id"],
        booking_id=booking["_id"],
        sold_on=sold_on,
        held_at=datetime.fromtimestamp(made_at(booking["_id"]), UTC),
        start_at=facts["ordered"]["start_at"],
        lines=[line for line in lines if line.seat_id not in cancelled],
    )


def _seats(grants: Iterable[Document]) -> Iterator[str]:
    for grant in grants:
        yield from grant["seat_ids"]
