"""HTTP in for admins and managers: what needs a person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, json_response
from chassis.conditional import TAGGED, etag_of
from chassis.pages import PageRequestDep, PageView
from chassis.problems import answering
from payment.api.state import UseCasesDep
from payment.errors import CaseNotFound
from payment.schemas import CaseView, CloseCaseBody

router = APIRouter(prefix="/api/admin/cases", tags=["admin"], route_class=JsonRoute)
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]
IsOpen = Annotated[bool | None, Query(alias="open", description="only open ones, or only closed ones")]


@router.get("", summary="What needs a person, newest first", response_model=PageView[CaseView])
async def list_cases(
    caller: ManagerDep, use_cases: UseCasesDep, page: PageRequestDep, is_open: IsOpen = None
) -> Response:
    """Managers see those of their theaters."""
    cases, total = await use_cases.cases.page(caller, is_open=is_open, skip=page.skipped, limit=page.size)
    items = [CaseView.of(payment_id, case) for payment_id, case in cases]
    return json_response(PageView[CaseView](items=items, total=total, page=page.number, page_size=page.size))


@router.post(
    "/{case_id}/close",
    summary="Close a case with a note",
    response_model=CaseView,
    responses={200: TAGGED, **answering(CaseNotFound)},
)
async def close_case(case_id: str, body: CloseCaseBody, caller: ManagerDep, use_cases: UseCasesDep) -> Response:
    """Closed again it stays as it was."""
    payment, case = await use_cases.cases.close(case_id, body.note, caller)
    headers = {"ETag": etag_of(payment.version)}
    return json_response(CaseView.of(payment.facts.payment_id, case), headers=headers)
