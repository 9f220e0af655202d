"""What the scripts said into their shard's stream goes to the broker: leased per shard, confirmed, then deleted."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence

from redis.asyncio import Redis

from chassis import telemetry
from chassis.broker import Publisher
from chassis.envelope import Envelope
from chassis.logs import logger
from contracts.event import Event
from contracts.seating import SeatsHeld, SeatsReleased
from seating.domain import instant
from seating.holds import SHARDS, shard_key
from seating.scripts import Scripts

log = logger(__name__)
LEASE_MS = 15_000
BATCH = 50  # of each of the 64 shards: a step has to be over before its leases are
Entry = tuple[bytes, Sequence[bytes]]
_KEYS = [(shard_key(shard, "relay").encode(), shard_key(shard, "events").encode()) for shard in range(SHARDS)]


class Relay:
    """One replica's share of the work; any replica may take any shard."""

    def __init__(self, redis: "Redis", publisher: Publisher) -> None:
        self._redis, self._publisher, self._scripts = redis, publisher, Scripts(redis)
        self._token = secrets.token_hex(8)
        self._unreadable = set[bytes]()

    async def step(self) -> float | None:
        """Say what every shard has to say, all shards in one go, until none is left with a whole batch."""
        full = True
        while full and self._publisher.ready.is_set():
            busy = await self._busy()
            given = await self._drain(BATCH, {shard: [] for shard in busy})
            said = await self._say(given)
            await self._drain(0, said)
            full = any(len(entries) == BATCH for entries in given.values()) and any(said.values())
        return None

    async def _busy(self) -> list[int]:
        async with self._redis.pipeline(transaction=False) as asking:
            for shard in range(SHARDS):
                asking.xlen(shard_key(shard, "events"))
            lengths = await asking.execute()
        return [shard for shard, length in enumerate(lengths) if length]

    async def _drain(self, most: int, said: Mapping[int, Sequence[bytes]]) -> dict[int, list[Entry]]:
        """Delete what was said and take what comes next, shard by shard; none of one that another replica has."""
        found = await asyncio.gather(
            *(self._scripts("drain", _KEYS[shard], self._token, LEASE_MS, most, *ids) for shard, ids in said.items())
        )
        return dict(zip(said, found, strict=True))

    async def _say(self, given: Mapping[int, Sequence[Entry]]) -> dict[int, list[bytes]]:
        """The entries that the broker has safe; the others stay."""
        envelopes = {shard: list(self._readable(entries)) for shard, entries in given.items() if entries}
        safe = await self._publisher.publish_all(one for named in envelopes.values() for _, one in named)
        return {shard: [id_ for id_, one in named if one.id in safe] for shard, named in envelopes.items()}

    def _readable(self, entries: Sequence[Entry]) -> Iterator[tuple[bytes, Envelope]]:
        """Entries as events; one that is none stays where it is, is told of once, and stops no other."""
        for id_, fields in entries:
            try:
                yield id_, envelope(fields)
            except Exception as error:  # noqa: BLE001  whatever an entry is
                if id_ not in self._unreadable:
                    log.warning("an entry that is no event", entry=id_.decode(), error=repr(error))
                self._unreadable.add(id_)


def envelope(fields: Sequence[bytes]) -> Envelope:
    """An entry (name, value, name, …) as the event it is; id and time were fixed when the seats changed."""
    text = {name.decode(): value.decode() for name, value in zip(fields[::2], fields[1::2], strict=True)}
    event = _event(text)
    return Envelope(
        id=f"{text['hold']}:{text['what']}:{text['version']}",
        type=event.type,
        subject=event.subject,
        time=instant(int(text["at"])).isoformat(timespec="milliseconds"),
        traceparent=text["trace"] or telemetry.new_traceparent(),
        data=event.model_dump_json(),
    )


def _event(text: dict[str, str]) -> Event:
    if text["what"] == "held":
        return SeatsHeld.model_validate(
            {
                "showtime_id": text["showtime"],
                "hold_id": text["hold"],
                "user_id": text["user"],
                "seat_ids": text["seats"].split(),
                "expires_at": instant(int(text["until"])),
                "version": int(text["version"]),
            }
        )
    return SeatsReleased.model_validate(
        {
            "showtime_id": text["showtime"],
            "hold_id": text["hold"],
            "seat_ids": text["seats"].split(),
            "reason": text["reason"],
        }
    )
