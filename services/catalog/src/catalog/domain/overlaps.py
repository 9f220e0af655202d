"""Which showtimes would overlap on one screen."""

from collections.abc import Iterable
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]
"""Start and end of a showtime."""


def fits(spans: Iterable[Span], taken: Iterable[Span], cleaning: timedelta) -> list[bool]:
    """Of each span, in the order given, whether the screen has room for it: it overlaps, cleaning included, neither
    with a taken one nor with an earlier one that fits."""
    busy, fitting = list(taken), []
    for start, end in spans:
        fitting.append(not any(start < other[1] + cleaning and other[0] < end + cleaning for other in busy))
        if fitting[-1]:
            busy.append((start, end))
    return fitting
