"""What tests send to catalog, each with whatever a test changes of it; and the values that the domain makes of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.domain.plain import from_plain
from catalog.domain.scopes import Said, Scopes
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Contact, Geo, Theater
from catalog.schemas.screens import LayoutBody
from contracts.catalog import AuditRecorded, MovieDetails, TheaterDetails
from contracts.ids import MovieId, ScreenId, ShowtimeId, TheaterId
from contracts.layout import Layout, ScreenDetails

Body = dict[str, Any]
TODAY = datetime.now(UTC)  # of the whole run, so that no test meets midnight between two looks at the clock
LAYOUT: Body = {
    "rows": 3,
    "cols": 4,
    "aisles": [2],
    "gaps": ["A1"],
    "blocked": ["B1"],
    "accessible": ["C1"],
    "seatTypes": [{"type": "gold", "rows": ["C"], "priceFactor": 1.5}, {"type": "standard", "rows": []}],
}


def at(days: float = 1, *, hour: int = 12, minute: int = 0) -> datetime:
    """That many days from today, at that time in UTC."""
    return (TODAY + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def a_movie(**changes: Any) -> Body:
    """The body of a new movie."""
    return {"title": "Amélie Returns", "genres": ["Drama"], "runtime": 120, "language": "fr", **changes}


def a_theater(**changes: Any) -> Body:
    """The body of a new theater, in Mumbai."""
    return {
        "name": "Roxy",
        "address": "1 Queen's Road",
        "city": "Mumbai",
        "geo": {"lat": 18.94, "lng": 72.83},
        "timezone": "Asia/Kolkata",
        "contact": {"phone": "+912222881234"},
        **changes,
    }


def a_screen(theater_id: str, **changes: Any) -> Body:
    """The body of a new screen."""
    return {"theaterId": theater_id, "name": "One", "layout": LAYOUT, **changes}


def a_showtime(ids: Mapping[str, str], start: datetime, **changes: Any) -> Body:
    """The body of a new showtime of the movie, theater and screen with these ids."""
    return {
        **ids,
        "startAt": start.isoformat(),
        "language": "fr",
        "format": "2D",
        "basePrice": 25_000,
        "currency": "INR",
        **changes,
    }


SHOWTIME_LAYOUT = from_plain(Layout, LayoutBody.model_validate(LAYOUT).model_dump())
"""The layout that a stored showtime was scheduled with."""
_SHOWTIME = Showtime(
    id=ShowtimeId("sho_1"),
    version=1,
    status="scheduled",
    start_at=at(1),
    end_at=at(1) + timedelta(hours=2),
    language="fr",
    format="2D",
    movie=MovieDetails(movie_id=MovieId("mov_1"), title="Amélie Returns", runtime_minutes=120),
    theater=TheaterDetails(
        theater_id=TheaterId("thr_1"), name="Roxy", address="1 Road", city="Mumbai", timezone="Asia/Kolkata"
    ),
    screen=ScreenDetails(screen_id=ScreenId("scr_1"), name="One"),
    currency="INR",
    scopes=Scopes(showtime=Said(base_price=25_000)),
    seats_total=11,
    seats_available=10,
)


def a_stored_showtime(**changes: Any) -> Showtime:
    """A showtime as the store gives it."""
    return replace(_SHOWTIME, **changes)


def a_stored_theater(**changes: Any) -> Theater:
    """The theater of that showtime as the store gives it."""
    theater = Theater(
        id=TheaterId("thr_1"),
        version=1,
        name="Roxy",
        address="1 Road",
        city="Mumbai",
        geo=Geo(18.94, 72.83),
        timezone="Asia/Kolkata",
        contact=Contact(phone=None, email=None),
        amenities=(),
        cancellation_policy=_SHOWTIME.theater.cancellation_policy,
        forbids_single_seats=False,
    )
    return replace(theater, **changes)


def a_record(before: object, after: object) -> AuditRecorded:
    """The record of whatever change."""
    return AuditRecorded.of("usr_1", "tests.changed", "sub_1", {}, {"made": before is None, "removed": after is None})
