"""Numbers for invoices and credit notes: a series gives one, the booking records it as a fact."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from time import monotonic

from booking.domain.booking import Booking
from booking.domain.facts import Facts, PaperNumber
from booking.usecases.ports import Ports

GATHER_SECONDS = 0.3


class Numbering:
    """What a process has just written gets its numbers within a moment, together; what a crash left behind is due."""

    def __init__(self, ports: Ports) -> None:
        self._bookings, self._series = ports.bookings, ports.series
        self._waiting: dict[str, tuple[Booking, float]] = {}
        self._news = asyncio.Event()

    def note(self, booking: Booking, began: float) -> None:
        """A booking was written that needs numbers; its write began at that time by `monotonic`."""
        self._waiting[booking.id] = booking, began
        self._news.set()

    @property
    def waiting(self) -> int:
        """How many noted bookings wait for their numbers."""
        return len(self._waiting)

    async def number_noted(self) -> None:
        """Wait for bookings that need numbers, and give those that come within a moment theirs."""
        await self._news.wait()
        await asyncio.sleep(GATHER_SECONDS)
        self._news.clear()
        bookings, self._waiting = self._waiting, {}
        await self._number(bookings.values())

    async def number(self, booking_id: str) -> None:
        """Give the booking the numbers that it still needs."""
        began = monotonic()
        booking = await self._bookings.find(booking_id)
        await self._number([(booking, began)] if booking else [])

    async def _number(self, bookings: Iterable[tuple[Booking, float]]) -> None:
        papers: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for booking, began in bookings:
            for paper in booking.unnumbered:
                papers[paper.series][_name(booking.id, paper.key)] = began
        for series, seen in papers.items():
            numbers = await self._series.take(series, seen, self._recorded)
            await self._record_all({name: numbers[name] for name in seen})
            self._series.note_recorded(series, numbers)

    async def _record_all(self, numbers: dict[str, int]) -> None:
        news: defaultdict[str, tuple[PaperNumber, ...]] = defaultdict(tuple)
        for name, number in numbers.items():
            booking_id, _, key = name.partition("/")
            news[booking_id] += (PaperNumber(key=key, number=number),)
        await self._bookings.record_each({booking_id: Facts(numbers=given) for booking_id, given in news.items()})

    async def _recorded(self, names: Collection[str]) -> dict[str, int]:
        """Of these papers the numbers that their bookings have."""
        keys: defaultdict[str, set[str]] = defaultdict(set)
        for name in names:
            booking_id, _, key = name.partition("/")
            keys[booking_id].add(key)
        numbers: dict[str, int] = {}
        for booking in await self._bookings.find_all(keys):
            given = {number.key: number.number for number in booking.facts.numbers}
            numbers |= {_name(booking.id, key): given[key] for key in keys[booking.id] & given.keys()}
        return numbers


def _name(booking_id: str, key: str) -> str:
    """What a series calls a booking's paper."""
    return f"{booking_id}/{key}"
