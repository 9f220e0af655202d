"""What the scripts said into their shard's stream goes to the broker: leased per shard, confirmed, then deleted."""

import asyncio
import secrets
from importlib import resources
from typing import Any

from chassis.broker import NotPublished, Publisher
from chassis.envelope import Envelope
from chassis.logs import logger
from contracts.event import Event
from contracts.seating import SeatsHeld, SeatsReleased
from redis.asyncio import Redis

from chassis import telemetry
from seating.domain import instant
from seating.holds import SHARDS, shard_key

log = logger(__name__)
LEASE_MS = 15_000
BATCH = 200


class Relay:
    """One copy's share of the work; any copy may take any shard."""

    def __init__(self, redis: "Redis", publisher: Publisher) -> None:
        self._redis, self._publisher = redis, publisher
        self._token = secrets.token_hex(8)
        folder = resources.files("seating") / "lua"
        self._drain = redis.register_script((folder / "drain.lua").read_text(encoding="utf-8"))

    async def step(self) -> None:
        """Look once at all shards, and empty those that have something to say."""
        if not self._publisher.ready.is_set():
            return
        async with self._redis.pipeline(transaction=False) as asking:
            for shard in range(SHARDS):
                asking.xlen(shard_key(shard, "events"))
            lengths = await asking.execute()
        busy = [shard for shard, length in enumerate(lengths) if length]
        await asyncio.gather(*(self._empty(shard) for shard in busy))

    async def _empty(self, shard: int) -> None:
        keys = [shard_key(shard, "relay"), shard_key(shard, "events")]
        entries = await self._drain(keys=keys, args=[self._token, LEASE_MS, BATCH])
        while entries:
            said = await self._say(entries)
            entries = await self._drain(keys=keys, args=[self._token, LEASE_MS, BATCH, *said])
            if not said:
                return

    async def _say(self, entries: list[Any]) -> list[bytes]:
        """The ids of what the broker confirmed, in order, up to the first that it did not."""
        said = []
        for entry_id, fields in entries:
            try:
                await self._publisher.publish(envelope(dict(zip(fields[::2], fields[1::2], strict=True))))
            except NotPublished as error:
                log.warning("seats' events wait in their stream", error=str(error))
                break
            said.append(entry_id)
        return said


def envelope(entry: dict[bytes, bytes]) -> Envelope:
    """An entry as the event it is; id and time were fixed when the seats changed."""
    text = {name.decode(): value.decode() for name, value in entry.items()}
    event = _event(text)
    return Envelope(
        id=f"{text['hold']}:{text['what']}:{text['version']}", type=event.type, subject=event.subject,
        time=instant(int(text["at"])).isoformat(timespec="milliseconds"),
        traceparent=text["trace"] or telemetry.new_traceparent(), data=event.model_dump_json(),
    )  # fmt: skip


def _event(text: dict[str, str]) -> Event:
    if text["what"] == "held":
        return SeatsHeld.model_validate({
            "showtime_id": text["showtime"], "hold_id": text["hold"], "user_id": text["user"],
            "seat_ids": text["seats"].split(), "expires_at": instant(int(text["until"])),
            "version": int(text["version"]),
        })  # fmt: skip
    return SeatsReleased.model_validate({
        "showtime_id": text["showtime"], "hold_id": text["hold"], "seat_ids": text["seats"].split(),
        "reason": text["reason"],
    })  # fmt: skip
