"""Seats of a showtime that are taken out, and shows that move to another screen.

The ledger of seating decides and writes; what it has written catalog stores and publishes, from the answer or from
`seating.showtime_replanned`, whichever comes first. A screen is kept free for a show that moves there.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from catalog.domain.layouts import faults
from catalog.domain.seat_changes import Replanned, SeatChange, SeatChangeOutcome
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Screen
from catalog.errors import ScreenNotFound, SeatsUnplaced, ShowtimeClosed, ShowtimeNotFound
from catalog.store import Transaction
from catalog.usecases.context import Context
from catalog.usecases.resources import SCREENS
from catalog.usecases.scheduling import ensure_free
from catalog.usecases.showtimes import by_id
from chassis.conditional import IfMatch, StaleVersion
from chassis.problems import Fault, InvalidInput
from contracts.ids import UserId
from contracts.layout import Layout
from contracts.seating import ShowtimeReplanned

_WRITTEN_WITHIN = timedelta(seconds=20)
"""So long seating may write a change of the screen after the screen was found free."""


async def change_seats(
    context: Context, showtime_id: str, change: SeatChange, *, token: str, by: str, if_match: IfMatch
) -> tuple[Showtime, SeatChangeOutcome]:
    """The showtime after the change, and what came of it; after a dry run, as it was.

    Raises `ShowtimeNotFound`, `StaleVersion`, `ShowtimeClosed`, `ScreenNotFound`, `ScreenBusy`, `SeatsUnplaced`,
    `InvalidInput`, `Unavailable`.
    """
    showtime = await by_id(context.store, showtime_id)
    if_match.require(showtime.version)
    if showtime.status == "cancelled" or showtime.start_at <= datetime.now(UTC):
        raise ShowtimeClosed("the showtime was cancelled or has begun")
    of_number = showtime.plan_number if if_match.names_versions else None
    stays = change.screen_id is None or change.screen_id == showtime.screen.screen_id
    if stays and (change.screen_id is None or change.dry_run or change.blocked is not None):
        replanned = await _block(context, showtime, change, token, of_number)
    elif stays:
        replanned = await _repeat_swap(context, showtime, token, of_number)
    else:
        replanned = await _swap(context, showtime, change, token, of_number)
    if not change.dry_run and replanned.number > showtime.plan_number:
        plan = ShowtimeReplanned(
            showtime_id=showtime.id,
            number=replanned.number,
            layout=replanned.layout,
            screen=replanned.screen,
            at=datetime.now(UTC),
            changed_by=UserId(by),
        )
        await context.store.showtimes.follow_plan(plan, change.reasons)
    if not change.dry_run:
        if change.reasons:  # what seating's event brought first, or an earlier call, has none of these
            await context.store.showtimes.give_reasons(showtime.id, change.reasons, by)
        showtime = await by_id(context.store, showtime_id)
    references = await context.bookings.references([*replanned.moved, *replanned.unplaced], token)
    return showtime, SeatChangeOutcome(change, replanned, references)


async def blocked_seats(context: Context, showtime: Showtime) -> list[tuple[str, str | None]]:
    """The seats that are taken out, in the order of the list, and why where somebody said so. Raises
    `ShowtimeNotFound`."""
    layout = await _layout(context, showtime.id)
    return [(seat, showtime.blocked_reasons.get(seat)) for seat in layout.blocked]


async def _block(
    context: Context, showtime: Showtime, change: SeatChange, token: str, of_number: int | None
) -> Replanned:
    """Take seats out; where none are named, which bookings there are and nothing more."""
    layout = await _layout(context, showtime.id)
    dry_run = change.dry_run or change.blocked is None
    blocked = layout.blocked if change.blocked is None else change.blocked
    wrong = [
        Fault(path=f"blockedSeats{path.removeprefix('blocked')}", message=message)
        for path, message in faults(layout.model_copy(update={"blocked": blocked}))
        if path.startswith("blocked")
    ]
    if wrong:
        raise InvalidInput.of(wrong)
    wish = replace(change, blocked=blocked, dry_run=dry_run)
    return await context.seating.block(showtime.id, showtime.screen.screen_id, wish, token, of_number=of_number)


async def _swap(
    context: Context, showtime: Showtime, change: SeatChange, token: str, of_number: int | None
) -> Replanned:
    """Keep the screen free, have seating move everybody, and let it go where nothing came of it."""
    screen_id, until = change.screen_id or "", datetime.now(UTC) + _WRITTEN_WITHIN

    async def work(transaction: Transaction) -> Screen:
        screen = SCREENS.require(await transaction.touch(context.store.screens, SCREENS.well_formed(screen_id)))
        if screen.theater_id != showtime.theater.theater_id:
            raise ScreenNotFound("this theater has no such screen")
        present = await transaction.showtime(showtime.id) or showtime  # its start may have changed since it was read
        span = (present.start_at, present.end_at)
        await ensure_free(context, transaction, screen_id, span, without=showtime.id)
        if not change.dry_run:
            await transaction.keep_free(showtime.id, screen_id, until)
        return screen

    screen = await context.store.transaction(work)
    try:
        replanned = await context.seating.swap(
            showtime.id,
            screen.details,
            screen.layout,
            token,
            until=None if change.dry_run else until,
            of_number=of_number,
        )
    except (ShowtimeClosed, ShowtimeNotFound, StaleVersion):
        await context.store.showtimes.let_go(showtime.id, screen_id, until)
        raise
    if replanned.unplaced and not change.dry_run:
        await context.store.showtimes.let_go(showtime.id, screen_id, until)
        raise SeatsUnplaced(
            "some bookings find no equal seats on this screen; nothing was changed",
            placed=replanned.placed,
            moved=[{"bookingId": booking, "from": left, "to": got} for booking, (left, got) in replanned.moved.items()],
            unplaced=[{"bookingId": booking, "from": left} for booking, (left, _) in replanned.unplaced.items()],
        )
    return replanned


async def _repeat_swap(context: Context, showtime: Showtime, token: str, of_number: int | None) -> Replanned:
    """The show is on that screen: what came of it when it moved there last, where nothing has changed since."""
    layout, until = await _layout(context, showtime.id), datetime.now(UTC) + _WRITTEN_WITHIN
    return await context.seating.swap(showtime.id, showtime.screen, layout, token, until=until, of_number=of_number)


async def _layout(context: Context, showtime_id: str) -> Layout:
    layout = await context.store.showtimes.layout(showtime_id)
    if layout is None:
        raise ShowtimeNotFound("no showtime has this id")
    return layout
