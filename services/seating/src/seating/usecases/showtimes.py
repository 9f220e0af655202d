"""The showtimes this process has seen; one that catalog has just scheduled may be waited for."""

import asyncio
import time

from cachetools import FIFOCache

from contracts.ids import ShowtimeId, is_id, made_at
from seating.domain import Showtime
from seating.errors import ShowtimeNotFound
from seating.single_flight import SingleFlight
from seating.usecases.ports import Snapshots

YOUNG_SECONDS = 10.0
WAIT_SECONDS = 2.0
MAX_WAITING = 50  # so that invented ids keep nobody from their seats
_CACHED = 5_000
_POLL_SECONDS = 0.05


class Showtimes:
    """A bounded cache over the stored snapshots. What it gives may be older than the newest stored snapshot."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._cache: FIFOCache[str, Showtime] = FIFOCache(_CACHED)
        self._fetches = SingleFlight()
        self._waiting = 0

    async def get(self, showtime_id: str, *, wait_seconds: float | None = None) -> Showtime:
        """A showtime by its id. Its snapshot is waited for: for `wait_seconds`, by default only where the id is young.

        Raises `ShowtimeNotFound`.
        """
        cached = self._cache.get(showtime_id)
        if cached is not None:
            return cached
        if not is_id("sho", showtime_id):
            raise ShowtimeNotFound("no such showtime")
        if wait_seconds is None:
            is_young = time.time() - made_at(showtime_id) < YOUNG_SECONDS
            wait_seconds = WAIT_SECONDS if is_young and self._waiting < MAX_WAITING else 0
        self._waiting += 1
        try:
            return await self._wait_for(ShowtimeId(showtime_id), time.monotonic() + wait_seconds)
        finally:
            self._waiting -= 1

    async def newest(self, showtime_id: ShowtimeId) -> Showtime | None:
        """The showtime by its newest stored snapshot, whatever is in the cache; None before its first."""
        await self._fetches(showtime_id, lambda: self._fetch(showtime_id))
        return self._cache.get(showtime_id)

    async def _wait_for(self, showtime_id: ShowtimeId, deadline: float) -> Showtime:
        while (showtime := await self.newest(showtime_id)) is None:
            if time.monotonic() >= deadline:
                raise ShowtimeNotFound("no such showtime")
            await asyncio.sleep(_POLL_SECONDS)
        return showtime

    async def _fetch(self, showtime_id: ShowtimeId) -> None:
        stored = await self._snapshots.find(showtime_id)
        cached = self._cache.get(showtime_id)
        if stored is not None and (cached is None or _age(cached) < _age(stored)):
            self._cache[showtime_id] = stored


def _age(showtime: Showtime) -> tuple[int, int]:
    """Neither a snapshot nor a plan that was stored is ever followed by an older one."""
    return showtime.plan_number, showtime.snapshot.revision
