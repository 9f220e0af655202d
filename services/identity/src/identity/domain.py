"""Users with their rights and preferences, sessions and their refresh tokens."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeGuard, get_args

from pydantic import JsonValue

from contracts.ids import UserId

GrantedRole = Literal["staff", "manager"]
Role = Literal["user", "staff", "manager", "admin"]
SessionEnd = Literal[
    "logout", "token_reused", "password_reset", "password_changed", "ended", "blocked", "linked", "erased"
]
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
_MOST_SENDS = 5  # to one phone, or of one kind to one address, within the window
CODE_PAUSE = timedelta(seconds=30)  # between two codes to one phone


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

    def includes(self, other: "Rights") -> bool:
        """Whether everything that `other` allows is allowed."""
        return {*self.roles} >= {*other.roles} and {*self.grants} >= {*other.grants}

    @property
    def shown(self) -> dict[str, JsonValue]:
        """As the audit shows them, under the names of public documents."""
        grants: list[JsonValue] = [{"theaterId": grant.theater_id, "role": grant.role} for grant in self.grants]
        return {"roles": list(self.roles), "grants": grants}

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
    """An account, or a guest without one. `version` starts at 1 and rises by one with each change; events call it
    `revision`."""

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
    blocked: bool = False  # then nobody signs in as this user
    of_environment: bool = False  # made at start from ADMIN_EMAIL and ADMIN_PASSWORD
    grants_version: int = 1  # rises when rights are taken away: access tokens of a lower one are void
    grants_changed_at: datetime | None = None  # when that version rose last
    guest: bool = False  # without an account: never signs in, and others may have the same e-mail and phone
    linked_to: UserId | None = None  # the account that has this guest's bookings now
    erased_at: datetime | None = None  # since when nothing is known of the person
    guest_ids: tuple[UserId, ...] = ()  # of an account: the guests linked to it, in that order
    ends_at: datetime | None = None  # of a guest who has not said where tickets go, and so has bought nothing

    @property
    def can_act(self) -> bool:
        """Whether tokens of this user are still to be given out: not those of a guest that was linked."""
        return not self.blocked and self.linked_to is None and self.erased_at is None

    def erased(self, at: datetime) -> "User":
        """What stays of the user: the id that bookings name, since when, and who the guests were."""
        return User(
            id=self.id,
            version=self.version,
            name="",
            email=None,
            phone=None,
            password_hash=None,
            rights=Rights.of(["user"]),
            created_at=self.created_at,
            grants_version=self.grants_version,
            guest=self.guest,
            linked_to=self.linked_to,
            erased_at=at,
            guest_ids=self.guest_ids,
        )


@dataclass(frozen=True, slots=True)
class Erasure:
    """The record of an erasure: of whom, when, which bookings were upcoming, and what was retained, each with the
    reason."""

    user_id: UserId
    at: datetime
    guest_ids: tuple[UserId, ...]
    upcoming_booking_ids: tuple[str, ...]
    retained: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UserQuery:
    """Which users are asked for; None leaves out nobody. `phone` in E.164, verified or not."""

    email: str | None = None
    phone: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """Where a call came from: what the client calls itself, and the address of the peer."""

    user_agent: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """From a sign-in to its logout. Its refresh tokens, each spent for the next, expire at `expires_at` at the latest.

    `ended` says how it ended before that, if it did. It was last used, on `device`, when it last gave tokens.
    """

    id: str
    user_id: UserId
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime
    device: Device
    ended: SessionEnd | None = None
    ended_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it still gives tokens."""
        return self.ended is None and self.expires_at > now


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
    guest_id: str | None = None  # whom the one who signs in claims to be
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


def wait_before_send(sends: Iterable[datetime], now: datetime, pause: timedelta) -> timedelta:
    """How long the next message has to wait after these sends, between two of which is a `pause`; zero when it may go
    out now."""
    counting = recent(sends, now)
    ends = [counting[-1] + pause] if counting else []
    if len(counting) >= _MOST_SENDS:
        ends.append(counting[-_MOST_SENDS] + _SEND_WINDOW)
    return max([timedelta(0), *(end - now for end in ends)])
