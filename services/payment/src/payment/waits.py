"""Payments on which booking has owed its answer for long. It imports little, so that `payment.stuck` begins soon."""

from datetime import datetime, timedelta
from typing import Any

WITHOUT_ANSWER = timedelta(seconds=60)


def waiting(since: datetime) -> dict[str, Any]:
    """The query for payments on which booking has owed an answer since before `since`."""
    return {"waiting_since": {"$lt": since}}
