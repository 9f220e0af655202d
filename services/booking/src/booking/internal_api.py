"""HTTP in, for other services: the references of bookings, and who has tickets for shows to come."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from booking.state import UseCasesDep
from chassis.auth import Caller, CallerDep, having
from chassis.bodies import JsonRoute, RequestBody, ResponseBody, json_response

router = APIRouter(include_in_schema=False, route_class=JsonRoute)
StaffDep = Annotated[Caller, Depends(having("admin", "manager", "staff"))]
_MOST = 5000  # a screen has 2,000 seats


class BookingIdsBody(RequestBody):
    """Whose references are wanted."""

    booking_ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=_MOST)]


class ReferencesView(ResponseBody):
    """References by booking id; of bookings that are not known, or not of the caller's theaters, there are none."""

    references: dict[str, str]


class UpcomingView(ResponseBody):
    """Confirmed bookings of the caller whose shows have not begun."""

    booking_ids: list[str]


@router.get("/internal/bookings/upcoming")
async def list_upcoming(caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """For identity, which erases nobody unawares who still has tickets."""
    return json_response(UpcomingView(booking_ids=await use_cases.lookup.upcoming(caller, datetime.now(UTC))))


@router.post("/internal/bookings/references")
async def list_references(body: BookingIdsBody, caller: StaffDep, use_cases: UseCasesDep) -> Response:
    """For catalog, which lists the bookings that a change of a showtime hits."""
    return json_response(ReferencesView(references=await use_cases.lookup.references(body.booking_ids, caller)))
