"""Say again: future showtimes after a change of what their snapshots repeat (due work of the changed thing, so that a
crash resumes), and all live showtimes for a new or restored consumer."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from catalog.domain.details import movie_details, screen_details, snapshot_of, theater_details
from catalog.usecases.places import KINDS, MOVIES, THEATERS, Kind
from catalog.usecases.showtimes import told
from catalog.usecases.stores import House, Stores
from chassis.due import run_due, whenever_due
from chassis.mongo import Document, amend_all

_LEASE = timedelta(seconds=60)


def retelling(house: House) -> list[Awaitable[None]]:
    """The loops that walk the showtimes of everything that was changed."""
    return [whenever_due("retelling", kind.of(house.stores), partial(_retell_due, house, kind)) for kind in KINDS]


async def _retell_due(house: House, kind: Kind) -> None:
    await run_due(kind.of(house.stores), partial(_retell, house, kind), lease=_LEASE)


async def _retell(house: House, kind: Kind, thing: Document) -> None:
    """Tell each; done only if the thing did not change meanwhile, else the walk is due again."""
    facts = _facts_of(kind, thing)
    future = {kind.reference: thing["_id"], "status": "scheduled", "end_at": {"$gt": datetime.now(UTC)}}
    await amend_all(
        house.stores.showtimes, future, lambda present: _with_facts(present, facts), then=house.outbox.send_soon
    )
    await house.stores.change_count.increase()
    await kind.of(house.stores).update({"_id": thing["_id"], "version": thing["version"]}, {"$unset": {"due_at": ""}})


def _facts_of(kind: Kind, thing: Document) -> dict[str, Any]:
    if kind is MOVIES:
        return {"movie": movie_details(thing)}
    return {"theater": theater_details(thing)} if kind is THEATERS else {"screen": screen_details(thing)}


def _with_facts(showtime: Document | None, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    if showtime is None or showtime["status"] == "cancelled":
        return None
    before = snapshot_of(showtime)
    if all(getattr(before, name) == value for name, value in facts.items()):
        return None
    return told(showtime, {name: value.model_dump() for name, value in facts.items()})


async def say_all_again(stores: Stores) -> int:
    """Put every showtime that has not ended into its outbox with a new revision; how many."""
    live = {"end_at": {"$gt": datetime.now(UTC)}}
    count = await amend_all(stores.showtimes, live, lambda present: told(present, {}) if present else None)
    await stores.change_count.increase()
    return count
