"""`python -m identity.resync`: `UserChanged` with a new revision, of every user."""

import asyncio
from functools import partial

from chassis.resync import resync
from identity.store import say_users_again

main = partial(resync, "identity", "users", say_users_again)

if __name__ == "__main__":
    asyncio.run(main())
