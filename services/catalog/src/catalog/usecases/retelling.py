"""Say again: future showtimes after a change of what their snapshots repeat (due work of the changed thing, so that a
crash resumes), and all live showtimes for a new or restored consumer."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.due import work_off
from chassis.mongo import Document, amend

from catalog.domain.facts import movie_facts, screen_facts, snapshot_of, theater_facts
from catalog.usecases.places import KINDS, MOVIES, THEATERS, Kind
from catalog.usecases.showtimes import told
from catalog.usecases.stores import House, Stores

_LEASE = timedelta(seconds=60)
_AT_ONCE = 16


async def retell_due(house: House) -> None:
    """Walk the showtimes of everything that was changed."""
    for kind in KINDS:

        async def work(thing: Document, kind: Kind = kind) -> None:
            await _retell(house, kind, thing)

        await work_off(kind.of(house.stores), work, lease=_LEASE)


async def _retell(house: House, kind: Kind, thing: Document) -> None:
    """Tell each; done only if the thing did not change meanwhile, else the walk is due again."""
    facts = _facts_of(kind, thing)

    async def one(showtime: Document) -> None:
        found = await amend(house.stores.showtimes, showtime["_id"], lambda present: _with_facts(present, facts))
        house.outbox.send_soon(found)

    future = {kind.reference: thing["_id"], "status": "scheduled", "end_at": {"$gt": datetime.now(UTC)}}
    await _each(house.stores, future, one)
    await kind.of(house.stores).update({"_id": thing["_id"], "version": thing["version"]}, {"$unset": {"due_at": ""}})


def _facts_of(kind: Kind, thing: Document) -> dict[str, Any]:
    if kind is MOVIES:
        return {"movie": movie_facts(thing)}
    return {"theater": theater_facts(thing)} if kind is THEATERS else {"screen": screen_facts(thing)}


def _with_facts(showtime: Document | None, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    if showtime is None or showtime["status"] == "cancelled":
        return None
    before = snapshot_of(showtime)
    if all(getattr(before, name) == value for name, value in facts.items()):
        return None
    return told(showtime, {name: value.model_dump() for name, value in facts.items()})


async def say_all_again(stores: Stores) -> int:
    """Put every showtime that has not ended into its outbox with a new revision; how many."""

    async def one(showtime: Document) -> None:
        await amend(stores.showtimes, showtime["_id"], lambda present: told(present, {}) if present else None)

    return await _each(stores, {"end_at": {"$gt": datetime.now(UTC)}}, one)


async def _each(stores: Stores, query: Mapping[str, Any], work: Callable[[Document], Any]) -> int:
    """Do `work` for each match, some at a time; how many there were."""
    found = await stores.showtimes.find(query, projection={"_id": 1}, sort=[("start_at", 1)])
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(showtime: Document) -> None:
        async with turns:
            await work(showtime)

    await asyncio.gather(*map(one, found))
    return len(found)
