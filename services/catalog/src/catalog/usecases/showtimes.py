"""Showtimes after they were scheduled: changed, cancelled, said again; every change is a full snapshot in the same
write, and a snapshot's revision is the document's version."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chassis.envelope import seal
from chassis.mongo import Document, amend
from chassis.outbox import push
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeSnapshot
from contracts.seating import AvailabilityChanged
from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain.calendar import local_date
from catalog.domain.facts import snapshot_of
from catalog.domain.folding import fold
from catalog.errors import ShowtimeClosed, ShowtimeNotFound
from catalog.usecases.places import SCREENS, touch
from catalog.usecases.scheduling import ensure_free
from catalog.usecases.stores import House, Stores


async def by_id(house: House, showtime_id: str) -> Document:
    """The showtime; raises `ShowtimeNotFound`."""
    found = await house.stores.showtimes.find_one({"_id": showtime_id})
    if found is None:
        raise ShowtimeNotFound("no showtime has this id")
    return found


def told(showtime: Document, values: Mapping[str, Any]) -> dict[str, Any]:
    """The update that sets `values` in the snapshot and tells of it; it goes with version + 1."""
    revised = {"revision": showtime["version"] + 1}
    snapshot = ShowtimeSnapshot.model_validate({**snapshot_of(showtime).model_dump(), **values, **revised})
    kind = ShowtimeCancelled if snapshot.status == "cancelled" else ShowtimeChanged
    event = kind(showtime_id=snapshot.showtime_id, snapshot=snapshot)
    return {
        "$set": {
            "snapshot": snapshot.model_dump(mode="json"), "status": snapshot.status,
            "start_at": snapshot.start_at, "end_at": snapshot.end_at,
            "local_date": local_date(snapshot.start_at, snapshot.theater.timezone),
            "city_folded": fold(snapshot.theater.city),
        },
        "$push": push([seal(event)]),
    }  # fmt: skip


async def change(house: House, showtime_id: str, values: Mapping[str, Any], *, by: str) -> Document:
    """Change an open showtime's snapshot: `language`, `format`, `prices`; raises `ShowtimeClosed`."""

    def differing(showtime: Document | None) -> Mapping[str, Any] | None:
        open_showtime = _open(showtime)
        prices = {**open_showtime["snapshot"]["prices"], **values.get("prices", {})}
        new = {**values, "prices": prices} if "prices" in values else values
        before = snapshot_of(open_showtime)
        after = ShowtimeSnapshot.model_validate({**before.model_dump(), **new})
        return told(open_showtime, new) if after != before else None

    found = await amend(house.stores.showtimes, showtime_id, differing)
    house.outbox.send_soon(found)
    await house.note(by, "showtimes.changed", showtime_id, fields=sorted(values))
    return found or {}


def _open(showtime: Document | None) -> Document:
    if showtime is None:
        raise ShowtimeNotFound("no showtime has this id")
    if showtime["status"] == "cancelled" or showtime["start_at"] <= datetime.now(UTC):
        raise ShowtimeClosed("the showtime was cancelled or has begun")
    return showtime


async def move(house: House, showtime_id: str, start_at: datetime, *, by: str) -> Document:
    """Let an open showtime start at another time, its length kept; raises `ScreenBusy`, `ShowtimeClosed`."""
    showtimes = house.stores.showtimes

    async def work(session: AsyncClientSession) -> Document | None:
        found: Document | None = await showtimes.raw.find_one({"_id": showtime_id}, session=session)
        showtime = _open(found)
        if showtime["start_at"] == start_at:
            return showtime
        await touch(house.stores, SCREENS, showtime["screen_id"], session)
        end_at = start_at + (showtime["end_at"] - showtime["start_at"])
        await ensure_free(house, showtime["screen_id"], [(start_at, end_at)], session, but=showtime_id)
        update = {**told(showtime, {"start_at": start_at, "end_at": end_at}), "$inc": {"version": 1}}
        return await showtimes.raw.find_one_and_update(
            {"_id": showtime_id}, update, session=session, return_document=True
        )

    found = await house.stores.database.transaction(work)
    house.outbox.send_soon(found)
    await house.note(by, "showtimes.moved", showtime_id)
    return found or {}


async def cancel(house: House, showtime_id: str, *, by: str) -> Document:
    """The show will not take place; again → the same. Raises `ShowtimeClosed` for one that is over."""
    cancelled: list[str] = []

    def closing(showtime: Document | None) -> Mapping[str, Any] | None:
        cancelled.clear()
        if showtime is None:
            raise ShowtimeNotFound("no showtime has this id")
        if showtime["status"] == "cancelled":
            return None
        if showtime["end_at"] <= datetime.now(UTC):
            raise ShowtimeClosed("the showtime is over")
        cancelled.append(showtime_id)
        return told(showtime, {"status": "cancelled"})

    found = await amend(house.stores.showtimes, showtime_id, closing)
    house.outbox.send_soon(found)
    if cancelled:
        await house.note(by, "showtimes.cancelled", showtime_id)
    return found or {}


async def count_seats(stores: Stores, event: AvailabilityChanged) -> None:
    """Keep how many seats are left; the highest version wins."""
    newer = {"_id": event.showtime_id, "availability_version": {"$lt": event.version}}
    left = {"seats_available": event.available, "availability_version": event.version}
    await stores.showtimes.update(newer, {"$set": left})
