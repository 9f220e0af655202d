"""Which events reach this service's open queue: those that some webhook wants. Without webhooks a sale costs nothing
more."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from chassis.broker import Publisher
from chassis.mongo import Collection
from chassis.times import now_in_milliseconds
from contracts.partners import FOR_PARTNERS
from notify.webhooks.store import Webhooks

_SERVICE = "notify"
_ROUND = "unbinding"
_LEASE = timedelta(seconds=30)  # a round takes less: what it asks of the broker is given up after 5 s
_LOOK_SECONDS = 0.05


class Bindings:
    """Binds the queue for a webhook before it is stored, and unbinds in rounds what nobody wants any more.

    A round that began before the webhook was stored may take a binding of it away. So whoever stored it waits until no
    round is under way and binds once more, before the webhook's maker is answered; a round that begins later sees it.
    """

    def __init__(self, webhooks: Webhooks, rounds: Collection, publisher: Publisher) -> None:
        self._webhooks, self._rounds, self._publisher = webhooks, rounds, publisher

    async def prepare(self, names: Iterable[str]) -> None:
        """Let the queue take these events, before somebody is stored who wants them; raises `NotPublished` where the
        broker cannot be reached."""
        await self._publisher.bind(_SERVICE, [FOR_PARTNERS[name] for name in names if name in FOR_PARTNERS])

    async def ensure(self, names: Iterable[str]) -> None:
        """The same after that was stored: returns when no round takes them away any more."""
        while await self._rounds.find_one({"_id": _ROUND, "until": {"$gt": now_in_milliseconds()}}):  # noqa: ASYNC110  a round may be that of another process
            await asyncio.sleep(_LOOK_SECONDS)
        await self.prepare(names)

    async def refresh(self) -> None:
        """One round: bind what is wanted, and unbind the rest, unless another process is at it."""
        await self._publisher.ready.wait()
        now = now_in_milliseconds()
        mine, free = {"until": now + _LEASE}, {"_id": _ROUND, "until": {"$not": {"$gt": now}}}
        try:
            await self._rounds.update(free, {"$set": mine}, upsert=True)
        except DuplicateKeyError:
            return
        try:
            wanted = await self._webhooks.wanted()
            unwanted = [event for name, event in FOR_PARTNERS.items() if name not in wanted]
            await self._publisher.bind(
                _SERVICE, [FOR_PARTNERS[name] for name in wanted & FOR_PARTNERS.keys()], unwanted
            )
        finally:
            await self._rounds.update({"_id": _ROUND, **mine}, {"$unset": {"until": ""}})
