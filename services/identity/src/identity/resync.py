"""`python -m identity.resync`: `UserChanged` with a new revision, of every user."""

import asyncio
from functools import partial

from chassis.mongo import Database, amend_all
from chassis.resync import resync
from identity.usecases.stores import stores_of
from identity.usecases.users import changed


async def say_again(database: Database) -> int:
    """How many users."""
    return await amend_all(stores_of(database).users, {}, lambda present: changed(present, {}) if present else None)


main = partial(resync, "identity", "users", say_again)

if __name__ == "__main__":
    asyncio.run(main())
