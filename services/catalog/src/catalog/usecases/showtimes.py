"""Showtimes after they were scheduled: read, changed, cancelled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from catalog.domain.authors import Author, Record
from catalog.domain.changes import Changed
from catalog.domain.showtimes import Showtime
from catalog.errors import ShowtimeClosed, ShowtimeNotFound
from catalog.store import Store, Transaction
from catalog.usecases.context import Context
from catalog.usecases.scheduling import ensure_free
from chassis.conditional import IfMatch
from contracts.ids import is_id

Revise = Callable[[Showtime], Showtime]


async def by_id(store: Store, showtime_id: str) -> Showtime:
    """The showtime; raises `ShowtimeNotFound`."""
    showtime = await store.showtimes.find(showtime_id) if is_id("sho", showtime_id) else None
    if showtime is None:
        raise ShowtimeNotFound("no showtime has this id")
    return showtime


async def change(
    context: Context,
    showtime_id: str,
    revised: Revise,
    *,
    moves: bool,
    by: Author[Showtime],
    if_match: IfMatch,
    action: str = "showtimes.changed",
) -> Showtime:
    """Store and publish what `revised` makes of a showtime that has not begun, all of it or nothing; `moves` says that
    its start may differ. Raises `ShowtimeNotFound`, `StaleVersion`, `ShowtimeClosed`, `ScreenBusy`."""

    def revise(showtime: Showtime) -> Showtime:
        if showtime.status == "cancelled" or showtime.start_at <= datetime.now(UTC):
            raise ShowtimeClosed("the showtime was cancelled or has begun")
        if_match.require(showtime.version)
        return revised(showtime)

    record = partial(by.record, action)
    if moves:
        return _after(await _move(context, showtime_id, revise, record))
    return _after(await context.store.showtimes.change(showtime_id, revise, record))


async def _move(
    context: Context, showtime_id: str, revise: Revise, record: Record[Showtime]
) -> Changed[Showtime] | None:
    """Change a showtime together with a look at its screen, at those it may move to, and at the taxes of the new day,
    in one transaction that conflicts with others there."""

    async def work(transaction: Transaction) -> Changed[Showtime] | None:
        taxes = await transaction.taxes()
        changed = await transaction.change_showtime(showtime_id, lambda showtime: revise(showtime).taxed(taxes), record)
        if changed and changed.fields:
            showtime = changed.after
            await transaction.touch(context.store.theaters, showtime.theater.theater_id)
            span = (showtime.start_at, showtime.end_at)
            for screen_id in {showtime.screen.screen_id} | await transaction.kept_free(showtime.id):
                await transaction.touch(context.store.screens, screen_id)
                await ensure_free(context, transaction, screen_id, span, without=showtime.id)
        return changed

    return await context.store.transaction(work)


async def cancel(store: Store, showtime_id: str, *, by: Author[Showtime], if_match: IfMatch) -> Showtime:
    """The show will not take place; again → the same. Raises `ShowtimeNotFound`, `StaleVersion`, and `ShowtimeClosed`
    for one that is over."""

    def revise(showtime: Showtime) -> Showtime:
        if_match.require(showtime.version)
        if showtime.status != "cancelled" and showtime.end_at <= datetime.now(UTC):
            raise ShowtimeClosed("the showtime is over")
        return replace(showtime, status="cancelled")

    return _after(await store.showtimes.change(showtime_id, revise, partial(by.record, "showtimes.cancelled")))


def _after(changed: Changed[Showtime] | None) -> Showtime:
    if changed is None:
        raise ShowtimeNotFound("no showtime has this id")
    return changed.after
