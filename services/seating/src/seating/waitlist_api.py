"""HTTP in: waiting lists of showtimes that are sold out."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from chassis.auth import Caller, CallerDep
from chassis.bodies import JsonRoute
from chassis.idempotency import claim_of
from chassis.problems import answering
from seating.errors import AlreadyWaiting, EntryNotFound, SeatsLeft, ShowtimeClosed, ShowtimeNotFound
from seating.schemas import NewWaitlistEntry, OfferView, WaitlistEntryView, WaitlistView
from seating.waitlist.entries import Entry
from seating.waitlist.joining import NewEntry, Waitlist

router = APIRouter(tags=["waitlist"], route_class=JsonRoute)
EntryParameter = Annotated[str, Path()]


def _waitlist(request: Request) -> Waitlist:
    waitlist: Waitlist = request.state.waitlist
    return waitlist


def _users(caller: Caller) -> tuple[str, ...]:
    return (caller.user_id, *caller.guests)


@router.post(
    "/api/waitlist",
    summary="Wait for seats of a showtime that is sold out",
    status_code=201,
    response_model=WaitlistEntryView,
    response_model_exclude_none=True,
    responses=answering(ShowtimeNotFound, ShowtimeClosed, AlreadyWaiting, SeatsLeft),
)
async def join_waitlist(
    request: Request, response: Response, body: NewWaitlistEntry, caller: CallerDep
) -> WaitlistEntryView:
    """What comes free is offered to the first whom it suits, as a hold that is announced by mail and SMS, before
    anybody else can have it. Without a `type` seats of any type suit."""
    claim = claim_of(request)
    wanted = NewEntry(
        body.showtime_id,
        body.count,
        body.type,
        id_seed=claim.seed if claim else None,
        is_retry=claim is not None and claim.is_retry,
        guests=caller.guests,
    )
    response.headers["Location"] = "/api/waitlist/my"
    return _view(await _waitlist(request).join(caller.user_id, wanted))


@router.get(
    "/api/waitlist/my",
    summary="Where the caller waits",
    response_model=WaitlistView,
    response_model_exclude_none=True,
)
async def get_my_waitlist(request: Request, caller: CallerDep) -> WaitlistView:
    """Newest first."""
    entries = await _waitlist(request).mine(_users(caller))
    return WaitlistView(items=[_view(entry) for entry in entries], total=len(entries))


@router.delete("/api/waitlist/{entry_id}", summary="Wait no more", status_code=204, responses=answering(EntryNotFound))
async def leave_waitlist(request: Request, entry_id: EntryParameter, caller: CallerDep) -> Response:
    """What was offered is let go. Again is fine; what was paid for stays."""
    await _waitlist(request).leave(_users(caller), entry_id)
    return Response(status_code=204)


def _view(entry: Entry) -> WaitlistEntryView:
    offer = entry.offer if entry.status == "offered" else None
    ends = offer.expires_at if offer else None
    return WaitlistEntryView(
        id=entry.id,
        showtime_id=entry.showtime_id,
        count=entry.count,
        type=entry.type,
        status="waiting" if entry.status == "offering" else entry.status,
        offer=OfferView(hold_id=offer.hold_id, expires_at=ends) if offer and ends else None,
        created_at=entry.created_at,
    )
