"""`python -m catalog.resync`: the snapshots of all showtimes that have not ended."""

import asyncio
from functools import partial

from catalog.usecases.retelling import say_all_again
from catalog.usecases.stores import Stores
from chassis.mongo import Database
from chassis.resync import resync


async def say_again(database: Database) -> int:
    """How many showtimes."""
    return await say_all_again(Stores(database))


main = partial(resync, "catalog", "showtimes", say_again)

if __name__ == "__main__":
    asyncio.run(main())
