"""Days and times as clients write them, in the calendar form of RFC 3339, and the present in Mongo's precision."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LOCAL_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE)


def now_in_milliseconds() -> datetime:
    """The present in UTC without microseconds, which Mongo would drop: a value is the same before and after storing."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _written(form: re.Pattern[str], example: str) -> Callable[[Any], Any]:
    """Refuses numbers, week dates and bare digits, which pydantic alone would take."""

    def checked(value: Any) -> Any:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ValueError(f"must be written as {example}")
        return value

    return checked


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie within the years 1 to 9999 in UTC") from None


Day = Annotated[date, BeforeValidator(_written(_DAY, "2026-12-31"))]
"""A calendar day, such as 2026-12-31."""
LocalTime = Annotated[time, BeforeValidator(_written(_LOCAL_TIME, "18:30, without an offset"))]
"""A time of day without a zone; seconds may be left out."""
Moment = Annotated[
    datetime,
    BeforeValidator(_written(_MOMENT, "2026-12-31T18:30:00Z or with another offset")),
    AfterValidator(_in_utc),
]
"""An instant, written with any offset; in UTC from here on."""
