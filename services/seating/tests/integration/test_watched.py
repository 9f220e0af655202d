"""A map that somebody watches: each of its changes is emitted, and whoever applies them sees what the map shows."""

import random
from datetime import UTC, datetime

import pytest
from services.seating.tests.factories import a_cancellation, a_user, some_cancelled
from services.seating.tests.harness import Harness
from tests.factories import a_snapshot, at

from contracts.ids import ScreenId, new_id
from contracts.layout import Layout, ScreenDetails
from contracts.seating import MapChanged
from seating.domain import Showtime
from seating.relay import envelope_of
from seating.shards import meta_key
from seating.usecases.replans import ReplanRequest

ends_soon = pytest.mark.parametrize("hold_seconds", [1])


class Watcher:
    """Somebody who read the map once, and knows it by its changes since."""

    def __init__(self, harness: Harness, showtime: Showtime) -> None:
        self._harness, self._showtime = harness, showtime
        self.letters: dict[str, str] = {}
        self.version = 0
        self.is_another = False

    async def watch(self) -> None:
        answer = await self._harness.call("POST", f"/internal/showtimes/{self._showtime.id}/watch")
        assert answer.status == 200, answer.body
        self.letters = dict(zip(answer.json["seatIds"], answer.json["state"], strict=True))
        self.version, self.is_another = answer.json["version"], False

    async def changes(self) -> list[MapChanged]:
        entries = await self._harness.emitted(self._showtime)
        fields = [
            [part.encode() for pair in each.items() for part in pair] for each in entries if each["what"] == "map"
        ]
        return [MapChanged.model_validate_json(envelope_of(each).data) for each in fields]

    async def follow(self) -> None:
        """Apply what was emitted since; no version is left out, and no change names a seat twice."""
        for change in await self.changes():
            if change.version <= self.version:
                continue
            assert change.since == self.version
            assert len(dict(change.changes)) == len(change.changes)
            self.version, self.is_another = change.version, self.is_another or change.whole
            self.letters |= dict(change.changes)

    @property
    def state(self) -> str:
        return "".join(self.letters.values())


async def test_who_follows_the_changes_sees_what_the_map_shows(harness: Harness) -> None:
    chance, showtime = random.Random(11), await harness.showtime(layout={"rows": 3, "cols": 8})
    watcher, free = Watcher(harness, showtime), [seat.seat_id for seat in showtime.seats]
    await watcher.watch()
    chance.shuffle(free)
    for turn in range(10):
        buyer, seats = a_user(), [free.pop(), free.pop()]
        match turn % 5:
            case 0:
                await harness.held(showtime, buyer, *seats)
            case 1:
                hold = await harness.held(showtime, buyer, *seats)
                await harness.use_cases.holding.release(buyer, hold)
            case 2:
                await harness.use_cases.sales.sell(await harness.checked_out(showtime, buyer, *seats))
            case 3:
                sale = await harness.checked_out(showtime, buyer, *seats)
                await harness.use_cases.sales.sell(sale)
                await harness.use_cases.sales.cancel_seats(some_cancelled(sale, seats[0]))
                await harness.use_cases.sales.cancel(a_cancellation(sale))
            case _:
                wish = ReplanRequest(blocked_seats=(seats[0],))
                await harness.use_cases.replans.replan(showtime.id, wish)
        await watcher.follow()
        assert watcher.state == await harness.map(showtime)
    assert not watcher.is_another
    assert set(watcher.state) == set("ahsb")


@ends_soon
async def test_the_end_of_a_hold_is_a_change_too(harness: Harness) -> None:
    showtime = await harness.showtime()
    watcher = Watcher(harness, showtime)
    await watcher.watch()
    await harness.held(showtime, a_user(), "A1", "A2")
    await watcher.follow()
    assert watcher.letters["A1"] == watcher.letters["A2"] == "h"
    await harness.redis_reaches(await harness.redis_now() + 1_001)
    assert await harness.seat(showtime, "A1") == "a"
    await watcher.follow()
    assert watcher.state == await harness.map(showtime)


async def test_a_cancelled_show_and_another_screen_are_another_map(harness: Harness) -> None:
    showtime = await harness.showtime()
    watcher = Watcher(harness, showtime)
    await watcher.watch()
    screen = ScreenDetails(screen_id=ScreenId(new_id("scr")), name="Screen 9")
    await harness.use_cases.replans.replan(showtime.id, ReplanRequest(screen=screen, layout=Layout(rows=1, cols=4)))
    await watcher.follow()
    assert watcher.is_another
    await watcher.watch()
    assert (watcher.state, watcher.is_another) == ("aaaa", False)
    cancelled = (await harness.use_cases.replans.showtime(showtime.id)).snapshot
    await harness.use_cases.scheduling.follow(cancelled.model_copy(update={"status": "cancelled", "revision": 9}))
    await watcher.follow()
    assert watcher.is_another
    answer = await harness.call("POST", f"/internal/showtimes/{showtime.id}/watch")
    assert (answer.json["status"], answer.json["state"]) == ("cancelled", "bbbb")


async def test_a_show_that_is_cancelled_after_it_began_is_another_map_once_more(harness: Harness) -> None:
    showtime = await harness.showtime(a_snapshot(start_at=at(-1)))
    watcher = Watcher(harness, showtime)
    await watcher.watch()
    cancelled = showtime.snapshot.model_copy(update={"status": "cancelled", "revision": 9})
    for _ in range(2):
        await harness.use_cases.scheduling.follow(cancelled)
    await watcher.follow()
    assert watcher.is_another
    answer = await harness.call("POST", f"/internal/showtimes/{showtime.id}/watch")
    assert (answer.json["status"], answer.json["version"]) == ("cancelled", watcher.version)


async def test_a_show_that_has_begun_says_so(harness: Harness) -> None:
    showtime = await harness.showtime(a_snapshot(start_at=at(-1)))
    answer = await harness.call("POST", f"/internal/showtimes/{showtime.id}/watch")
    assert (answer.json["status"], set(answer.json["state"])) == ("begun", {"b"})
    assert (await harness.call("POST", "/internal/showtimes/sho_none/watch")).status == 404


async def test_nothing_is_emitted_that_nobody_watches(harness: Harness) -> None:
    showtime = await harness.showtime()
    watcher = Watcher(harness, showtime)
    await harness.held(showtime, a_user(), "A1")
    assert await watcher.changes() == []
    await watcher.watch()
    await harness.redis.hset(
        meta_key(showtime.id), "watched_until", round(datetime.now(UTC).timestamp() * 1000) - 5_000
    )
    await harness.held(showtime, a_user(), "A2")
    assert await watcher.changes() == []
