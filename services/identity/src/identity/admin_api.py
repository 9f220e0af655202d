"""HTTP in for admins and managers: users' rights, and who changed what."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of
from chassis.pages import PageRequestDep, PageView
from chassis.problems import answering
from contracts.ids import is_id
from identity.admin_schemas import (
    AuditRecordView,
    EmailParameter,
    FoundUserView,
    FromParameter,
    PhoneParameter,
    RoleParameter,
    ToParameter,
    WhatParameter,
    WhoParameter,
)
from identity.api import UseCasesDep
from identity.assembly import UseCases
from identity.audit import AuditQuery
from identity.domain import UserQuery
from identity.errors import LastAdmin, NoAccount, UserNotFound
from identity.schemas import RoleGrant, UserView

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=JsonRoute)
AdminDep = Annotated[Caller, Depends(having("admin"))]
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]


async def _user_query(
    email: EmailParameter = None, phone: PhoneParameter = None, role: RoleParameter = None
) -> UserQuery:
    return UserQuery(email, phone, role)


UserQueryDep = Annotated[UserQuery, Depends(_user_query)]


async def _audit_query(
    caller: ManagerDep,
    who: WhoParameter = None,
    what: WhatParameter = None,
    since: FromParameter = None,
    to: ToParameter = None,
) -> AuditQuery:
    return AuditQuery(who, what, since, to, caller.scopes("manager"))


AuditQueryDep = Annotated[AuditQuery, Depends(_audit_query)]


@router.get("/users", summary="Find users, newest first", response_model=PageView[FoundUserView])
async def list_users(_caller: AdminDep, query: UserQueryDep, use_cases: UseCasesDep, page: PageRequestDep) -> Response:
    """By the whole address or number, guests without an account too, and by a role held anywhere."""
    users, total = await use_cases.users.store.page(query, page)
    items = [FoundUserView.found(user) for user in users]
    return json_response(PageView[FoundUserView](items=items, total=total, page=page.number, page_size=page.size))


@router.post(
    "/users/{user_id}/block",
    status_code=204,
    summary="End a user's sessions, and let nobody sign in as them",
    responses={204: TAGGED, **answering(LastAdmin, UserNotFound)},
)
async def block_user(user_id: str, caller: AdminDep, use_cases: UseCasesDep) -> Response:
    """Signing in with the right password is 403 `user_blocked` then."""
    return await _blocked(use_cases, user_id, blocked=True, by=caller.user_id)


@router.post(
    "/users/{user_id}/unblock",
    status_code=204,
    summary="Let a user sign in again",
    responses={204: TAGGED, **answering(UserNotFound)},
)
async def unblock_user(user_id: str, caller: AdminDep, use_cases: UseCasesDep) -> Response:
    """The sessions that were ended stay so."""
    return await _blocked(use_cases, user_id, blocked=False, by=caller.user_id)


async def _blocked(use_cases: UseCases, user_id: str, *, blocked: bool, by: str) -> Response:
    user = await use_cases.users.block(_well_formed(user_id), blocked=blocked, by=by)
    return Response(status_code=204, headers={"ETag": etag_of(user.version)})


def _well_formed(user_id: str) -> str:
    if not is_id("usr", user_id):
        raise UserNotFound("no user has this id")
    return user_id


@router.put(
    "/users/{user_id}/roles",
    summary="Set a user's roles and theaters",
    response_model=UserView,
    responses={200: TAGGED, **answering(LastAdmin, NoAccount, UserNotFound, StaleVersion)},
)
async def set_roles(
    user_id: str, body: RoleGrant, caller: AdminDep, use_cases: UseCasesDep, if_match: IfMatchDep
) -> Response:
    """`grants` say at which theater the user is `staff` or `manager`. In short, for one role at several theaters: that
    role in `roles`, the theaters in `theaterIds`. What is left out is taken away; without `roles`, `user` stays. Guests
    without an account and people who were erased are given none."""
    user = await use_cases.users.grant(_well_formed(user_id), body.rights(), if_match, by=caller.user_id)
    return json_response(UserView.of(user), headers={"ETag": etag_of(user.version)})


@router.get("/audit", summary="What admin calls have changed, newest first", response_model=PageView[AuditRecordView])
async def list_audit(query: AuditQueryDep, use_cases: UseCasesDep, page: PageRequestDep) -> Response:
    """Admins see all; managers see the changes of what belongs to their theaters, each with the name of who made it. A
    change shows here a moment after its call was answered."""
    records, total = await use_cases.audit.page(query, page)
    concerned = {user_id for record in records for user_id in (record.user_id, record.subject_id)}
    names = await use_cases.users.store.names(concerned)
    items = [AuditRecordView.of(record, names) for record in records]
    return json_response(PageView[AuditRecordView](items=items, total=total, page=page.number, page_size=page.size))
