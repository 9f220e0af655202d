"""Showtimes: what one is, what is published of it, and what the clock alone changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.catalog import (
    MovieDetails,
    ScreenDetails,
    ShowtimeCancelled,
    ShowtimeChanged,
    ShowtimeScheduled,
    ShowtimeSnapshot,
    TheaterDetails,
)
from contracts.ids import MovieId, ScreenId, ShowtimeId, TheaterId
from contracts.layout import Layout
from contracts.prices import PriceTable, PricingRule

MAX_AT_ONCE = 500
"""So many showtimes one call can schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is the same for all showtimes that one call schedules; `base_price` in minor units of the currency."""

    movie_id: MovieId
    theater_id: TheaterId
    screen_id: ScreenId
    language: str
    format: str
    base_price: int
    currency: str
    rules: tuple[PricingRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Showtime:
    """A movie on a screen at a time, on its terms, with the details that its tickets show.

    The layout it was scheduled with never changes and is no part of this value: it is large, and only events need it.
    """

    id: ShowtimeId
    version: int
    status: Literal["scheduled", "cancelled"]
    start_at: datetime
    end_at: datetime
    language: str
    format: str
    movie: MovieDetails
    theater: TheaterDetails
    screen: ScreenDetails
    prices: PriceTable
    seats_total: int
    seats_available: int

    def status_at(self, now: datetime) -> Literal["scheduled", "cancelled", "finished"]:
        """A scheduled showtime is finished from its end on."""
        return "finished" if self.status == "scheduled" and self.end_at <= now else self.status

    def seats_available_at(self, now: datetime) -> int:
        """None from its start on, and none when it was cancelled."""
        return self.seats_available if self.status == "scheduled" and now < self.start_at else 0


def snapshot_event(showtime: Showtime, layout: Layout) -> ShowtimeScheduled | ShowtimeChanged | ShowtimeCancelled:
    """The event that carries all of a showtime; the showtime's version is the snapshot's revision."""
    snapshot = ShowtimeSnapshot(
        showtime_id=showtime.id,
        revision=showtime.version,
        status=showtime.status,
        start_at=showtime.start_at,
        end_at=showtime.end_at,
        language=showtime.language,
        format=showtime.format,
        movie=showtime.movie,
        theater=showtime.theater,
        screen=showtime.screen,
        layout=layout,
        prices=showtime.prices,
    )
    if showtime.status == "cancelled":
        return ShowtimeCancelled(showtime_id=showtime.id, snapshot=snapshot)
    event_class = ShowtimeScheduled if showtime.version == 1 else ShowtimeChanged
    return event_class(showtime_id=showtime.id, snapshot=snapshot)


def next_start_or_end(showtimes: Iterable[Showtime], now: datetime) -> datetime | None:
    """When the first of them begins or ends after `now`; until then the clock changes nothing of what they show. None
    where all are over."""
    moments = (moment for showtime in showtimes for moment in (showtime.start_at, showtime.end_at))
    return min((moment for moment in moments if moment > now), default=None)
