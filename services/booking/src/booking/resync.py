"""`python -m booking.resync`: all that bookings changed in the last 30 days have said, under its ids."""

import asyncio
from functools import partial

from booking.documents import past_events
from chassis.mongo import Database
from chassis.outbox import republish
from chassis.resync import resync


async def say_bookings_again(database: Database) -> int:
    """How many bookings."""
    return await republish(database["bookings"], past_events)


main = partial(resync, "booking", "bookings", say_bookings_again)

if __name__ == "__main__":
    asyncio.run(main())
