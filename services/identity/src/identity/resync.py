"""`python -m identity.resync`: `UserChanged` with a new revision, of every user."""

import asyncio
from functools import partial

from chassis.resync import resync
from identity.store import republish_users

main = partial(resync, "identity", "users", republish_users)

if __name__ == "__main__":
    asyncio.run(main())
