"""Showtimes for pricing's tests."""

from datetime import UTC, datetime
from typing import Any

from tests.factories import a_snapshot

from contracts.catalog import ShowtimeSnapshot

NOON_IN_PUNE = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)  # a Friday, 12:00 at the theater


def a_showtime(
    *, start_at: datetime = NOON_IN_PUNE, layout: dict[str, Any] | None = None, **prices: Any
) -> ShowtimeSnapshot:
    """A showtime in 2D of a row of ten seats in Pune; `prices` are of its price table."""
    theater = {"city": "Pune", "timezone": "Asia/Kolkata"}
    return a_snapshot(
        start_at=start_at, layout=layout or {"rows": 1, "cols": 10}, prices=prices, theater=theater, language="en"
    )
