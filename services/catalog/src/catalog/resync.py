"""`python -m catalog.resync`: the snapshots of all showtimes that have not ended."""

import asyncio
from functools import partial

from catalog.store import republish_all
from chassis.resync import resync

main = partial(resync, "catalog", "showtimes", republish_all)

if __name__ == "__main__":
    asyncio.run(main())
