"""What identity says."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.event import Event, UtcTime
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
    email_verified: bool = False
    phone_verified: bool = False
    favourite_theater_ids: tuple[str, ...] = ()
    guest: bool = False  # without an account: bought without registering


class UserRegistered(_UserEvent):
    """A user exists. A full snapshot: keep the highest `revision`."""

    type: ClassVar[str] = "identity.user_registered.v1"


class UserChanged(_UserEvent):
    """A user's name, addresses, preferences or rights changed. A full snapshot: keep the highest `revision`."""

    type: ClassVar[str] = "identity.user_changed.v1"


class SessionEnded(Event):
    """A session has ended, and with it its access tokens. Each copy of whatever verifies tokens hears it."""

    type: ClassVar[str] = "identity.session_ended.v1"
    subject_field: ClassVar[str] = "user_id"

    session_id: str
    user_id: UserId
    at: UtcTime


class GrantsChanged(Event):
    """Something was taken away from a user: a role, all sessions, or the account. Their access tokens with a lower
    version (`gv`) are void. Each copy of whatever verifies tokens hears it."""

    type: ClassVar[str] = "identity.grants_changed.v1"
    subject_field: ClassVar[str] = "user_id"

    user_id: UserId
    version: int
    at: UtcTime


class UserErased(Event):
    """A person asked to be forgotten: name, addresses and preferences are to be erased wherever they are; bookings and
    money stay under the bare id. Of snapshots with a lower `revision` none counts any more."""

    type: ClassVar[str] = "identity.user_erased.v1"
    subject_field: ClassVar[str] = "user_id"

    user_id: UserId
    revision: int
    at: UtcTime


class EmailVerificationRequested(Event):
    """An address asks to be verified by the link with this token. Private: the token verifies whoever opens it."""

    type: ClassVar[str] = "identity.email_verification_requested.v1"
    subject_field: ClassVar[str] = "user_id"
    private: ClassVar[bool] = True

    user_id: UserId
    email: str
    name: str
    token: str
    purpose: Literal["welcome", "verify", "change"]  # of a new account, once more, of a changed address
    language: str = "en"
    expires_at: UtcTime


class EmailChangeRequested(Event):
    """An account's present address is told that another one asks to take its place."""

    type: ClassVar[str] = "identity.email_change_requested.v1"
    subject_field: ClassVar[str] = "user_id"
    private: ClassVar[bool] = True

    user_id: UserId
    email: str  # the present address
    name: str
    request_id: str  # one per change asked for
    language: str = "en"


class GuestLinked(Event):
    """The bookings of a guest without an account are an account's now: its user proved to be the guest. Told to an
    address."""

    type: ClassVar[str] = "identity.guest_linked.v1"
    subject_field: ClassVar[str] = "user_id"
    private: ClassVar[bool] = True

    user_id: UserId  # of the account
    guest_id: UserId
    email: str  # where it is told
    name: str
    language: str = "en"


class PasswordResetRequested(Event):
    """A forgotten password can be set anew by the link with this token. Private: the token opens the account."""

    type: ClassVar[str] = "identity.password_reset_requested.v1"
    subject_field: ClassVar[str] = "user_id"
    private: ClassVar[bool] = True

    user_id: UserId
    email: str
    name: str
    token: str
    language: str = "en"
    expires_at: UtcTime


class OtpRequested(Event):
    """A code signs in, or verifies a phone. Private. Of one challenge only the send with the highest `number` works."""

    type: ClassVar[str] = "identity.otp_requested.v1"
    subject_field: ClassVar[str] = "challenge_id"
    private: ClassVar[bool] = True

    challenge_id: str
    number: int  # which send of the challenge: 1, 2, …
    phone: str  # in E.164
    code: str
    language: str = "en"
    expires_at: UtcTime
