"""Mongo: the newest snapshot of each showtime, and those that this process remembers."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from cachetools import LRUCache
from pymongo import IndexModel

from booking.domain.business_days import business_day
from chassis import due, mongo
from chassis.mongo import Document
from contracts.catalog import ShowtimeSnapshot

_LEASE = timedelta(seconds=30)
_REMEMBERED = 512
_OF_REPORTS = (
    IndexModel([("theater_id", 1), ("day", 1)]),
    IndexModel([("day", 1)]),
    IndexModel([("movie_id", 1), ("start_at", -1)]),
    IndexModel([("screen_id", 1)]),
)


class MongoShowtimes:
    """One document per showtime; `due_at` is set until its snapshot has been applied to its bookings.

    A snapshot never changes: of each revision there is one. So what is remembered is right, but may not be the newest:
    another process may have stored a newer one.
    """

    def __init__(self, collection: mongo.Collection) -> None:
        self.collection = collection
        self._remembered: LRUCache[str, ShowtimeSnapshot] = LRUCache(_REMEMBERED)

    async def ensure_indexes(self) -> None:
        await self.collection.ensure_indexes(due.INDEX, *_OF_REPORTS)

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        """As the port has it; the snapshot is then due to be applied to its bookings."""
        values = {"snapshot": snapshot.model_dump_json(), "due_at": datetime.now(UTC), **_for_reports(snapshot)}
        if await self.collection.save_newest(snapshot.showtime_id, snapshot.revision, values):
            self._remember(snapshot)

    async def find(self, showtime_id: str) -> ShowtimeSnapshot | None:
        return self._remembered.get(showtime_id) or (await self._read({showtime_id})).get(showtime_id)

    async def find_newest(self, *showtime_ids: str) -> dict[str, ShowtimeSnapshot]:
        """As the port has it; of snapshots that are remembered only the revisions are looked at."""
        remembered = {known: self._remembered[known] for known in showtime_ids if known in self._remembered}
        same = [{"_id": known, "revision": snapshot.revision} for known, snapshot in remembered.items()]
        newest = await self.collection.find({"$or": same}, projection={"_id": 1}) if same else []
        snapshots = {document["_id"]: remembered[document["_id"]] for document in newest}
        return snapshots | await self._read(set(showtime_ids) - snapshots.keys())

    async def find_all(self, showtime_ids: Sequence[str]) -> dict[str, ShowtimeSnapshot]:
        snapshots = {known: self._remembered[known] for known in showtime_ids if known in self._remembered}
        return snapshots | await self._read(set(showtime_ids) - snapshots.keys())

    async def run_due(self, work: Callable[[ShowtimeSnapshot], Awaitable[object]]) -> None:
        """Do `work` with each snapshot that is due; a newer snapshot that came meanwhile stays due."""

        async def work_on(document: Document) -> None:
            await work(self._remember(_snapshot(document)))
            done = {"_id": document["_id"], "revision": document["revision"]}
            await self.collection.update(done, {"$unset": {"due_at": ""}})

        await due.run_due(self.collection, work_on, lease=_LEASE)

    async def _read(self, showtime_ids: Collection[str]) -> dict[str, ShowtimeSnapshot]:
        """Those that are stored, by id."""
        if not showtime_ids:
            return {}
        documents = await self.collection.find({"_id": {"$in": sorted(showtime_ids)}})
        return {document["_id"]: self._remember(_snapshot(document)) for document in documents}

    def _remember(self, snapshot: ShowtimeSnapshot) -> ShowtimeSnapshot:
        """The snapshot; it is remembered unless a newer one is."""
        remembered = self._remembered.get(snapshot.showtime_id)
        if remembered is None or remembered.revision < snapshot.revision:
            self._remembered[snapshot.showtime_id] = snapshot
        return snapshot


def _snapshot(document: Document) -> ShowtimeSnapshot:
    return ShowtimeSnapshot.model_validate_json(document["snapshot"])


def _for_reports(snapshot: ShowtimeSnapshot) -> Document:
    """What reports ask for and show; `day` is the business day on which the show starts, `seats` those not blocked."""
    return {
        "theater_id": snapshot.theater.theater_id,
        "screen_id": snapshot.screen.screen_id,
        "day": business_day(snapshot.start_at, snapshot.theater.timezone).isoformat(),
        "start_at": snapshot.start_at,
        "end_at": snapshot.end_at,
        "movie_id": snapshot.movie.movie_id,
        "title": snapshot.movie.title,
        "currency": snapshot.prices.currency,
        "status": snapshot.status,
        "seats": sum(not seat.blocked for seat in snapshot.layout.seats()),
    }
