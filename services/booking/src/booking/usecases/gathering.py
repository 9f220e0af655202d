"""News of a booking that come within a moment of each other, gathered so that one write records them all."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.domain.timeline import Entry

OPEN_SECONDS = 0.1  # the verdict on the seats follows the money within them


@dataclass(frozen=True, slots=True)
class News:
    """Further facts of a booking. `order_ids` are the provider's orders that pay for it; `showtime_id` is set where the
    facts do not hold the sale; `are_first`: nothing should be known of the booking yet. `heard` are the events that
    they are from."""

    facts: Facts
    order_ids: frozenset[str] = frozenset()
    showtime_id: str | None = None
    are_first: bool = False
    heard: tuple[Entry, ...] = ()

    def with_news(self, news: "News") -> "News":
        """Both."""
        facts, order_ids = self.facts.with_news(news.facts), self.order_ids | news.order_ids
        showtime_id, are_first = self.showtime_id or news.showtime_id, self.are_first and news.are_first
        return News(facts, order_ids, showtime_id, are_first, self.heard + news.heard)


@dataclass(frozen=True, slots=True)
class _OpenNews:
    """News that wait for further ones. `recorded` becomes true when they were written with those, false when whoever
    brought them has to write them alone."""

    news: News
    recorded: "asyncio.Future[bool]"


class Gathering:
    """Gives news to `write`, which records them. Whoever brought news goes on when they are recorded and no sooner: a
    message is acknowledged then, and comes again where the process dies before."""

    def __init__(self, write: Callable[[str, News], Awaitable[Booking | None]]) -> None:
        self._write = write
        self._open: dict[str, _OpenNews] = {}

    async def record(self, booking_id: str, news: News) -> Booking | None:
        """Record news at once, and with them those of the booking that lie open; the booking afterwards."""
        waiting = self._open.pop(booking_id, None)
        if waiting is None:
            return await self._write(booking_id, news)
        is_recorded = False
        try:
            booking = await self._write(booking_id, waiting.news.with_news(news))
            is_recorded = True
        finally:
            _settle(waiting, is_recorded=is_recorded)
        return booking

    async def record_soon(self, booking_id: str, news: News) -> None:
        """Record news of which nothing follows yet: with the next news of the booking, or alone after a moment."""
        if booking_id in self._open:
            await self.record(booking_id, news)
            return
        loop = asyncio.get_running_loop()
        waiting = self._open[booking_id] = _OpenNews(news, loop.create_future())
        timer = loop.call_later(OPEN_SECONDS, self._close, booking_id, waiting)
        try:
            if await waiting.recorded:
                return
        finally:
            timer.cancel()
            self._close(booking_id, waiting)
        await self._write(booking_id, news)

    def _close(self, booking_id: str, waiting: _OpenNews) -> None:
        """No further news go along with these; those that took them with them have to say whether they are recorded."""
        if self._open.get(booking_id) is waiting:
            del self._open[booking_id]
            _settle(waiting, is_recorded=False)


def _settle(waiting: _OpenNews, *, is_recorded: bool) -> None:
    if not waiting.recorded.done():
        waiting.recorded.set_result(is_recorded)
