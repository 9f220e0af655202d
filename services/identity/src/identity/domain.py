"""Users with their rights and preferences, sessions and their refresh tokens, and the lines of the audit."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeGuard, get_args

from contracts.ids import UserId

GrantedRole = Literal["staff", "manager"]
Role = Literal["user", "staff", "manager", "admin"]
SessionEnd = Literal["logout", "token_reused", "password_reset"]
ChallengePurpose = Literal["register", "sign_in", "phone"]
LinkPurpose = Literal["welcome", "verify", "change"]
_RANKS: dict[Role, int] = {role: rank for rank, role in enumerate(get_args(Role))}
SESSION_LIFETIME = timedelta(days=30)  # since the last tokens were issued
_GRACE = timedelta(seconds=10)  # for two tabs, or an answer that was lost
LINK_LIFETIME = timedelta(hours=48)  # of a link that verifies an address
RESET_LIFETIME = timedelta(minutes=30)
CODE_LIFETIME = timedelta(minutes=5)
MOST_ATTEMPTS = 5  # codes that a challenge takes
_SEND_WINDOW = timedelta(hours=1)
_MOST_SENDS = 5  # to one phone within the window
_SEND_PAUSE = timedelta(seconds=30)


def is_granted(role: Role) -> TypeGuard[GrantedRole]:
    """Whether the role counts at theaters where it was granted, not everywhere."""
    return role in get_args(GrantedRole)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at one theater."""

    theater_id: str
    role: GrantedRole


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do: `roles` count everywhere, each of `grants` at its theater alone.

    Made by `Rights.of`, rights that allow the same are equal.
    """

    roles: tuple[Role, ...]
    grants: tuple[Grant, ...] = ()

    @classmethod
    def of(cls, roles: Iterable[Role], grants: Iterable[Grant] = ()) -> "Rights":
        """Without repeats and in one order: roles by rank, grants by theater and then by rank."""
        ordered = sorted(set(grants), key=lambda grant: (grant.theater_id, _RANKS[grant.role]))
        return cls(tuple(sorted(set(roles), key=_RANKS.__getitem__)), tuple(ordered))

    @property
    def is_admin(self) -> bool:
        """Whether the user may do everything everywhere."""
        return "admin" in self.roles

    @property
    def all_roles(self) -> list[Role]:
        """The roles that the user has anywhere, by rank."""
        return sorted({*self.roles, *(grant.role for grant in self.grants)}, key=_RANKS.__getitem__)

    @property
    def by_theater(self) -> dict[str, list[GrantedRole]]:
        """Theater id → the roles granted there, by rank."""
        roles: dict[str, list[GrantedRole]] = defaultdict(list)
        for grant in self.grants:
            roles[grant.theater_id].append(grant.role)
        return dict(roles)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a user wants to be sent, in which language (BCP 47), and the theaters they like."""

    email_notifications: bool = True
    sms_notifications: bool = True
    language: str = "en"
    favourite_theater_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """An account. `version` starts at 1 and rises by one with each change; events call it `revision`."""

    id: UserId
    version: int
    name: str
    email: str | None
    phone: str | None  # in E.164
    password_hash: str | None  # none of who signs in by phone alone
    rights: Rights
    created_at: datetime
    preferences: Preferences = field(default_factory=Preferences)
    email_verified: bool = False
    phone_verified: bool = False  # then it signs in, and no other user has it
    pending_email: str | None = None  # takes the place of `email` when the link sent to it is opened
    of_environment: bool = False  # made at start from ADMIN_EMAIL and ADMIN_PASSWORD


@dataclass(frozen=True, slots=True)
class Session:
    """From a sign-in to its logout. Its refresh tokens, each spent for the next, expire at `expires_at` at the latest.

    `ended` says how it ended before that, if it did.
    """

    id: str
    user_id: UserId
    created_at: datetime
    expires_at: datetime
    ended: SessionEnd | None = None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What is stored of a refresh token: its hash, and since when it is spent."""

    hash: str
    session_id: str
    expires_at: datetime
    spent_at: datetime | None = None

    def is_stolen(self, now: datetime) -> bool:
        """Whether the token, sent again `now`, was spent so long ago that its owner must have the next one."""
        return self.spent_at is not None and self.spent_at + _GRACE < now


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A change of a user's rights. `subject` is whose rights, `by` who changed them: a user's id, or `environment`."""

    id: str
    at: datetime
    by: str
    subject: UserId
    before: Rights
    after: Rights
    action: Literal["roles_changed"] = "roles_changed"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code was sent to a phone, or seems to have been: whoever knows it signs in, or has verified the phone.

    Without a `code_hash` nothing was sent and no code fits. `number` counts the sends; only the newest code works.
    """

    id: str
    purpose: ChallengePurpose
    phone: str
    code_hash: str | None
    expires_at: datetime
    number: int = 1
    attempts: int = 0
    name: str | None = None  # of who registers
    user_id: str | None = None  # whose phone is verified
    language: str = "en"
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EmailLink:
    """What is stored of a link that verifies an address: the hash of its token, and whose address it is."""

    hash: str
    user_id: UserId
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """What is stored of a link that sets a password anew. Of an address that has no account there is one without a
    user: it takes as long to store."""

    hash: str
    user_id: UserId | None
    email: str
    requested_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def recent(sends: Iterable[datetime], now: datetime) -> list[datetime]:
    """The sends that count at this time, oldest first."""
    return sorted(send for send in sends if send > now - _SEND_WINDOW)


def wait_before_send(sends: Iterable[datetime], now: datetime) -> timedelta:
    """How long the next code for a phone has to wait after these sends; zero when it may go out now."""
    counting = recent(sends, now)
    ends = [counting[-1] + _SEND_PAUSE] if counting else []
    if len(counting) >= _MOST_SENDS:
        ends.append(counting[-_MOST_SENDS] + _SEND_WINDOW)
    return max([timedelta(0), *(end - now for end in ends)])
