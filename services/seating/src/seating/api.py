"""HTTP in: each endpoint parses, makes one call, shapes the answer."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.auth import Caller, CallerDep, OptionalCallerDep, Tokens, bearer
from chassis.bodies import body_as
from chassis.conditional import json_unless_unchanged
from chassis.idempotency import claim_of
from chassis.problems import answering
from seating import availability
from seating.errors import (
    HoldExpired,
    HoldLimit,
    HoldNotFound,
    HoldSold,
    LeavesSingleSeat,
    PriceChanged,
    RefreshLimit,
    SeatsUnavailable,
    ShowtimeClosed,
    ShowtimeNotFound,
    SoldTogether,
    UnknownSeats,
)
from seating.schemas import AvailabilityView, HoldView, NewHold, StateView
from seating.usecases.holding import HoldRequest
from seating.usecases.use_cases import UseCases

router = APIRouter(tags=["seats"])
ShowtimeParameter = Annotated[str, Query(alias="showtimeId")]
HoldParameter = Annotated[str, Path()]
JSON = "application/json"
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
    """Decided after what has expired has ended, so that a hold's end changes the answer at its instant."""
    templates: availability.SeatMapTemplates = request.state.templates
    user_id = caller.user_id if caller else ""
    priced = await _use_cases(request).seat_maps.read_with_prices(showtime_id, user_id)
    template = templates.get(priced.showtime, priced.prices)
    tag = availability.etag(template, priced.seats, user_id)
    return json_unless_unchanged(request, tag, lambda: availability.body(priced, template), _CACHING)


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
    """At the price of this moment, until `expiresAt`. `expectedTotal`: what the client showed, checked against it."""
    claim = claim_of(request)
    wanted = HoldRequest(
        body.showtime_id,
        body.seat_ids,
        body.expected_total,
        id_seed=claim.seed if claim else None,
        is_retry=claim is not None and claim.is_retry,
    )
    hold = await _use_cases(request).holding.hold(caller.user_id, wanted)
    return Response(HoldView.json_of(hold), 201, {"Location": f"/api/seats/hold/{hold.id}"}, media_type=JSON)


async def _hold_seats_quickly(request: Request) -> Response:
    """The busiest write: parsed here by hand, with the same problems as anywhere else."""
    caller = await _caller(request)  # first: nobody's body is judged
    return await hold_seats(request, body_as(NewHold, await request.body()), caller)


async def _caller(request: Request) -> Caller:
    tokens: Tokens = request.state.tokens
    return await tokens.verify(bearer(request.headers.get("authorization")))


@router.get(
    "/api/seats/hold/{hold_id}",
    summary="A hold of the caller's",
    response_model=HoldView,
    responses=answering(HoldNotFound),
)
async def get_hold(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """An ended one can be read for an hour."""
    return _json(HoldView.json_of(await _use_cases(request).holding.find(caller.user_id, hold_id)))


@router.patch(
    "/api/seats/hold/{hold_id}/refresh",
    summary="Keep a hold for the whole time again",
    response_model=HoldView,
    responses=answering(HoldNotFound, HoldExpired, RefreshLimit, HoldSold),
)
async def refresh_hold(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """At most three times."""
    return _json(HoldView.json_of(await _use_cases(request).holding.refresh(caller.user_id, hold_id)))


@router.delete(
    "/api/seats/hold/{hold_id}",
    summary="Let a hold go",
    status_code=204,
    responses=answering(HoldNotFound, HoldSold),
)
async def release_hold(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """Again is fine; a hold that is sold or whose money has come stays."""
    await _use_cases(request).holding.release(caller.user_id, hold_id)
    return Response(status_code=204)


async def _release_hold_quickly(request: Request) -> Response:
    return await release_hold(request, request.path_params["hold_id"], await _caller(request))


@router.post("/internal/holds/{hold_id}/checkout", include_in_schema=False)
async def checkout(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """For payment: the sale this hold may become."""
    return _json((await _use_cases(request).checkouts.begin(caller.user_id, hold_id)).model_dump_json().encode())


async def _checkout_quickly(request: Request) -> Response:
    return await checkout(request, request.path_params["hold_id"], await _caller(request))


fast_path = {
    ("POST", "/api/seats/hold"): _hold_seats_quickly,
    ("DELETE", "/api/seats/hold/{hold_id}"): _release_hold_quickly,
    ("POST", "/internal/holds/{hold_id}/checkout"): _checkout_quickly,
}
"""Calls that read their request themselves, because each guest or each sale makes them."""
