"""HTTP in: each endpoint parses, makes one call, shapes the answer."""

from collections.abc import Callable
from typing import Annotated, Any

from chassis.app import ProblemBody
from chassis.auth import Caller, CallerDep, OptionalCallerDep, Tokens, bearer
from chassis.bodies import without_bom
from chassis.idempotency import turn_of
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from seating import availability
from seating.schemas import AvailabilityView, HoldBody, HoldView, StateView, shown
from seating.usecases.holding import Asked, Holding
from seating.usecases.maps import SeatMaps

router = APIRouter(tags=["seats"])
ShowtimeParameter = Annotated[str, Query(alias="showtimeId")]
HoldParameter = Annotated[str, Path()]
JSON = "application/json"
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "unchanged"}}


def _problems(codes: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ProblemBody, "description": text} for status, text in codes.items()}


def _json(body: bytes) -> Response:
    return Response(body, media_type=JSON)


@router.get(
    "/api/seats/availability", summary="A showtime's seats, prices and who holds what", response_model=AvailabilityView,
    responses=_UNCHANGED | _problems({404: "showtime_not_found", 503: "service_unavailable"}),
)  # fmt: skip
async def read_availability(request: Request, showtime_id: ShowtimeParameter, caller: OptionalCallerDep) -> Response:
    """Decided after what has expired has ended, so that a hold's end changes the answer at its instant."""
    maps: SeatMaps = request.state.maps
    holding: Holding = request.state.holding
    plates: availability.Plates = request.state.plates
    user_id = caller.user_id if caller else ""
    showtime, seats = await maps.read(showtime_id, user_id)
    plate = plates.of(showtime, holding.tariff.prices(showtime, seats.now / 1000, seats.occupancy))
    tag = availability.etag(plate, seats, user_id)
    return _unless_known(request, tag, lambda: availability.body(showtime, plate, seats))


def _unless_known(request: Request, tag: str, body: Callable[[], bytes]) -> Response:
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body(), headers=headers, media_type=JSON)


def _has(if_none_match: str, tag: str) -> bool:
    """RFC 9110 §13.1.2: weak comparison with any of the list."""
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return tag in given or given == ["*"]


@router.get(
    "/api/seats/state", summary="The live part alone, one letter per seat", response_model=StateView,
    responses=_UNCHANGED | _problems({404: "showtime_not_found", 503: "service_unavailable"}),
)  # fmt: skip
async def read_state(request: Request, showtime_id: ShowtimeParameter) -> Response:
    """`a` available, `h` held, `s` sold, `b` blocked, in the order of `seats`."""
    maps: SeatMaps = request.state.maps
    showtime, seats = await maps.read(showtime_id)
    return _unless_known(request, availability.state_etag(seats), lambda: availability.state(showtime.id, seats))


@router.post(
    "/api/seats/hold", summary="Hold seats, all or none", status_code=201, response_model=HoldView,
    openapi_extra={"security": [{"bearer": []}],
                   "requestBody": {"required": True, "content": {JSON: {"schema": HoldBody.model_json_schema()}}}},
    responses=_problems({
        401: "not_authenticated, token_expired", 404: "showtime_not_found",
        409: "seats_unavailable, showtime_closed, leaves_single_seat, price_changed",
        422: "unknown_seats, validation_error", 429: "hold_limit", 503: "service_unavailable",
    }),
)  # fmt: skip
async def hold(request: Request) -> Response:
    """At the price of this moment, until `expiresAt`. `expectedTotal`: what the client showed, checked against it."""
    # The busiest write of the house: parsed here by hand, with the same problems as anywhere else.
    caller = await _caller(request)
    body = _hold_body(await request.body())
    holding: Holding = request.state.holding
    asked = Asked(body.showtime_id, body.seat_ids, body.expected_total, turn_of(request))
    held = await holding.hold(caller.user_id, asked)
    return Response(shown(held), 201, {"Location": f"/api/seats/hold/{held.id}"}, media_type=JSON)


shortcuts = {("POST", "/api/seats/hold"): hold}


async def _caller(request: Request) -> Caller:
    tokens: Tokens = request.state.tokens
    return await tokens.verify(bearer(request.headers.get("authorization")))


def _hold_body(raw: bytes) -> HoldBody:
    try:
        return HoldBody.model_validate_json(without_bom(raw))
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_input=False)]
        raise RequestValidationError(found) from None


@router.get(
    "/api/seats/hold/{hold_id}", summary="A hold of the caller's", response_model=HoldView,
    responses=_problems({401: "not_authenticated", 404: "hold_not_found", 503: "service_unavailable"}),
)  # fmt: skip
async def read_hold(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """An ended one can be read for an hour."""
    holding: Holding = request.state.holding
    return _json(shown(await holding.find(caller.user_id, hold_id)))


@router.patch(
    "/api/seats/hold/{hold_id}/refresh", summary="Keep a hold for the whole time again", response_model=HoldView,
    responses=_problems({401: "not_authenticated", 404: "hold_not_found", 503: "service_unavailable",
                         409: "hold_expired, refresh_limit, hold_sold"}),
)  # fmt: skip
async def refresh(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """At most three times."""
    holding: Holding = request.state.holding
    return _json(shown(await holding.refresh(caller.user_id, hold_id)))


@router.delete(
    "/api/seats/hold/{hold_id}", summary="Let a hold go", status_code=204,
    responses=_problems({401: "not_authenticated", 404: "hold_not_found", 409: "hold_sold",
                         503: "service_unavailable"}),
)  # fmt: skip
async def release(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """Again is fine; a hold that is sold or whose money has come stays."""
    holding: Holding = request.state.holding
    await holding.release(caller.user_id, hold_id)
    return Response(status_code=204)


@router.post("/internal/holds/{hold_id}/checkout", include_in_schema=False)
async def checkout(request: Request, hold_id: HoldParameter, caller: CallerDep) -> Response:
    """For payment: the sale this hold may become."""
    holding: Holding = request.state.holding
    return _json((await holding.checkout(caller.user_id, hold_id)).model_dump_json().encode())
