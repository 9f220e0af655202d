"""Showtimes after they were scheduled: changed, cancelled, said again; every change is a full snapshot in the same
write, and a snapshot's revision is the document's version."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain.calendar import local_date
from catalog.domain.details import snapshot_of
from catalog.domain.folding import fold
from catalog.errors import ShowtimeClosed, ShowtimeNotFound
from catalog.usecases.resources import SCREENS, touch
from catalog.usecases.scheduling import ensure_free
from catalog.usecases.stores import Context, Stores
from chassis.changes import merged
from chassis.conditional import IfMatch
from chassis.envelope import seal
from chassis.mongo import Decision, Document
from chassis.outbox import push, pushed
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeSnapshot
from contracts.seating import AvailabilityChanged


async def by_id(context: Context, showtime_id: str) -> Document:
    """The showtime; raises `ShowtimeNotFound`."""
    showtime = await context.stores.showtimes.find_one({"_id": showtime_id})
    if showtime is None:
        raise ShowtimeNotFound("no showtime has this id")
    return showtime


def revised_by(showtime: Document, values: Mapping[str, Any]) -> dict[str, Any]:
    """The update that sets `values` in the snapshot and pushes the event that says so; it goes with version + 1."""
    revised = {"revision": showtime["version"] + 1}
    snapshot = ShowtimeSnapshot.model_validate({**snapshot_of(showtime).model_dump(), **values, **revised})
    event_class = ShowtimeCancelled if snapshot.status == "cancelled" else ShowtimeChanged
    event = event_class(showtime_id=snapshot.showtime_id, snapshot=snapshot)
    return {
        "$set": {
            "snapshot": snapshot.model_dump(mode="json"),
            "status": snapshot.status,
            "start_at": snapshot.start_at,
            "end_at": snapshot.end_at,
            "local_date": local_date(snapshot.start_at, snapshot.theater.timezone),
            "city_folded": fold(snapshot.theater.city),
        },
        "$push": push([seal(event)]),
    }


async def change(
    context: Context, showtime_id: str, values: Mapping[str, Any], *, by: str, if_match: IfMatch
) -> Document:
    """Change an open showtime's snapshot, all of it or nothing: `language`, `format`, parts of `prices`, `start_at`
    (its length stays). Raises `ShowtimeClosed`, `ScreenBusy`, `StaleVersion`."""
    changed: list[str] = []

    def revised(showtime: Document | None) -> Mapping[str, Any] | None:
        open_showtime = _open(showtime)
        if_match.require(open_showtime["version"])
        before = snapshot_of(open_showtime)
        after = ShowtimeSnapshot.model_validate(merged(before.model_dump(), _with_end(before, values)))
        changed[:] = sorted(values) if after != before else ()
        return revised_by(open_showtime, after.model_dump()) if changed else None

    if "start_at" in values:
        showtime = await _moved(context, showtime_id, revised)
    else:
        showtime = await context.outbox.amend(showtime_id, revised)
    if changed:
        await context.audit(by, "showtimes.changed", showtime_id, fields=changed)
    return showtime or {}


def _with_end(before: ShowtimeSnapshot, values: Mapping[str, Any]) -> Mapping[str, Any]:
    length = before.end_at - before.start_at
    return {**values, "end_at": values["start_at"] + length} if "start_at" in values else values


def _open(showtime: Document | None) -> Document:
    if showtime is None:
        raise ShowtimeNotFound("no showtime has this id")
    if showtime["status"] == "cancelled" or showtime["start_at"] <= datetime.now(UTC):
        raise ShowtimeClosed("the showtime was cancelled or has begun")
    return showtime


async def _moved(context: Context, showtime_id: str, revised: Decision) -> Document | None:
    """Changed together with a look at the screen, in one transaction that others who schedule there conflict with."""
    showtimes = context.stores.showtimes
    entries: list[Document] = []

    async def work(session: AsyncClientSession) -> Document | None:
        entries.clear()
        showtime: Document | None = await showtimes.raw.find_one({"_id": showtime_id}, session=session)
        update = revised(showtime)
        if showtime is None or update is None:
            return showtime
        await touch(context.stores, SCREENS, showtime["screen_id"], session)
        span = (update["$set"]["start_at"], update["$set"]["end_at"])
        await ensure_free(context, showtime["screen_id"], [span], session, except_id=showtime_id)
        entries[:] = pushed(update)
        return await showtimes.raw.find_one_and_update(
            {"_id": showtime_id}, {**update, "$inc": {"version": 1}}, session=session, return_document=True
        )

    moved = await context.stores.database.transaction(work)
    context.outbox.send_soon(showtime_id, entries)
    return moved


async def cancel(context: Context, showtime_id: str, *, by: str, if_match: IfMatch) -> Document:
    """The show will not take place; again → the same. Raises `ShowtimeClosed` for one that is over."""
    cancelled: list[str] = []

    def closing(showtime: Document | None) -> Mapping[str, Any] | None:
        cancelled.clear()
        if showtime is None:
            raise ShowtimeNotFound("no showtime has this id")
        if_match.require(showtime["version"])
        if showtime["status"] == "cancelled":
            return None
        if showtime["end_at"] <= datetime.now(UTC):
            raise ShowtimeClosed("the showtime is over")
        cancelled.append(showtime_id)
        return revised_by(showtime, {"status": "cancelled"})

    showtime = await context.outbox.amend(showtime_id, closing)
    if cancelled:
        await context.audit(by, "showtimes.cancelled", showtime_id)
    return showtime or {}


async def count_seats(stores: Stores, event: AvailabilityChanged) -> None:
    """Keep how many seats are left; the highest version wins."""
    newer = {"_id": event.showtime_id, "availability_version": {"$lt": event.version}}
    left = {"seats_available": event.available, "availability_version": event.version}
    await stores.showtimes.update(newer, {"$set": left})
