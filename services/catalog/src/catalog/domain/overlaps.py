"""Which showtimes would overlap on one screen."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

Span = tuple[datetime, datetime]
"""Start and end of a showtime."""


def clashes(spans: Iterable[Span], taken: Iterable[Span], cleaning: timedelta) -> list[datetime]:
    """The starts, in order, of those new spans that begin before the screen has been cleaned after an earlier new span,
    or that overlap, cleaning included, with a taken one. The new spans are of one length."""
    ordered, busy = sorted(spans), list(taken)
    starts = {later[0] for earlier, later in pairwise(ordered) if later[0] < earlier[1] + cleaning}
    starts |= {
        start
        for start, end in ordered
        if any(start < busy_end + cleaning and busy_start < end + cleaning for busy_start, busy_end in busy)
    }
    return sorted(starts)
