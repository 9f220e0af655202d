"""What calls leave for a worker to do: who knows of it, whoever dies, and that an idle worker asks for nothing."""

from typing import Any

import pytest
from services.seating.tests.factories import a_user
from services.seating.tests.harness import Harness

from seating import touched
from seating.domain import Showtime
from seating.holds import AvailableSeats
from seating.shard_lists import ShardLists
from seating.shards import SHARDS, shard_key, shard_of
from seating.touched import TouchedShards


def known_to(harness: Harness) -> TouchedShards:
    return harness.seating.redis_holds.touched


async def commands(harness: Harness) -> int:
    """How many commands Redis has had, those of scripts too, but for questions like this."""
    stats: Any = await harness.redis.info("commandstats")
    return sum(stat["calls"] for name, stat in stats.items() if name != "cmdstat_info")


async def test_a_call_notes_what_it_did_to_its_shard_and_a_read_that_changed_nothing_notes_nothing(
    harness: Harness,
) -> None:
    showtime = await harness.showtime()
    known_to(harness).take_all()
    await harness.map(showtime)
    assert known_to(harness).take_all() == set()
    await harness.held(showtime, a_user(), "A1")
    shard = shard_of(showtime.id)
    assert (known_to(harness).events, known_to(harness).changed) == ({shard}, {shard})
    assert known_to(harness).due.keys() == {shard}


async def test_what_a_process_that_only_answers_has_touched_is_taken_over_by_one_worker(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    await harness.held(showtime, a_user(), "A1")
    await harness.seating.handover.give()
    assert known_to(harness).take_all() == set()
    await replica.seating.handover.receive()
    assert known_to(replica).events == {shard_of(showtime.id)}
    await harness.seating.handover.receive()
    assert known_to(harness).events == set()


async def test_what_nobody_knows_of_any_more_is_found_by_a_look_that_one_worker_takes(
    harness: Harness, replica: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    showtime = await harness.showtime()
    await harness.held(showtime, a_user(), "A1")
    known_to(harness).take_all()
    shard = shard_of(showtime.id)
    await replica.seating.handover.look()
    assert known_to(replica).events == set(), "what is so young is in somebody's hands"
    assert known_to(replica).due.keys() == {shard}
    await harness.redis.delete(touched.LOOK_TURN)
    monkeypatch.setattr(touched, "LEFT_BEHIND_MS", -1000)
    await harness.seating.handover.look()
    await replica.seating.handover.look()
    assert (known_to(harness).events, known_to(harness).changed) == ({shard}, {shard})
    assert known_to(replica).events == set()


async def test_a_look_finds_what_ends_earlier_than_what_the_worker_waits_for(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    await harness.map(showtime)
    await replica.seating.handover.look()
    sweeper, shard = replica.seating.watch.sweeper, shard_of(showtime.id)
    await sweeper.sweep()
    assert known_to(replica).due[shard] > await harness.redis_now() + 600_000, "the show begins then"
    await harness.held(showtime, a_user(), "A1")
    known_to(harness).take_all()
    await harness.redis.delete(touched.LOOK_TURN)
    await replica.seating.handover.look()
    await sweeper.sweep()
    assert known_to(replica).due[shard] == await _end(harness) - 1
    await harness.redis.delete(touched.LOOK_TURN)
    await replica.seating.handover.look()
    assert known_to(replica).due[shard] == await _end(harness) - 1, "what is known is not read again"


async def test_a_sweep_asks_only_where_something_may_be_due(harness: Harness) -> None:
    showtime = await harness.showtime()
    await harness.held(showtime, a_user(), "A1")
    sweeper = harness.seating.watch.sweeper
    pause = await sweeper.sweep()
    assert pause is not None
    assert 590 < pause <= 600
    before = await commands(harness)
    await sweeper.sweep()
    assert await commands(harness) == before


@pytest.mark.parametrize("hold_seconds", [1])
async def test_a_sweep_ends_what_is_due_and_then_knows_what_is_next(harness: Harness) -> None:
    showtime, user = await harness.showtime(), a_user()
    hold_id = await harness.held(showtime, user, "A1")
    sweeper = harness.seating.watch.sweeper
    await sweeper.sweep()
    await harness.redis_reaches(await _end(harness))
    await sweeper.sweep()
    released = [entry for entry in await harness.emitted(showtime) if entry["what"] == "released"]
    assert [entry["hold"] for entry in released] == [hold_id]
    await sweeper.sweep()
    assert known_to(harness).due[shard_of(showtime.id)] > await harness.redis_now()


async def _end(harness: Harness) -> int:
    """When the next hold ends."""
    lists: list[Any] = [await harness.redis.zrange(shard_key(n, "due"), 0, 0, withscores=True) for n in range(SHARDS)]
    return int(min(score for listed in lists for _, score in listed)) + 1


async def test_how_many_are_available_is_said_when_it_has_changed_once_in_a_while_by_one_replica(
    harness: Harness, replica: Harness
) -> None:
    showtime = await harness.showtime()
    sale = await harness.checked_out(showtime, a_user(), "A1")
    here, there = harness.seating.redis_holds, replica.seating.redis_holds
    seats = await here.availability_to_say(showtime.id, 60_000)
    assert isinstance(seats, AvailableSeats)
    assert (seats.total, seats.available) == (40, 39)
    assert await there.availability_to_say(showtime.id, 60_000) == "wait"
    lists = ShardLists(harness.redis)
    await harness.use_cases.sales.sell(sale)
    assert not await lists.announced(showtime.id, seats.version, seats.available), "it has changed again"
    assert await there.availability_to_say(showtime.id, 0) == "same", "a seat that was held is sold"
    assert await lists.read("changed", [shard_of(showtime.id)]) == {shard_of(showtime.id): []}
    await harness.held(showtime, a_user(), "A2")
    again = await there.availability_to_say(showtime.id, 0)
    assert isinstance(again, AvailableSeats)
    assert await lists.announced(showtime.id, again.version, again.available)
    await lists.announced(showtime.id, seats.version, seats.available)
    assert await here.availability_to_say(showtime.id, 0) == "same", "what is late of an older version counts nothing"


async def to_say(process: Harness, showtime: Showtime) -> AvailableSeats:
    seats = await process.seating.redis_holds.availability_to_say(showtime.id, 0)
    assert isinstance(seats, AvailableSeats)
    return seats


async def test_a_number_that_a_dead_process_may_have_said_is_followed_by_the_next_even_if_that_was_said_before(
    harness: Harness, replica: Harness
) -> None:
    showtime, user, lists = await harness.showtime(), a_user(), ShardLists(harness.redis)
    hold_id = await harness.held(showtime, user, "A1")
    first = await to_say(harness, showtime)
    await lists.announced(showtime.id, first.version, first.available)
    await harness.held(showtime, user, "A2")
    assert (await to_say(replica, showtime)).available == 38, "said, and nobody has noted it"
    await harness.use_cases.holding.release(user, hold_id)
    assert (await to_say(harness, showtime)).available == 39


async def test_a_late_note_of_an_older_version_is_not_taken_for_what_was_said_of_a_newer(
    harness: Harness, replica: Harness
) -> None:
    showtime, user, lists = await harness.showtime(), a_user(), ShardLists(harness.redis)
    hold_id = await harness.held(showtime, user, "A1")
    first = await to_say(harness, showtime)
    await harness.held(showtime, user, "A2")
    assert (await to_say(replica, showtime)).available == 38, "said, and nobody has noted it"
    await lists.announced(showtime.id, first.version, first.available)
    await harness.use_cases.holding.release(user, hold_id)
    assert (await to_say(harness, showtime)).available == 39
