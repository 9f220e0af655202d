"""`python -m identity.resync`: say all users again, through the outbox; a running worker publishes them."""

import asyncio
import sys

from chassis.mongo import amend_all
from chassis.settings import ServiceSettings, load

from chassis import mongo
from identity.usecases.stores import Stores, stores_of
from identity.usecases.users import changed


class Settings(ServiceSettings):
    """No secrets are needed for this."""

    database: str = "identity"


async def say_again(stores: Stores) -> int:
    """Put `UserChanged` with a new revision into every user's outbox; how many."""
    return await amend_all(stores.users, {}, lambda present: changed(present, {}) if present else None)


async def main() -> None:
    """Run once, from the environment."""
    settings = load(Settings)
    async with mongo.connect(settings.mongo_uri.get_secret_value(), settings.database) as database:
        count = await say_again(stores_of(database))
    sys.stdout.write(f"identity: {count} users are said again\n")


if __name__ == "__main__":
    asyncio.run(main())
