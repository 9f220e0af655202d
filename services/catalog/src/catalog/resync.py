"""`python -m catalog.resync`: the snapshots of all showtimes that have not ended."""

import asyncio
from functools import partial

from catalog.usecases.republish import republish_all
from catalog.usecases.stores import Stores
from chassis.mongo import Database
from chassis.resync import resync


async def republish(database: Database) -> int:
    """How many showtimes."""
    return await republish_all(Stores(database))


main = partial(resync, "catalog", "showtimes", republish)

if __name__ == "__main__":
    asyncio.run(main())
