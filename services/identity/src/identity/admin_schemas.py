"""HTTP bodies of identity's admin calls."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import Query
from pydantic import AfterValidator, Field, JsonValue

from chassis.bodies import ResponseBody
from chassis.contacts import email_address, phone_number
from chassis.times import Moment
from contracts.audit import AuditRecord
from identity.domain import Role, User
from identity.schemas import UserView

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def _in_utc(time: datetime) -> datetime:
    if not _FIRST <= time <= _LAST:
        raise ValueError(f"a time from {_FIRST.year} to {_LAST.year}")
    return time.astimezone(UTC)


Time = Annotated[Moment, AfterValidator(_in_utc)]
Side = dict[str, JsonValue] | None
WhoParameter = Annotated[str | None, Query(max_length=64, description="a user's id")]
WhatParameter = Annotated[str | None, Query(max_length=200, description="a part of action or subject, in any case")]
FromParameter = Annotated[Time | None, Query(alias="from", description="from this time on")]
ToParameter = Annotated[Time | None, Query(description="up to this time")]


def _email(text: str) -> str:
    """An address in the form in which it is stored; what is none stays, and is nobody's."""
    try:
        return email_address(text)
    except ValueError:
        return text


def _phone(text: str) -> str:
    """A number in E.164, also where its `+` came as a space; what is none stays, and is nobody's."""
    number = text.strip()
    try:
        return phone_number(number if number.startswith("+") else f"+{number}")
    except ValueError:
        return text


EmailParameter = Annotated[
    Annotated[str, AfterValidator(_email)] | None, Query(max_length=254, description="the whole address, in any case")
]
PhoneParameter = Annotated[
    Annotated[str, AfterValidator(_phone)] | None, Query(max_length=40, description="with its country code")
]
RoleParameter = Annotated[Role | None, Query(description="held everywhere, or at any theater")]


class FoundUserView(UserView):
    """A user as admins find them."""

    blocked: Annotated[bool, Field(description="then nobody signs in as this user")]

    @classmethod
    def found(cls, user: User) -> Self:
        """The user as they are shown to admins."""
        return cls(**dict(UserView.of(user)), blocked=user.blocked)


class AuditRecordView(ResponseBody):
    """A change made by an admin call. `before` and `after` have what differs, under the names of public documents."""

    id: str
    at: datetime
    user_id: Annotated[str, Field(description="who changed it; `environment` made the first admin")]
    user_name: Annotated[str | None, Field(description="null: nobody's any more")]
    action: Annotated[str, Field(examples=["showtimes.changed"])]
    subject: Annotated[str, Field(description="the id of what was changed")]
    subject_name: Annotated[str | None, Field(description="of a user who was changed; null for all else")]
    theater_id: Annotated[str | None, Field(description="where the subject belongs")]
    before: Annotated[Side, Field(description="null: there was nothing yet", examples=[{"basePrice": 20000}])]
    after: Annotated[Side, Field(description="null: it was removed", examples=[{"basePrice": 25000}])]

    @classmethod
    def of(cls, record: AuditRecord, names: Mapping[str, str]) -> Self:
        """The record as it is shown; `names` are those of users, by id."""
        return cls(
            id=record.audit_id,
            at=record.at,
            user_id=record.user_id,
            user_name=names.get(record.user_id),
            action=record.action,
            subject=record.subject_id,
            subject_name=names.get(record.subject_id),
            theater_id=record.theater_id,
            before=record.before,
            after=record.after,
        )
