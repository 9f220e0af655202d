"""HTTP in for who runs a theater: the search for bookings, and all that happened to one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from booking.admin_api import ManagerDep
from booking.admin_schemas import CustomerBookingView, TimelineView
from booking.domain.advance import Status
from booking.errors import BookingNotFound
from booking.state import UseCasesDep
from booking.usecases.search import Search
from chassis.bodies import JsonRoute, json_response
from chassis.pages import PageRequestDep, PageView
from chassis.problems import answering

router = APIRouter(prefix="/api/admin/bookings", tags=["admin"], route_class=JsonRoute)


def _typed(description: str) -> object:
    return Query(max_length=254, description=description)


async def _search(
    *,
    reference: Annotated[str | None, _typed("in any case, grouped in any way")] = None,
    email: Annotated[str | None, _typed("the guest's address, in any case")] = None,
    phone: Annotated[str | None, _typed("the guest's number, with the country's code or without")] = None,
    showtime_id: Annotated[str | None, Query(alias="showtimeId", max_length=100)] = None,
    status: Status | None = None,
    q: Annotated[
        str | None,
        _typed(
            "a reference, the id of a booking, payment or hold, a phone number, or words that begin parts of the "
            "guest's name or address"
        ),
    ] = None,
) -> Search:
    """What is empty does not count."""
    return Search(reference or None, email or None, phone or None, showtime_id or None, status, q or None)


SearchDep = Annotated[Search, Depends(_search)]


@router.get("", summary="Search the bookings of one's theaters", response_model=PageView[CustomerBookingView])
async def search_bookings(
    caller: ManagerDep, search: SearchDep, use_cases: UseCasesDep, page: PageRequestDep
) -> Response:
    """The newest first. All that is given must fit."""
    matches, total = await use_cases.searching.page(caller, search, skip=page.skipped, limit=page.size)
    items = [CustomerBookingView.of_match(each) for each in matches]
    return json_response(PageView[CustomerBookingView](items=items, total=total, page=page.number, page_size=page.size))


@router.get(
    "/{booking_id}/timeline",
    summary="All that happened to a booking",
    response_model=TimelineView,
    responses=answering(BookingNotFound),
)
async def get_timeline(booking_id: str, caller: ManagerDep, use_cases: UseCasesDep) -> Response:
    """Every event, call to a provider, mail, SMS and scan, oldest first."""
    return json_response(TimelineView.of(await use_cases.timelines.of(booking_id, caller)))
