"""`python -m payment.resync`: all that payments changed in the last 30 days have said, under its ids."""

import asyncio
from functools import partial

from chassis.mongo import Database
from chassis.outbox import say_again
from chassis.resync import resync
from payment.store import all_said


async def say_payments_again(database: Database) -> int:
    """How many payments."""
    return await say_again(database["payments"], all_said)


main = partial(resync, "payment", "payments", say_payments_again)

if __name__ == "__main__":
    asyncio.run(main())
