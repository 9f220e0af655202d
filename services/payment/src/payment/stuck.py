"""`python -m payment.stuck`: the bookings behind `marquee_payments_without_answer`, the longest wait first."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from chassis.mongo import Database
from chassis.resync import on_database
from payment.waits import WITHOUT_ANSWER, waiting

_MOST = 20


async def stuck(database: Database) -> str:
    """A line for each: the booking, since when, and what for."""
    documents = await database["payments"].find(
        waiting(datetime.now(UTC) - WITHOUT_ANSWER),
        projection={"waiting_since": 1},
        sort=[("waiting_since", 1)],
        limit=_MOST,
    )
    return "\n".join(
        f"bkg_{document['_id'].removeprefix('pay_')}  since {document['waiting_since']:%Y-%m-%d %H:%M:%S}Z"
        "  is paid, and neither confirmed nor refunded"
        for document in documents
    )


main = partial(on_database, "payment", stuck)

if __name__ == "__main__":
    asyncio.run(main())
