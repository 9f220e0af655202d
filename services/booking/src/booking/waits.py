"""Refunds of which payment has said nothing for long. It imports little, so that `booking.stuck` begins soon."""

from datetime import datetime
from typing import Any


def unanswered(since: datetime) -> dict[str, Any]:
    """The query for bookings whose refund has been due since before `since`."""
    return {"refund.status": "due", "refund.since": {"$lt": since}}
