"""What identity says."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.event import Event
from contracts.ids import UserId


class _UserEvent(Event):
    """A user as a whole; of several the one with the highest `revision` counts."""

    subject_field: ClassVar[str] = "user_id"
    carries: ClassVar[Literal["snapshot", "change"]] = "snapshot"

    user_id: UserId
    revision: int
    name: str
    email: str | None = None
    phone: str | None = None
    language: str = "en"
    email_notifications: bool = True
    sms_notifications: bool = True
    roles: tuple[str, ...] = ()  # held everywhere
    grants: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # theater id → the roles held there


class UserRegistered(_UserEvent):
    """A user exists. A full snapshot: keep the highest `revision`."""

    type: ClassVar[str] = "identity.user_registered.v1"


class UserChanged(_UserEvent):
    """A user's name, addresses, preferences or rights changed. A full snapshot: keep the highest `revision`."""

    type: ClassVar[str] = "identity.user_changed.v1"
