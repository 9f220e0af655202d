"""A waiting room as an admin has set it: how it is stored, and how admin calls and slow holds change it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from gateway.waiting import line
from gateway.waiting.line import Pace, Paces

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Room:
    """The room of a showtime. It is in force while it has paces; an automatic one without them waits for slow holds.

    `key` signs its passes. `ends_at` (milliseconds) is when nobody needs it any more. `version` rises with each change.
    """

    showtime_id: str
    theater_id: str
    per_minute: int
    automatic: bool
    paces: Paces
    ends_at: int
    version: int
    key: str

    @property
    def is_in_force(self) -> bool:
        """Whether a hold needs a pass."""
        return bool(self.paces)

    @property
    def opens_at(self) -> int | None:
        """When the lots are drawn, in microseconds; None while it is not in force."""
        return self.paces[0].since if self.paces else None

    def fields(self) -> dict[str, str]:
        """As Redis stores it; the scripts read the last pace by itself."""
        last = self.paces[-1] if self.paces else None
        paces = [(pace.turn, pace.since, pace.interval) for pace in self.paces]
        return {
            "theater_id": self.theater_id,
            "per_minute": str(self.per_minute),
            "automatic": "1" if self.automatic else "",
            "paces": orjson.dumps(paces).decode(),
            "opens_at": str(self.opens_at or ""),
            "turn": repr(last.turn) if last else "",
            "since": str(last.since) if last else "",
            "interval": repr(last.interval) if last else "",
            "ends_at": str(self.ends_at),
            "version": str(self.version),
            "key": self.key,
        }


def stored(showtime_id: str, fields: Mapping[str, str]) -> Room:
    """The room of these fields."""
    return Room(
        showtime_id,
        fields["theater_id"],
        int(fields["per_minute"]),
        fields["automatic"] == "1",
        tuple(Pace(turn, since, interval) for turn, since, interval in orjson.loads(fields["paces"])),
        int(fields["ends_at"]),
        int(fields["version"]),
        fields["key"],
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What an admin call asks for; `opens_at` in microseconds."""

    per_minute: int
    automatic: bool
    opens_at: int | None

    def new(self, showtime_id: str, theater_id: str, ends_at: int, now: int) -> Room:
        """The room of a showtime that has none. Without a time: now, or once holds are slow."""
        paces: Paces = ()
        if self.opens_at is not None or not self.automatic:
            paces = line.opened(max(now, self.opens_at or now), self.per_minute)
        key = secrets.token_hex(_KEY_BYTES)
        return Room(showtime_id, theater_id, self.per_minute, self.automatic, paces, ends_at, now // 1_000, key)

    def changed(self, room: Room, now: int) -> Room:
        """The room as asked for from now on. One that has opened stays open, and nobody loses a place."""
        paces = room.paces
        if not paces or now < paces[0].since:
            wanted = self.new(room.showtime_id, room.theater_id, room.ends_at, now)
            paces = wanted.paces
        else:
            paces = line.with_pace(paces, now, self.per_minute)
        changed = replace(room, per_minute=self.per_minute, automatic=self.automatic, paces=paces)
        return changed if changed == room else replace(changed, version=room.version + 1)


def opened(room: Room, now: int) -> Room:
    """An automatic room that opens now: holds are slow."""
    return replace(room, paces=line.opened(now, room.per_minute), version=room.version + 1)


def armed(room: Room) -> Room:
    """An automatic room that is not in force any more, and waits for slow holds."""
    return replace(room, paces=(), version=room.version + 1)


def waiting(room: Room, last: float, now: int) -> int:
    """How many wait, of a line after whose last turn comes `last`."""
    opens_at = room.opens_at
    if opens_at is None:
        return 0
    if now < opens_at:
        return int(last)
    behind = last - 1 - line.turn_at(room.paces, now)
    return max(0, -int(-behind // 1))
