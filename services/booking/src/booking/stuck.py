"""`python -m booking.stuck`: the bookings behind `marquee_refunds_unanswered`, the longest wait first."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from booking.metrics import UNANSWERED_AFTER
from booking.store import unanswered
from chassis.mongo import Database
from chassis.resync import on_database

_MOST = 20


async def stuck(database: Database) -> str:
    """A line for each: the booking, since when, and what for."""
    documents = await database["bookings"].find(
        unanswered(datetime.now(UTC) - UNANSWERED_AFTER),
        projection={"refund.since": 1},
        sort=[("refund.since", 1)],
        limit=_MOST,
    )
    return "\n".join(
        f"{document['_id']}  since {document['refund']['since']:%Y-%m-%d %H:%M:%S}Z"
        "  is owed a refund of which payment says nothing"
        for document in documents
    )


main = partial(on_database, "booking", stuck)

if __name__ == "__main__":
    asyncio.run(main())
