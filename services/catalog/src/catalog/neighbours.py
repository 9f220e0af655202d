"""The services that catalog asks: seating, whose ledger changes the seats of a showtime; booking, for references."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from catalog.domain.seat_changes import Replanned, SeatChange
from catalog.errors import ShowtimeClosed, ShowtimeNotFound
from chassis.calls import Peer
from chassis.conditional import StaleVersion
from chassis.logs import logger
from chassis.problems import Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable
from contracts.event import Value
from contracts.layout import Layout, ScreenDetails

log = logger(__name__)
_SECONDS = 8.0
_REFERENCES = TypeAdapter(dict[str, str])


class _Move(Value):
    booking_id: str
    from_: tuple[str, ...] = Field(alias="from")
    to: tuple[str, ...]


class _Plan(Value):
    number: int
    placed: int
    moved: tuple[_Move, ...]
    unplaced: tuple[_Move, ...]
    layout: Layout
    screen: ScreenDetails


class Seating:
    """Seating's internal call, with the caller's token passed on. A repeat changes nothing more."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def block(
        self, showtime_id: str, screen_id: str, change: SeatChange, token: str, *, of_number: int | None
    ) -> Replanned:
        """Take the seats of the change out of this screen, and only these; raises as `swap` does."""
        blocked = {"blockedSeats": list(change.blocked or ()), "reseat": change.reseat, "dryRun": change.dry_run}
        wish = {**blocked, "ofScreenId": screen_id, "ofNumber": of_number}
        return await self._replan(showtime_id, wish, token)

    async def swap(
        self,
        showtime_id: str,
        screen: ScreenDetails,
        layout: Layout,
        token: str,
        *,
        until: datetime | None,
        of_number: int | None,
    ) -> Replanned:
        """Move the show to another screen with this layout if that is written by `until`; without it only say what
        would come of it. With `of_number` only while that is the number of the newest change of its seats.

        Raises `ShowtimeNotFound`, `ShowtimeClosed`, `StaleVersion`, and `Unavailable` where the outcome is not known.
        """
        seats = layout.model_dump(mode="json", by_alias=True)
        there = {"screen": screen.model_dump(by_alias=True), "layout": seats, "ofNumber": of_number}
        when = {"validUntil": until.isoformat()} if until else {"dryRun": True}
        return await self._replan(showtime_id, {**there, **when}, token)

    async def _replan(self, showtime_id: str, wish: Mapping[str, Any], token: str) -> Replanned:
        path = f"/internal/showtimes/{showtime_id}/replan"
        try:
            answer = await self._peer.call(
                "POST", path, json=wish, token=token, timeout_seconds=_SECONDS, max_replicas=1
            )
        except (PeerUnavailable, PeerTimeout) as error:
            log.warning("seating does not answer", error=repr(error))
            raise Unavailable("seating cannot be asked now: repeat the call") from None
        if answer.status == 404:
            raise ShowtimeNotFound("seating has not heard of this showtime yet")
        if answer.status == 409:
            raise ShowtimeClosed("the showtime was cancelled or has begun")
        if answer.status == StaleVersion.status:
            raise StaleVersion("its seats have changed since; read it again")
        try:
            plan = _Plan.model_validate(answer.body)
        except ValidationError:
            log.warning("seating's answer is none", status=answer.status)
            raise Unavailable("seating cannot be asked now: repeat the call") from None
        moved = {move.booking_id: (move.from_, move.to) for move in plan.moved}
        unplaced = {move.booking_id: (move.from_, move.to) for move in plan.unplaced}
        return Replanned(plan.number, plan.placed, moved, unplaced, plan.layout, plan.screen)


class Bookings:
    """Booking's internal call, with the caller's token passed on."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def references(self, booking_ids: Collection[str], token: str) -> Mapping[str, str]:
        """The references of bookings by id, as far as they have one; none while booking is away."""
        if not booking_ids:
            return {}
        body = {"bookingIds": list(booking_ids)}
        try:
            answer = await self._peer.call("POST", "/internal/bookings/references", json=body, token=token)
            references = answer.body.get("references") if isinstance(answer.body, dict) else None
            return _REFERENCES.validate_python(references)
        except (PeerUnavailable, PeerTimeout, ValidationError) as error:
            log.warning("booking does not say the references", error=repr(error))
            return {}
