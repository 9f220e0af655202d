"""Local days and times of a theater, and what a repeated showtime comes to in UTC."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def local_date(moment: datetime, timezone: str) -> str:
    """The calendar day of a moment at the theater, as `2026-12-31`."""
    return moment.astimezone(ZoneInfo(timezone)).date().isoformat()


def in_utc(day: date, clock: time, timezone: str) -> datetime:
    """A local time in UTC. Of a time that the clocks show twice the first; one that they skip moves on by the gap."""
    return datetime.combine(day, clock, ZoneInfo(timezone)).astimezone(UTC)


def occurrences(
    first: date, until: date, days: Sequence[str], times: Sequence[time], timezone: str
) -> Iterator[datetime]:
    """Each local time on each chosen weekday from `first` to `until`, both included; no days mean every day."""
    chosen = frozenset(days or WEEKDAYS)
    for offset in range((until - first).days + 1):
        day = first + timedelta(days=offset)
        if WEEKDAYS[day.weekday()] in chosen:
            for clock in sorted(set(times)):
                yield in_utc(day, clock, timezone)
