"""`python -m payment.resync`: all that payments changed in the last 30 days have said, under its ids."""

import asyncio
from functools import partial

from chassis.mongo import Database
from chassis.outbox import republish
from chassis.resync import resync
from payment.store import past_events


async def say_payments_again(database: Database) -> int:
    """How many payments."""
    return await republish(database["payments"], past_events)


main = partial(resync, "payment", "payments", say_payments_again)

if __name__ == "__main__":
    asyncio.run(main())
