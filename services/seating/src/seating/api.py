"""HTTP in: each endpoint parses, makes one call, shapes the answer."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import ValidationError

from chassis.auth import Caller, CallerDep, OptionalCallerDep, Tokens, bearer
from chassis.bodies import JsonRoute, body_as
from chassis.conditional import json_unless_unchanged
from chassis.idempotency import claim_of
from chassis.networks import address_of, network_of
from chassis.problems import Forbidden, InvalidInput, answering
from contracts.ids import ShowtimeId, UserId
from seating import availability
from seating.errors import (
    HoldExpired,
    HoldLimit,
    HoldNotFound,
    HoldSold,
    LeavesSingleSeat,
    NotEnoughSeats,
    PriceChanged,
    RefreshLimit,
    SeatsUnavailable,
    ShowtimeClosed,
    ShowtimeNotFound,
    SoldTogether,
    UnknownSeats,
)
from seating.schemas import (
    AvailabilityView,
    BestSeatsView,
    BestSeatsWish,
    HoldView,
    NewHold,
    NewPlan,
    PlanView,
    StateView,
)
from seating.usecases.best_seats import BestSeatsRequest
from seating.usecases.holding import HoldRequest
from seating.usecases.use_cases import UseCases

router = APIRouter(tags=["seats"], route_class=JsonRoute)
ShowtimeParameter = Annotated[str, Query(alias="showtimeId")]
HoldParameter = Annotated[str, Path()]
JSON = "application/json"
_STAFF = ("staff", "manager")
_CACHING = "private, no-cache"
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "unchanged"}}


def _json(body: bytes) -> Response:
    return Response(body, media_type=JSON)


def _use_cases(request: Request) -> UseCases:
    use_cases: UseCases = request.state.use_cases
    return use_cases


@router.get(
    "/api/seats/availability",
    summary="A showtime's seats, prices and who holds what",
    response_model=AvailabilityView,
    responses=_UNCHANGED | answering(ShowtimeNotFound),
)
async def get_availability(request: Request, showtime_id: ShowtimeParameter, caller: OptionalCallerDep) -> Response:
    """Decided after what has expired has ended, so that a hold's end changes the answer at its instant. Accessible
    seats that are kept for those who need them are `blocked`, save for the theater's own staff."""
    templates: availability.SeatMapTemplates = request.state.templates
    user_ids = caller.ids if caller else ()
    priced = await _use_cases(request).seat_maps.read_with_prices(showtime_id, user_ids)
    template = templates.get(priced.showtime, priced.prices)
    is_staff = caller is not None and caller.has(priced.showtime.snapshot.theater.theater_id, *_STAFF)
    tag = availability.etag(template, priced.seats, " ".join(user_ids) + "+" * is_staff)
    state = priced.seats.state_for_staff if is_staff else priced.seats.state
    return json_unless_unchanged(request, tag, lambda: availability.body(priced, template, state), _CACHING)


@router.get(
    "/api/seats/state",
    summary="The live part alone, one letter per seat",
    response_model=StateView,
    responses=_UNCHANGED | answering(ShowtimeNotFound),
)
async def get_seat_states(request: Request, showtime_id: ShowtimeParameter) -> Response:
    """`a` available, `h` held, `s` sold, `b` blocked, in the order of `seats`."""
    showtime, seats = await _use_cases(request).seat_maps.read(showtime_id)
    tag = availability.state_etag(seats)
    return json_unless_unchanged(request, tag, lambda: availability.state_body(showtime.id, seats), _CACHING)


@router.post(
    "/api/seats/hold",
    summary="Hold seats, all or none",
    status_code=201,
    response_model=HoldView,
    responses=answering(
        ShowtimeNotFound,
        SeatsUnavailable,
        ShowtimeClosed,
        SoldTogether,
        LeavesSingleSeat,
        PriceChanged,
        UnknownSeats,
        HoldLimit,
    ),
)
async def hold_seats(request: Request, body: NewHold, caller: CallerDep) -> Response:
    """At the price of this moment, until `expiresAt`. `expectedTotal`: what the client showed, checked against it.
    `ticketTypes`: the type of ticket of each seat that is not an adult's."""
    claim = claim_of(request)
    wanted = HoldRequest(
        body.showtime_id,
        body.seat_ids,
        body.expected_total,
        body.ticket_types,
        id_seed=claim.seed if claim else None,
        is_retry=claim is not None and claim.is_retry,
        staff_of=caller.scopes(*_STAFF),
        guests=caller.guests,
        guest_address=_guest_address(request, caller),
    )
    hold = await _use_cases(request).holding.hold(caller.user_id, wanted)
    return Response(HoldView.json_of(hold), 201, {"Location": f"/api/seats/hold/{hold.id}"}, media_type=JSON)


@router.post(
    "/api/seats/best-available",
    summary="Hold the best seats that are free",
    status_code=201,
    response_model=BestSeatsView,
    responses=answering(ShowtimeNotFound, NotEnoughSeats, ShowtimeClosed, HoldLimit),
)
async def hold_best_seats(request: Request, body: BestSeatsWish, caller: CallerDep) -> Response:
    """Side by side, in the middle, about two thirds back, with no single seat left where that can be; else `split` in
    as few parts as can be. Accessible seats and those of companions are given to others last."""
    claim = claim_of(request)
    wanted = BestSeatsRequest(
        body.showtime_id,
        body.count,
        body.type,
        accessible=body.accessible,
        ticket_types=body.types_in_turn(),
        id_seed=claim.seed if claim else None,
        is_retry=claim is not None and claim.is_retry,
        guests=caller.guests,
        guest_address=_guest_address(request, caller),
    )
    hold, split = await _use_cases(request).best_seats.hold(caller.user_id, wanted)
    headers = {"Location": f"/api/seats/hold/{hold.id}"}
    return Response(BestSeatsView.json_with(hold, split=split), 201, headers, media_type=JSON)


async def _hold_seats_quickly(request: Request) -> Response:
    """The busiest write: parsed here by hand, with the same problems as anywhere else."""
    caller = await _caller(request)  # first: nobody's body is judged
    return await hold_seats(request, body_as(NewHold, await request.body()), caller)


async def _caller(request: Request) -> Caller:
    tokens: Tokens = request.state.tokens
    return await tokens.verify(bearer(request.headers.get("authorization")))


def _guest_address(request: Request, caller: Caller) -> str:
    """What stands for the address of a guest without an account; no address itself is stored."""
    if not caller.guest:
        return ""
    return "guests:" + hashlib.sha256(network_of(address_of(request)).encode()).hexdigest()[:16]


async def _owner(request: Request, caller: Caller, hold_id: str) -> str:
    """The caller, or the guest linked to the caller's account who made the hold."""
    return await _use_cases(request).holding.owner(caller.ids, hold_id) if caller.guests else caller.user_id


@router.get(
    "/api/seats/hold/{hold_id}",
    summary="A hold of the caller's",
    response_model=HoldView,
    responses=answering(HoldNotFound),
)
async def get_hold(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """An ended one can be read for an hour."""
    return _json(
        HoldView.json_of(await _use_cases(request).holding.find(await _owner(request, caller, hold_id), hold_id))
    )


@router.patch(
    "/api/seats/hold/{hold_id}/refresh",
    summary="Keep a hold for the whole time again",
    response_model=HoldView,
    responses=answering(HoldNotFound, HoldExpired, RefreshLimit, HoldSold),
)
async def refresh_hold(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """At most three times."""
    return _json(
        HoldView.json_of(await _use_cases(request).holding.refresh(await _owner(request, caller, hold_id), hold_id))
    )


@router.delete(
    "/api/seats/hold/{hold_id}",
    summary="Let a hold go",
    status_code=204,
    responses=answering(HoldNotFound, HoldSold),
)
async def release_hold(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """Again is fine; a hold that is sold or whose money has come stays."""
    await _use_cases(request).holding.release(await _owner(request, caller, hold_id), hold_id)
    return Response(status_code=204)


async def _release_hold_quickly(request: Request) -> Response:
    return await release_hold(request, request.path_params["hold_id"], await _caller(request))


@router.post("/internal/holds/{hold_id}/checkout", include_in_schema=False)
async def checkout(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """For payment: the sale this hold may become."""
    owner = await _owner(request, caller, hold_id)
    return _json((await _use_cases(request).checkouts.begin(owner, hold_id)).model_dump_json().encode())


@router.post("/internal/showtimes/{showtime_id}/replan", include_in_schema=False)
async def replan(request: Request, showtime_id: Annotated[str, Path()], caller: CallerDep) -> Response:
    """For catalog: what a theater's change of a showtime's seats comes to, and with `dryRun` nothing more."""
    replans = _use_cases(request).replans
    showtime = await replans.showtime(ShowtimeId(showtime_id))
    if not caller.has(showtime.snapshot.theater.theater_id, "manager"):
        raise Forbidden("this theater is not yours")
    try:
        plan = NewPlan.model_validate_json(await request.body())
    except ValidationError as error:
        raise InvalidInput("body", f"no change of seats: {error.error_count()} faults") from None
    view = PlanView.of(*await replans.replan(showtime.id, plan.request(UserId(caller.user_id))))
    return _json(view.model_dump_json(by_alias=True).encode())


@router.post("/internal/showtimes/{showtime_id}/watch", include_in_schema=False)
async def watch(request: Request, showtime_id: Annotated[str, Path()]) -> Response:
    """For the gateway, whose clients look at these seats: as they are now, and each change is said for a minute."""
    showtime, seats = await _use_cases(request).seat_maps.watch(showtime_id)
    return _json(availability.watched_body(showtime, seats))


async def _checkout_quickly(request: Request) -> Response:
    return await checkout(request, request.path_params["hold_id"], await _caller(request))


fast_path = {
    ("POST", "/api/seats/hold"): _hold_seats_quickly,
    ("DELETE", "/api/seats/hold/{hold_id}"): _release_hold_quickly,
    ("POST", "/internal/holds/{hold_id}/checkout"): _checkout_quickly,
}
"""Calls that read their request themselves, because each guest or each sale makes them."""
