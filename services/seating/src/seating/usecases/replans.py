"""A theater changes the seats of a showtime: seats are taken out, or the show moves to another screen.

The ledger is written once, with all that follows; then the showtime has its new seats, and Redis is told all of it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chassis.conditional import StaleVersion
from chassis.unavailable import PeerUnavailable
from contracts.ids import ShowtimeId, UserId
from contracts.layout import Layout, ScreenDetails
from seating.domain import Ledger, Showtime
from seating.errors import ShowtimeClosed, ShowtimeNotFound
from seating.replanning import PlanOutcome, Replanning, Wish, replan
from seating.usecases.ports import Ports
from seating.usecases.scheduling import Scheduling
from seating.usecases.showtimes import Showtimes

_ATTEMPTS = 20  # all but the first behind a fence, which lets nobody else write: they end early only where it does


@dataclass(frozen=True, slots=True)
class ReplanRequest:
    """What is wished: seats taken out (`blocked_seats`, the whole list), or another screen with its layout.

    `reseat` moves whoever has a seat that is taken out; a `dry_run` only says what would come of it. Nothing is written
    after `valid_until`, for then nobody keeps the new screen free any more. `of_screen_id` is the screen that the
    blocked seats are of, `of_number` that of the change which the wish rests on, where it rests on one.
    """

    blocked_seats: tuple[str, ...] | None = None
    screen: ScreenDetails | None = None
    layout: Layout | None = None
    reseat: bool = False
    dry_run: bool = False
    valid_until: datetime | None = None
    wished_by: UserId | None = None
    of_screen_id: str | None = None
    of_number: int | None = None


class Replans:
    """The use case of catalog's changes of seats."""

    def __init__(self, ports: Ports, showtimes: Showtimes, scheduling: Scheduling) -> None:
        self._ports, self._showtimes, self._scheduling = ports, showtimes, scheduling

    async def showtime(self, showtime_id: ShowtimeId) -> Showtime:
        """The showtime by its newest snapshot and plan; raises `ShowtimeNotFound`."""
        await self._showtimes.get(showtime_id)
        showtime = await self._showtimes.newest(showtime_id)
        if showtime is None:
            raise ShowtimeNotFound("no such showtime")
        return showtime

    async def replan(self, showtime_id: ShowtimeId, request: ReplanRequest) -> tuple[Replanning, Showtime]:
        """What comes of the wish, and the showtime as it then is; a repeat changes nothing more and is answered alike,
        and a change of the screen that leaves somebody unplaced changes nothing.

        Raises `ShowtimeNotFound`, `ShowtimeClosed`, `StaleVersion`, and `PeerUnavailable` after its time and where the
        show has moved to another screen meanwhile.
        """
        replanned = await self._attempt(showtime_id, request)
        if replanned is not None:
            return replanned
        try:
            for _ in range(1, _ATTEMPTS):
                replanned = await self._attempt(showtime_id, request, fenced=True)
                if replanned is not None:
                    return replanned
        finally:
            await self._ports.ledgers.unfence(showtime_id)
        raise PeerUnavailable("the showtime is in too much demand to be changed now")

    async def _attempt(
        self, showtime_id: ShowtimeId, request: ReplanRequest, *, fenced: bool = False
    ) -> tuple[Replanning, Showtime] | None:
        """What comes of the wish; None where another write came first."""
        ledger, showtime = await self._present(showtime_id, fenced=fenced)
        held = await self._held(showtime)
        now = datetime.now(UTC)
        _ensure_possible(ledger, request, now)
        _ensure_same(showtime, request)
        outcome = await self._ports.ledgers.outcome(showtime_id) if showtime.plan_number else None
        repeats = outcome if outcome and _is_repeat(showtime, request, outcome) else None
        replanning = replan(ledger, showtime, replace(_wish(showtime, request), repeats=repeats), now, held)
        if request.dry_run or replanning.change is None:
            return replanning, showtime
        if await self._ports.ledgers.write_plan(ledger, replanning.change) is None:
            return None
        await self._scheduling.finish_plan(showtime_id)
        return replanning, Showtime.of(showtime.snapshot, replanning.change.plan)

    async def _present(self, showtime_id: ShowtimeId, *, fenced: bool) -> tuple[Ledger, Showtime]:
        """The ledger and its showtime; what an earlier change has left half done is done first."""
        showtime, ledgers = await self.showtime(showtime_id), self._ports.ledgers
        read = ledgers.fence if fenced else ledgers.read
        ledger = await read(showtime_id) or await ledgers.open(showtime.snapshot)
        if ledger is None:
            raise PeerUnavailable("the ledger is being made")
        if ledger.plan_number != showtime.plan_number:
            await self._scheduling.finish_plan(showtime_id)
            showtime = await self.showtime(showtime_id)
        return ledger, showtime

    async def _held(self, showtime: Showtime) -> frozenset[str]:
        """The seats that somebody holds at this moment."""
        seats = await self._ports.seat_holds.read(showtime.id)
        if seats.screen_number != showtime.screen_number:
            return frozenset()
        pairs = zip(showtime.seats, seats.letters, strict=True)
        return frozenset(seat.seat_id for seat, letter in pairs if letter == "h")


def _ensure_possible(ledger: Ledger, request: ReplanRequest, now: datetime) -> None:
    if not ledger.is_open(now):
        raise ShowtimeClosed("the showtime was cancelled or has begun")
    if request.valid_until is not None and now > request.valid_until:
        raise PeerUnavailable("this change was asked for too long ago")


def _ensure_same(showtime: Showtime, request: ReplanRequest) -> None:
    """Raise where the wish rests on seats that another change has replaced."""
    if request.of_number not in {None, showtime.plan_number}:
        raise StaleVersion("its seats have changed since; read it again")
    if request.of_screen_id not in {None, showtime.snapshot.screen.screen_id}:
        raise PeerUnavailable("the show is moving to another screen")


def _is_repeat(showtime: Showtime, request: ReplanRequest, outcome: PlanOutcome) -> bool:
    """Whether this was wished and done last; then a lost answer is given again."""
    if request.dry_run or outcome.number != showtime.plan_number:
        return False
    snapshot = showtime.snapshot
    if outcome.kind == "screen_changed":
        return request.screen is not None and request.screen.screen_id == snapshot.screen.screen_id
    is_same = request.blocked_seats is not None and set(request.blocked_seats) == set(snapshot.layout.blocked)
    return is_same and request.reseat == outcome.reseat


def _wish(showtime: Showtime, request: ReplanRequest) -> Wish:
    snapshot = showtime.snapshot
    moves = request.screen is not None and request.screen.screen_id != snapshot.screen.screen_id
    if moves and request.screen is not None and request.layout is not None:
        return Wish(request.layout, request.screen, wished_by=request.wished_by)
    blocked = snapshot.layout.blocked if request.blocked_seats is None else request.blocked_seats
    layout = snapshot.layout.model_copy(update={"blocked": blocked})
    return Wish(layout, snapshot.screen, reseat=request.reseat, wished_by=request.wished_by)
