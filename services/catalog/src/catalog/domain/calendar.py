"""Local days and times of a theater, and what a repeated showtime comes to in UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.prices import Weekday

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Repeat:
    """Each of the local `times` on each of the weekdays in `days` (none: every day), until that day, included."""

    days: tuple[Weekday, ...]
    times: tuple[time, ...]
    until: date


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day of a moment at the theater."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def in_utc(day: date, clock: time, timezone: str) -> datetime:
    """A local time in UTC. Of a time that the clocks show twice the first; one that they skip moves on by the gap."""
    return datetime.combine(day, clock.replace(fold=0), ZoneInfo(timezone)).astimezone(UTC)


def shifted(moment: datetime, distance: timedelta, timezone: str) -> datetime:
    """The moment so many whole days later, at the same local time, in UTC."""
    local = moment.astimezone(ZoneInfo(timezone))
    return in_utc(local.date() + distance, local.time(), timezone)


def occurrences(first: date, repeat: Repeat, timezone: str) -> Iterator[datetime]:
    """Each moment of the repetition from the day `first` on, in order."""
    chosen = frozenset(repeat.days or WEEKDAYS)
    for offset in range((repeat.until - first).days + 1):
        day = first + timedelta(days=offset)
        if WEEKDAYS[day.weekday()] in chosen:
            for clock in sorted(set(repeat.times)):
                yield in_utc(day, clock, timezone)
