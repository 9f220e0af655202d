"""HTTP in: the reports of the theaters that somebody manages."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from booking.reports.errors import MixedCurrencies
from booking.reports.exports import ReportName, exported
from booking.reports.reading import Reading, Span
from booking.reports.views import ReportView
from chassis.auth import Caller, having
from chassis.bodies import json_response
from chassis.problems import Forbidden, InvalidInput, answering
from chassis.times import Day
from contracts.money import Currency

router = APIRouter(prefix="/api/admin/reports", tags=["admin"])
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]
FirstDay = Annotated[Day, Query(alias="from", description="a business day of the theater", examples=["2026-12-01"])]
LastDay = Annotated[Day, Query(alias="to", description="the last one, included", examples=["2026-12-31"])]
TheaterId = Annotated[str | None, Query(alias="theaterId", max_length=64, description="one's own when left out")]
MovieId = Annotated[str | None, Query(alias="movieId", max_length=64)]
InCurrency = Annotated[Currency | None, Query(description="needed where sales are in several")]
_NOT_STORED = {"Cache-Control": "private, no-store"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {}},
        "headers": {"Content-Disposition": {"description": "the file's name", "schema": {"type": "string"}}},
    }
}


async def _reading(request: Request) -> Reading:
    reading: Reading = request.state.reading
    return reading


ReadingDep = Annotated[Reading, Depends(_reading)]


async def _span(
    caller: ManagerDep,
    first: FirstDay,
    last: LastDay,
    theater_id: TheaterId = None,
    currency: InCurrency = None,
) -> Span:
    """Raises `Forbidden` for a theater that the caller does not manage."""
    if last < first:
        raise InvalidInput("to", "is before from")
    if theater_id is None:
        return Span(first, last, caller.scopes("manager"), None, currency)
    if not caller.has(theater_id, "manager"):
        raise Forbidden("this needs the role manager at that theater")
    return Span(first, last, frozenset({theater_id}), None, currency)


SpanDep = Annotated[Span, Depends(_span)]


@router.get(
    "",
    summary="What was sold, how full the shows were, and who did not come",
    response_model=ReportView,
    responses=answering(MixedCurrencies),
)
async def get_report(span: SpanDep, reading: ReadingDep, movie_id: MovieId = None) -> Response:
    """By business days of each theater, from six in the morning. A sale counts within half a minute."""
    of_movie = Span(span.first, span.last, span.theater_ids, movie_id, span.currency)
    sales, shows = await asyncio.gather(reading.sales(of_movie), reading.shows(of_movie))
    return json_response(ReportView.of(sales, shows), headers=_NOT_STORED)


@router.get(
    "/export",
    summary="A report as CSV",
    response_class=Response,
    responses={**_FILE, **answering(MixedCurrencies)},
)
async def export_report(report: ReportName, span: SpanDep, reading: ReadingDep) -> Response:
    """UTF-8 with a byte order mark, money in minor units. Of `bookings` all that were sold on these days."""
    name = f"{report}-{span.first}-{span.last}.csv"
    headers = {**_NOT_STORED, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(await exported(reading, report, span), headers=headers, media_type="text/csv")
