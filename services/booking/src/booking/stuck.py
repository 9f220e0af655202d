"""`python -m booking.stuck`: the bookings behind `marquee_refunds_unanswered`, the longest wait first."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

from booking.settings import Waits
from booking.waits import unanswered
from chassis.mongo import Database
from chassis.resync import on_database
from chassis.settings import load

_MOST = 20


async def stuck(database: Database, after: timedelta) -> str:
    """A line for each whose wait is longer than `after`: the booking, since when, and what for."""
    documents = await database["bookings"].find(
        unanswered(datetime.now(UTC) - after),
        projection={"refund.since": 1},
        sort=[("refund.since", 1)],
        limit=_MOST,
    )
    return "\n".join(
        f"{document['_id']}  since {document['refund']['since']:%Y-%m-%d %H:%M:%S}Z"
        "  is owed a refund of which payment says nothing"
        for document in documents
    )


async def main() -> None:
    """Print them, by the same setting as the metric."""
    after = timedelta(seconds=load(Waits).refund_unanswered_seconds)
    await on_database("booking", partial(stuck, after=after))


if __name__ == "__main__":
    asyncio.run(main())
