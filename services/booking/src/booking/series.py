"""Mongo: the series that invoices and credit notes are numbered in, one document each.

A document has the `last` number and, in `open`, the papers that were given one and may not have recorded it yet. Every
write is conditional on `last` and raises it, so a process that remembers a document with the present `last` remembers
all of it. A paper gets a new number only when neither `open` nor its booking has one, and its booking is read after the
document: what is in neither was never given, for it leaves `open` when its booking has it.

A process that goes on giving numbers alone reads neither. It remembers the document that it has written; as long as its
next write finds that `last` nobody else has given a number since it began to remember. A booking that it looked at
after that, and after the last papers left `open`, and that had no number then, has none. `tests/model` searches this.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from time import monotonic
from typing import NamedTuple

from pymongo.errors import DuplicateKeyError

from booking.usecases.ports import Recorded
from chassis import mongo

_MOST_OPEN = 200


class _State(NamedTuple):
    """A series as it was read: the last number, and the numbers of papers that may not be recorded."""

    last: int
    open: dict[str, int]


class _Memory(NamedTuple):
    """A series as this process wrote it last, and since when (by `monotonic`) nobody else has given a number, if nobody
    has yet, and no paper has left `open`."""

    state: _State
    since: float


class MongoSeries:
    """As the port has it. Callers of one process wait for each other; those of several find out by `last`."""

    def __init__(self, collection: mongo.Collection) -> None:
        self._collection = collection
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._recorded: defaultdict[str, set[str]] = defaultdict(set)
        self._memories: dict[str, _Memory] = {}

    async def take(self, series: str, papers: Mapping[str, float], recorded: Recorded) -> dict[str, int]:
        async with self._locks[series]:
            while True:
                # It comes back with the write that is conditional on it: after one that fails all is read anew.
                memory = self._memories.pop(series, None)
                state, since = memory if memory is not None else await self._read(series)
                self._recorded[series] &= state.open.keys()  # others were taken out by another process
                numbers = {paper: state.open[paper] for paper in papers if paper in state.open}
                doubtful = [paper for paper, began in papers.items() if paper not in numbers and began <= since]
                numbers |= await recorded(doubtful) if doubtful else {}
                new = [paper for paper in papers if paper not in numbers]
                given = {paper: number for number, paper in enumerate(new, state.last + 1)}
                if not new:
                    return numbers
                if written := await self._give(series, _Memory(state, since), given, recorded):
                    self._memories[series] = written
                    return numbers | given

    def note_recorded(self, series: str, papers: Collection[str]) -> None:
        self._recorded[series].update(papers)

    @property
    def remembered(self) -> int:
        """How many papers that are recorded may still be open."""
        return sum(map(len, self._recorded.values()))

    async def _read(self, series: str) -> _Memory:
        document = await self._collection.find_one({"_id": series}) or {"last": 0, "open": []}
        state = _State(document["last"], {entry["paper"]: entry["number"] for entry in document["open"]})
        return _Memory(state, monotonic())

    async def _give(self, series: str, memory: _Memory, given: dict[str, int], recorded: Recorded) -> _Memory | None:
        """The conditional write, and the series after it; None where another process has given numbers since."""
        state, done = memory.state, self._recorded[series] & memory.state.open.keys()
        if len(state.open) - len(done) > _MOST_OPEN:  # those of processes that have died since
            done |= (await recorded(state.open.keys() - done)).keys()
        since = monotonic() if done else memory.since  # whoever looks from now on sees the numbers of those in `done`
        still_open = {paper: number for paper, number in state.open.items() if paper not in done} | given
        entries = [{"paper": paper, "number": number} for paper, number in still_open.items()]
        values = {"last": state.last + len(given), "open": entries}
        unchanged, is_new = {"_id": series, "last": state.last}, not state.last
        try:
            written = await self._collection.update(unchanged, {"$set": values}, upsert=is_new)
        except DuplicateKeyError:
            return None
        if not written:
            return None
        self._recorded[series] -= done
        return _Memory(_State(state.last + len(given), still_open), since)
