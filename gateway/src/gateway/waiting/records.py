"""Records of admin calls on their way to the audit: written with the change, published until the broker has them."""

from dataclasses import asdict

import orjson
from redis.exceptions import RedisError

from chassis.broker import Publisher
from chassis.envelope import Envelope, seal
from chassis.logs import logger
from contracts.audit import Shown
from contracts.gateway import AuditRecorded
from gateway.waiting.room import Room
from gateway.waiting.rooms import Rooms

log = logger(__name__)


def record(user_id: str, what: str, room: Room, before: Shown | None, after: Shown | None) -> bytes:
    """What goes into the room's records: the sealed event of a change of the room; `what` is `opened`, say."""
    event = AuditRecorded.of(user_id, f"queues.{what}", room.showtime_id, before, after, theater_id=room.theater_id)
    return orjson.dumps(asdict(seal(event)))


class Records:
    """Publishes them: soon after their change, and after a start or a lost broker what is left of earlier ones."""

    def __init__(self, rooms: Rooms, publisher: Publisher) -> None:
        self._rooms, self._publisher = rooms, publisher
        self._waiting = set[str]()
        self._has_looked = False

    async def publish(self, showtime_id: str) -> None:
        """Publish those of a showtime; what cannot be published now is tried again."""
        self._waiting.add(showtime_id)
        try:
            await self._publish(showtime_id)
        except (RedisError, OSError) as error:
            log.warning("records of a waiting room wait to be published", error=repr(error))

    async def step(self) -> None:
        """Try again what waits; nothing where nothing does."""
        if not self._has_looked:
            self._waiting.update(await self._rooms.indexed())
            self._has_looked = True
        for showtime_id in sorted(self._waiting):
            await self._publish(showtime_id)

    async def _publish(self, showtime_id: str) -> None:
        waiting = await self._rooms.records(showtime_id)
        envelopes = {Envelope(**orjson.loads(stored)): stored for stored in waiting}
        safe = await self._publisher.publish_all(envelopes)
        for envelope, stored in envelopes.items():
            if envelope.id in safe:
                await self._rooms.forget_record(showtime_id, stored)
        if len(safe) == len({envelope.id for envelope in envelopes}):
            self._waiting.discard(showtime_id)
