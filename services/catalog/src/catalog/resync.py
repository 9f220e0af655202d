"""`python -m catalog.resync`: say all showtimes that have not ended again, through the outbox; a running worker
publishes them."""

import asyncio
import sys

from chassis.settings import load

from catalog.settings import Settings
from catalog.usecases.retelling import say_all_again
from catalog.usecases.stores import Stores
from chassis import mongo


async def main() -> None:
    """Run once, from the environment."""
    settings = load(Settings)
    async with mongo.connect(settings.mongo_uri.get_secret_value(), settings.database) as database:
        count = await say_all_again(Stores(database))
    sys.stdout.write(f"catalog: {count} showtimes are said again\n")


if __name__ == "__main__":
    asyncio.run(main())
