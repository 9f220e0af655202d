"""Mongo: the series that invoices and credit notes are numbered in, one document each.

A document has the `last` number and, in `open`, the papers that were given one and may not have recorded it yet. Every
write is conditional on `last` and raises it, so a process that remembers a document with the present `last` remembers
all of it. A paper gets a new number only when neither `open` nor its booking has one, and its booking is read after the
document: what is in neither was never given, for it leaves `open` when its booking has it. `tests/model` searches this.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from pymongo.errors import DuplicateKeyError

from booking.usecases.ports import Recorded
from chassis import mongo

_MOST_OPEN = 200


class _State(NamedTuple):
    """A series as it was read: the last number, and the numbers of papers that may not be recorded."""

    last: int
    open: dict[str, int]


class MongoSeries:
    """As the port has it. Callers of one process wait for each other; those of several find out by `last`."""

    def __init__(self, collection: mongo.Collection) -> None:
        self._collection = collection
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._recorded: defaultdict[str, set[str]] = defaultdict(set)

    async def take(self, series: str, papers: Collection[str], recorded: Recorded) -> dict[str, int]:
        async with self._locks[series]:
            while True:
                state = await self._read(series)
                self._recorded[series] &= state.open.keys()  # others were taken out by another process
                numbers = {paper: state.open[paper] for paper in papers if paper in state.open}
                rest = [paper for paper in papers if paper not in numbers]
                numbers |= await recorded(rest) if rest else {}
                new = [paper for paper in rest if paper not in numbers]
                given = {paper: number for number, paper in enumerate(new, state.last + 1)}
                if not new or await self._give(series, state, given, recorded):
                    return numbers | given

    def note_recorded(self, series: str, papers: Collection[str]) -> None:
        self._recorded[series].update(papers)

    @property
    def remembered(self) -> int:
        """How many papers that are recorded may still be open."""
        return sum(map(len, self._recorded.values()))

    async def _read(self, series: str) -> _State:
        document = await self._collection.find_one({"_id": series})
        if document is None:
            return _State(0, {})
        return _State(document["last"], {entry["paper"]: entry["number"] for entry in document["open"]})

    async def _give(self, series: str, state: _State, given: dict[str, int], recorded: Recorded) -> bool:
        """The conditional write; False where another process has given numbers since."""
        done = self._recorded[series] & state.open.keys()
        if len(state.open) - len(done) > _MOST_OPEN:  # those of processes that have died since
            done |= (await recorded(state.open.keys() - done)).keys()
        still_open = {paper: number for paper, number in state.open.items() if paper not in done} | given
        entries = [{"paper": paper, "number": number} for paper, number in still_open.items()]
        values = {"last": state.last + len(given), "open": entries}
        unchanged, is_new = {"_id": series, "last": state.last}, not state.last
        try:
            written = await self._collection.update(unchanged, {"$set": values}, upsert=is_new)
        except DuplicateKeyError:
            return False
        if written:
            self._recorded[series] -= done
        return bool(written)
