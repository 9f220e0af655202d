"""A showtime's seats as this copy of the gateway knows them: pure. What was heard is shown batch by batch."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.seating import MapChanged
from gateway.live import frames
from gateway.live.frames import Change, Frame

Status = Literal["open", "begun", "cancelled"]
_REMEMBERED = 1_000  # changes, for those who come back
_MOST_WAITING = 5_000  # changes heard while the map is read; with more it is read once more


@dataclass(frozen=True, slots=True)
class SeatsNow:
    """What seating answered: `state` has a letter for each of `seat_ids`."""

    version: int
    seat_ids: tuple[str, ...]
    state: str
    status: Status


@dataclass(frozen=True, slots=True)
class _Step:
    since: int
    version: int
    changes: Sequence[Change]


class Room:
    """One showtime. It is `lost` until its map was read, and again whenever a change was missed: what it hears
    meanwhile waits for the next reading."""

    def __init__(self, showtime_id: str) -> None:
        self.showtime_id = showtime_id
        self.lost, self.losses = True, 0
        self.status: Status = "open"
        self._version = self._shown_version = -1
        self._letters: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        self._pending: list[_Step] = []
        self._recent: deque[_Step] = deque(maxlen=_REMEMBERED)
        self._waiting: list[MapChanged] = []
        self._is_another_map = False

    @property
    def version(self) -> int:
        """Of what is shown; -1 before the map was read."""
        return self._shown_version

    @property
    def state(self) -> str:
        """The letters that are shown."""
        return "".join(self._shown.values())

    @property
    def snapshot(self) -> Frame:
        """The whole map that is shown."""
        return frames.snapshot(self.showtime_id, self._shown_version, self.state)

    @property
    def has_news(self) -> bool:
        """Whether `take` has something."""
        return bool(self._pending) or self._is_another_map

    def hear(self, change: MapChanged) -> None:
        """Note a change. One that does not follow upon the last makes the room `lost`."""
        if self.lost:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append(change)
            return
        if change.version <= self._version:
            return
        if change.whole or change.since != self._version:
            self.lost = True
            self.losses += 1
            self._waiting.append(change)
            return
        self._step(change.version, change.changes)

    def read(self, now: SeatsNow) -> None:
        """The map was read. What a reading knows that was not heard becomes a change like any other."""
        self.status = now.status
        if not self.lost and now.version <= self._version:
            return  # of before what was heard since
        letters = dict(zip(now.seat_ids, now.state, strict=True))
        if letters.keys() != self._letters.keys() or now.version < self._version:
            self._replace(now.version, letters)
        elif now.version > self._version:
            changes = [(seat, letter) for seat, letter in letters.items() if self._letters[seat] != letter]
            self._step(now.version, changes)
        self.lost = False
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            self.hear(change)

    def take(self) -> Frame | None:
        """All that was heard since the last time, as one change that names a seat once. None where the map is another
        one: then those who watch need the whole of it."""
        pending, self._pending = self._pending, []
        self._recent.extend(pending)
        self._shown, since = dict(self._letters), self._shown_version
        self._shown_version = self._version
        if self._is_another_map:
            self._is_another_map = False
            return None
        return frames.seats(self.showtime_id, self._shown_version, since, _merged(pending))

    def since(self, version: int) -> Frame | None:
        """What has changed since this version, up to what is shown; None where that is not known any more."""
        if version == self._shown_version:
            return frames.seats(self.showtime_id, version, version, [])
        steps = list(self._recent)
        for place, step in enumerate(steps):
            if step.since == version:
                return frames.seats(self.showtime_id, self._shown_version, version, _merged(steps[place:]))
        return None

    def _step(self, version: int, changes: Sequence[Change]) -> None:
        self._pending.append(_Step(self._version, version, changes))
        self._letters.update(changes)
        self._version = version

    def _replace(self, version: int, letters: dict[str, str]) -> None:
        is_first = self._version < 0
        self._pending.clear()
        self._recent.clear()
        self._version, self._letters = version, letters
        if is_first:
            self._shown_version, self._shown = version, dict(letters)
        else:
            self._is_another_map = True


def _merged(steps: Sequence[_Step]) -> list[Change]:
    letters: dict[str, str] = {}
    for step in steps:
        letters.update(step.changes)
    return list(letters.items())
