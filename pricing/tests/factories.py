"""Showtimes for pricing's tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.catalog import MovieDetails, ScreenDetails, ShowtimeSnapshot, TheaterDetails
from contracts.ids import MovieId, ScreenId, ShowtimeId, TheaterId
from contracts.layout import Layout
from contracts.prices import PriceTable

NOON_IN_PUNE = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)  # a Friday, 12:00 at the theater


def a_showtime(
    *, start_at: datetime = NOON_IN_PUNE, layout: dict[str, Any] | None = None, **prices: Any
) -> ShowtimeSnapshot:
    """A showtime in 2D of a row of ten seats in Pune; `prices` are of its price table."""
    return ShowtimeSnapshot(
        showtime_id=ShowtimeId("sho_1"),
        revision=1,
        status="scheduled",
        start_at=start_at,
        end_at=start_at + timedelta(hours=2),
        language="en",
        format="2D",
        movie=MovieDetails(movie_id=MovieId("mov_1"), title="A Movie", runtime_minutes=100),
        theater=TheaterDetails(
            theater_id=TheaterId("thr_1"), name="Regal", address="1 Road", city="Pune", timezone="Asia/Kolkata"
        ),
        screen=ScreenDetails(screen_id=ScreenId("scr_1"), name="Screen 1"),
        layout=Layout(**(layout or {"rows": 1, "cols": 10})),
        prices=PriceTable(**{"base_price": 10_000, "currency": "INR"} | prices),
    )
