"""Mongo `identity`: indexes, and the first admin made once they are there."""

import asyncio
from collections.abc import Awaitable, Callable

from chassis.away import is_away
from chassis.logs import logger
from chassis.outbox import INDEX as OUTBOX
from chassis.problems import Unavailable
from pymongo import IndexModel

from identity.usecases.stores import Stores

log = logger(__name__)
# A user without an e-mail has no key. Partial on a `$type`, the index would serve no query.
_EMAIL = IndexModel([("email_key", 1)], unique=True, partialFilterExpression={"email_key": {"$exists": True}})
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


async def ensure_indexes(stores: Stores) -> None:
    """Create what is missing; idempotent."""
    await stores.users.ensure_indexes(_EMAIL, OUTBOX)
    await stores.sessions.ensure_indexes(_EXPIRY)
    await stores.refresh_tokens.ensure_indexes(_EXPIRY)
    await stores.audit.ensure_indexes(IndexModel([("at", -1)]))


class Preparation:
    """Steps that need Mongo before the first request does: tried until they succeed, however late Mongo comes."""

    def __init__(self, *steps: Callable[[], Awaitable[object]]) -> None:
        self._steps = steps
        self._done = asyncio.Event()

    async def run(self) -> None:
        """Do the steps."""
        while not self._done.is_set():
            try:
                for step in self._steps:
                    await step()
                self._done.set()
            except Exception as error:  # noqa: BLE001  whatever it is, the process is not ready and tries again
                (log.warning if is_away(error) else log.exception)("not prepared yet", error=repr(error))
                await asyncio.sleep(0.5)

    async def wait(self, seconds: float) -> None:
        """Wait for the end, but not longer: the process starts without Mongo."""
        try:
            async with asyncio.timeout(seconds):
                await self._done.wait()
        except TimeoutError:
            log.warning("started without mongo")

    async def check(self) -> None:
        """Raise `Unavailable` until all is prepared: without its index an e-mail would not be unique."""
        if not self._done.is_set():
            raise Unavailable("the store is not prepared yet")
