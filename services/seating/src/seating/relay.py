"""What the scripts emitted into their shard's stream goes to the broker: leased per shard, confirmed, then deleted."""

import asyncio
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from redis.asyncio import Redis

from chassis import telemetry
from chassis.broker import Publisher
from chassis.envelope import Envelope
from chassis.logs import logger
from contracts.event import Event
from contracts.seating import MapChanged, SeatsHeld, SeatsReleased
from seating.domain import instant
from seating.scripts import Scripts
from seating.shards import SHARDS, shard_key
from seating.touched import TouchedShards, taken

log = logger(__name__)
LEASE_MS = 15_000
BATCH = 50  # of each of the 64 shards: a step has to be over before its leases are
Entry = tuple[bytes, Sequence[bytes]]
"""An entry of a stream: its id, and its fields as name, value, name, …"""
_KEYS = [(shard_key(shard, "lease").encode(), shard_key(shard, "events").encode()) for shard in range(SHARDS)]


class Relay:
    """One replica's share of the work; any replica may take any shard."""

    def __init__(self, redis: "Redis", touched: TouchedShards, publisher: Publisher) -> None:
        self._touched, self._publisher, self._scripts = touched, publisher, Scripts(redis)
        self._token = secrets.token_hex(8)
        self._unreadable = set[bytes]()

    async def step(self) -> None:
        """Publish what every touched shard has, all shards in one go, until none is left with a whole batch."""
        is_full = True
        while is_full and self._publisher.ready.is_set():
            with taken(self._touched.events) as shards:
                is_full = await self._publish_from(shards)

    async def _publish_from(self, shards: Collection[int]) -> bool:
        """Publish a batch of each shard; True where it is worth going on at once. A shard with more stays noted, and so
        does one that another replica has at this moment or whose events the broker did not confirm."""
        drained = await self._drain(BATCH, dict.fromkeys(shards, ()))
        leased_by_another = {shard for shard, (is_ours, *_) in drained.items() if not is_ours}
        entries = {shard: answer[1] for shard, answer in drained.items() if shard not in leased_by_another}
        envelopes = {shard: list(self._readable(batch)) for shard, batch in entries.items() if batch}
        published = await self._publish(envelopes)
        await self._drain(0, published)
        unconfirmed = {shard for shard, batch in envelopes.items() if len(published[shard]) < len(batch)}
        more = {shard for shard, batch in entries.items() if len(batch) == BATCH}
        self._touched.events.update(leased_by_another | unconfirmed | more)
        return bool(more) and any(published.values())

    async def _drain(self, maximum: int, published: Mapping[int, Sequence[bytes]]) -> dict[int, list[Any]]:
        """Delete what was published or take what comes next, shard by shard, as `drain.lua` says."""
        drains = [
            self._scripts("drain", _KEYS[shard], self._token, LEASE_MS, maximum, *ids)
            for shard, ids in published.items()
        ]
        return dict(zip(published, await asyncio.gather(*drains), strict=True))

    async def _publish(self, envelopes: Mapping[int, Sequence[tuple[bytes, Envelope]]]) -> dict[int, list[bytes]]:
        """Publish the events of each shard; the ids of the entries that the broker has confirmed. The others stay."""
        confirmed = await self._publisher.publish_all(envelope for batch in envelopes.values() for _, envelope in batch)
        return {
            shard: [id_ for id_, envelope in batch if envelope.id in confirmed] for shard, batch in envelopes.items()
        }

    def _readable(self, entries: Sequence[Entry]) -> Iterator[tuple[bytes, Envelope]]:
        """Entries as events; one that is none stays where it is, is logged once, and stops no other."""
        for id_, fields in entries:
            try:
                yield id_, envelope_of(fields)
            except Exception as error:  # noqa: BLE001  whatever an entry is
                if id_ not in self._unreadable:
                    log.warning("an entry that is no event", entry=id_.decode(), error=repr(error))
                self._unreadable.add(id_)


def envelope_of(fields: Sequence[bytes]) -> Envelope:
    """An entry's fields (name, value, name, …) as the event it is; id and time were fixed when the seats changed."""
    text = {name.decode(): value.decode() for name, value in zip(fields[::2], fields[1::2], strict=True)}
    event = _event(text)
    return Envelope(
        id=f"{text.get('hold') or text['showtime']}:{text['what']}:{text['version']}",
        type=event.type,
        subject=event.subject,
        time=instant(int(text["at"])).isoformat(timespec="milliseconds"),
        traceparent=text.get("trace") or telemetry.new_traceparent(),
        data=event.model_dump_json(),
    )


def _event(text: Mapping[str, str]) -> Event:
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
    if text["what"] == "map":
        return MapChanged.model_validate(
            {
                "showtime_id": text["showtime"],
                "version": int(text["version"]),
                "since": int(text["since"]),
                "changes": [tuple(change.rsplit(":", 1)) for change in text["changes"].split()],
                "whole": text["whole"] == "1",
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
