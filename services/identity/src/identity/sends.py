"""Mongo `identity.code_sends` and `mail_sends`: when messages went out to a phone, or to an address. Both end by
themselves."""

from datetime import datetime, timedelta
from math import ceil

from pymongo import IndexModel

from chassis import mongo
from chassis.mongo import Collection, Document
from identity.domain import recent, wait_before_send

_AFTERWARDS = timedelta(hours=1)
_EXPIRY = IndexModel([("ends_at", 1)], expireAfterSeconds=0)


class TooSoon(Exception):
    """As much as may be was sent; the next may go in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the next may be sent in {seconds} s")
        self.seconds = seconds


class Sends:
    """Counts messages by a key that stands for whom they go to; `pause` is what must lie between two."""

    def __init__(self, collection: Collection, pause: timedelta) -> None:
        self._collection, self._pause = collection, pause

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._collection.ensure_indexes(_EXPIRY)

    async def count(self, key: str, now: datetime) -> None:
        """Note that a message goes out, or seems to; raises `TooSoon` where it has to wait."""

        def change(document: Document | None) -> Document:
            sends: list[datetime] = document["sends"] if document else []
            wait = wait_before_send(sends, now, self._pause)
            if wait:
                raise TooSoon(ceil(wait.total_seconds()))
            return {"$set": {"sends": [*recent(sends, now), now], "ends_at": now + _AFTERWARDS}}

        await mongo.amend(self._collection, key, change)
