"""Showtimes: what one is, what is published of it, and what the clock alone changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from catalog.domain.calendar import local_day
from catalog.domain.scopes import Said, Scopes
from catalog.domain.taxes import Taxes
from catalog.domain.theaters import Screen, Theater
from contracts.catalog import (
    MovieDetails,
    ShowtimeCancelled,
    ShowtimeChanged,
    ShowtimeScheduled,
    ShowtimeSnapshot,
    TheaterDetails,
)
from contracts.ids import MovieId, ScreenId, ShowtimeId, TheaterId
from contracts.layout import Layout, ScreenDetails
from contracts.prices import PriceTable, SeatTypeFactor, TaxSlab

MAX_AT_ONCE = 500
"""So many showtimes one call can schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is the same for all showtimes that one call schedules; `prices` are what their own scope says of them."""

    movie_id: MovieId
    theater_id: TheaterId
    screen_id: ScreenId
    language: str
    format: str
    currency: str
    prices: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Showtime:
    """A movie on a screen at a time, on its terms, with the details that its tickets show. Its prices follow from what
    its scopes say and from the taxes of the day of its start.

    Its layout is no part of this value: it is large, and only events need it. It is the one that the showtime was
    scheduled with, until the theater takes seats out or moves it to another screen.
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
    currency: str
    scopes: Scopes
    tax_slabs: tuple[TaxSlab, ...] = ()
    seats_total: int
    seats_available: int
    seats_for_sale: int = 0
    """Those that are not blocked; 0 where it was stored before this was counted."""
    factors: tuple[SeatTypeFactor, ...] = ()
    """The factor of each type that the layout has seats of; none where it was stored before they were."""
    plan_number: int = 0
    """Counts the changes of its seats by the theater: layout and screen are those since this one."""
    blocked_reasons: dict[str, str] = field(default_factory=dict)
    """Why seats are taken out, by seat, for those who work there: no event carries it."""

    @property
    def prices(self) -> PriceTable:
        """All that prices its seats."""
        return self.scopes.prices(self.currency, self.tax_slabs)

    def in_theater(self, theater: Theater, taxes: Taxes) -> "Showtime":
        """With what the theater is and says of prices, and the taxes of the day of the start there."""
        scopes = self.scopes.saying("theater", theater.prices)
        return replace(self, theater=theater.details, scopes=scopes).taxed(taxes)

    def on_screen(self, screen: Screen) -> "Showtime":
        """With what the screen is called and says of prices; as it is where it has moved to another one meanwhile."""
        if screen.id != self.screen.screen_id:
            return self
        return replace(self, screen=screen.details, scopes=self.scopes.saying("screen", screen.prices))

    def taxed(self, taxes: Taxes) -> "Showtime":
        """With the taxes of the day of its start."""
        day = local_day(self.start_at, self.theater.timezone)
        return replace(self, tax_slabs=taxes.slabs(self.currency, day))

    def status_at(self, now: datetime) -> Literal["scheduled", "cancelled", "finished"]:
        """A scheduled showtime is finished from its end on."""
        return "finished" if self.status == "scheduled" and self.end_at <= now else self.status

    def seats_available_at(self, now: datetime) -> int:
        """None from its start on, and none when it was cancelled."""
        return self.seats_available if self.status == "scheduled" and now < self.start_at else 0


def terms_of(showtime: Showtime) -> Terms:
    """On which terms it was scheduled, as they are now."""
    return Terms(
        movie_id=showtime.movie.movie_id,
        theater_id=showtime.theater.theater_id,
        screen_id=showtime.screen.screen_id,
        language=showtime.language,
        format=showtime.format,
        currency=showtime.currency,
        prices=showtime.scopes.showtime,
    )


def snapshot_of(showtime: Showtime, layout: Layout) -> ShowtimeSnapshot:
    """All of a showtime; its version is the snapshot's revision."""
    return ShowtimeSnapshot(
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


def snapshot_event(showtime: Showtime, layout: Layout) -> ShowtimeScheduled | ShowtimeChanged | ShowtimeCancelled:
    """The event that carries all of a showtime."""
    snapshot = snapshot_of(showtime, layout)
    if showtime.status == "cancelled":
        return ShowtimeCancelled(showtime_id=showtime.id, snapshot=snapshot)
    event_class = ShowtimeScheduled if showtime.version == 1 else ShowtimeChanged
    return event_class(showtime_id=showtime.id, snapshot=snapshot)


def next_start_or_end(showtimes: Iterable[Showtime], now: datetime) -> datetime | None:
    """When the first of them begins or ends after `now`; until then the clock changes nothing of what they show. None
    where all are over."""
    moments = (moment for showtime in showtimes for moment in (showtime.start_at, showtime.end_at))
    return min((moment for moment in moments if moment > now), default=None)
