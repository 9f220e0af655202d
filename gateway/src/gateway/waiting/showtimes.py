"""What a waiting room has to know of its showtime, from catalog's public page."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cachetools import TTLCache

from chassis.calls import Peer
from chassis.problems import Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable
from contracts.ids import is_id
from gateway.errors import ShowtimeNotFound

_REMEMBERED, _REMEMBERED_SECONDS = 1_000, 30.0


@dataclass(frozen=True, slots=True)
class Showtime:
    """A showtime; `status` as its page says."""

    id: str
    theater_id: str
    starts_at: datetime
    ends_at: datetime
    status: str

    def is_open(self, now: datetime) -> bool:
        """Whether it is still sold."""
        return self.status == "scheduled" and now < self.starts_at


class Showtimes:
    """Reads showtimes, and remembers them for half a minute."""

    def __init__(self, catalog: Peer) -> None:
        self._catalog = catalog
        self._known: TTLCache[str, Showtime] = TTLCache(_REMEMBERED, _REMEMBERED_SECONDS)

    async def get(self, showtime_id: str) -> Showtime:
        """The showtime; raises `ShowtimeNotFound`, or `Unavailable` where catalog cannot say."""
        if not is_id("sho", showtime_id):
            raise ShowtimeNotFound("no showtime has this id")
        showtime = self._known.get(showtime_id)
        if showtime is None:
            showtime = self._known[showtime_id] = await self._read(showtime_id)
        return showtime

    async def newest(self, showtime_id: str) -> Showtime:
        """The same, as it is now."""
        self._known.pop(showtime_id, None)
        return await self.get(showtime_id)

    async def _read(self, showtime_id: str) -> Showtime:
        try:
            answer = await self._catalog.call("GET", f"/api/showtimes/{showtime_id}")
        except (PeerUnavailable, PeerTimeout):
            raise Unavailable("catalog cannot be reached") from None
        if answer.status == 404:
            raise ShowtimeNotFound("no showtime has this id")
        if answer.status != 200:
            raise Unavailable(f"catalog answered {answer.status}")
        page = answer.body
        return Showtime(
            showtime_id, page["theaterId"], _time(page["startAt"]), _time(page["endAt"]), str(page["status"])
        )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
