"""The business days of a theater: from 06:00 to 06:00 by its own clock. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEGINS = time(6)


def business_day(at: datetime, timezone: str) -> date:
    """The business day that an instant falls into; what is before six in the morning belongs to the day before."""
    local = at.astimezone(ZoneInfo(timezone))
    return local.date() - timedelta(days=local.time() < BEGINS)
