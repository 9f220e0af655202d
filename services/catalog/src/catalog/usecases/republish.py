"""Publish showtimes again: the future ones after a change of what their snapshots repeat (due work of the changed
resource, so that a crash resumes it), and all live ones for a new or restored consumer."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from catalog.domain.details import movie_details, screen_details, snapshot_of, theater_details
from catalog.usecases.resources import MOVIES, RESOURCES, THEATERS, Resource
from catalog.usecases.showtimes import revised_by
from catalog.usecases.stores import Context, Stores
from chassis.due import run_due, whenever_due
from chassis.mongo import Document, amend_all

_LEASE = timedelta(seconds=60)


def republishing(context: Context) -> list[Awaitable[None]]:
    """The loops that walk the showtimes of everything that was changed."""
    return [
        whenever_due("republishing", resource.of(context.stores), partial(_republish_due, context, resource))
        for resource in RESOURCES
    ]


async def _republish_due(context: Context, resource: Resource) -> None:
    await run_due(resource.of(context.stores), partial(_republish, context, resource), lease=_LEASE)


async def _republish(context: Context, resource: Resource, document: Document) -> None:
    """Publish each; done only if the resource did not change meanwhile, else the walk is due again."""
    details = _details_of(resource, document)
    future = {resource.reference: document["_id"], "status": "scheduled", "end_at": {"$gt": datetime.now(UTC)}}
    await context.outbox.amend_all(future, lambda present: _with_details(present, details))
    await context.stores.change_count.increase()
    await resource.of(context.stores).update(
        {"_id": document["_id"], "version": document["version"]}, {"$unset": {"due_at": ""}}
    )


def _details_of(resource: Resource, document: Document) -> dict[str, Any]:
    if resource is MOVIES:
        return {"movie": movie_details(document)}
    return {"theater": theater_details(document)} if resource is THEATERS else {"screen": screen_details(document)}


def _with_details(showtime: Document | None, details: Mapping[str, Any]) -> dict[str, Any] | None:
    if showtime is None or showtime["status"] == "cancelled":
        return None
    before = snapshot_of(showtime)
    if all(getattr(before, name) == value for name, value in details.items()):
        return None
    return revised_by(showtime, {name: value.model_dump() for name, value in details.items()})


async def republish_all(stores: Stores) -> int:
    """Put every showtime that has not ended into its outbox with a new revision; how many."""
    live = {"end_at": {"$gt": datetime.now(UTC)}}
    count = await amend_all(stores.showtimes, live, lambda present: revised_by(present, {}) if present else None)
    await stores.change_count.increase()
    return count
