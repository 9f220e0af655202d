"""HTTP bodies of identity."""

from dataclasses import asdict, replace
from datetime import datetime
from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, SecretStr, StringConstraints, Tag

from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.changes import Change
from chassis.contacts import Email, Phone, ShownEmail, ShownPhone
from chassis.jwk import PublicKeyView
from chassis.problems import InvalidInput
from chassis.text import Line
from identity import domain
from identity.domain import Challenge, Grant, GrantedRole, Rights, Role, Session, User, is_granted
from identity.passwords import NewPassword
from identity.tokens import ACCESS_SECONDS
from identity.usecases.sessions import SignedIn

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Line]
LinkToken = Annotated[SecretStr, Field(min_length=1, max_length=512)]
ChallengeId = Annotated[str, Field(min_length=1, max_length=64)]
RefreshToken = Annotated[SecretStr, Field(min_length=1, max_length=512)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
TheaterId = Annotated[str, Field(pattern=r"^thr_[0-9a-z]{26}$")]
TheaterIds = Annotated[tuple[TheaterId, ...], Field(max_length=100)]


InCookie = Annotated[
    bool, Field(strict=True, description="give the refresh token in a cookie, which no script can read")
]


class SignIn(RequestBody):
    """What may be asked of a sign-in."""

    cookie: InCookie = Field(default_factory=bool)
    claim: Annotated[
        bool,
        Field(strict=True, description="with the token of a guest: what the guest holds and bought is the account's"),
    ] = Field(default_factory=bool)


class Credentials(SignIn):
    """Bodies that bear a password, whose spaces count."""

    model_config = ConfigDict(str_strip_whitespace=False)

    email: Email


class Registration(Credentials):
    """A new account."""

    name: Name
    password: NewPassword
    phone: Phone | None = None


class Login(Credentials):
    """An account's e-mail and password."""

    password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]


class PhoneRegistration(SignIn):
    """A new account of a phone, without a password; a phone that has an account signs in."""

    name: Name
    phone: Phone


class PhoneLogin(SignIn):
    """An account's phone."""

    phone: Phone


def _way(body: Any) -> str:
    """By which way somebody registers or signs in: by phone where neither an e-mail nor a password was sent."""
    is_by_phone = isinstance(body, dict) and "phone" in body and not body.keys() & {"email", "password"}
    return "by phone" if is_by_phone else "by e-mail"


AnyRegistration = Annotated[
    Annotated[Registration, Tag("by e-mail")] | Annotated[PhoneRegistration, Tag("by phone")], Discriminator(_way)
]
AnyLogin = Annotated[Annotated[Login, Tag("by e-mail")] | Annotated[PhoneLogin, Tag("by phone")], Discriminator(_way)]


class OtpResend(RequestBody):
    """The challenge whose code did not come."""

    challenge_id: ChallengeId


class OtpVerification(OtpResend, SignIn):
    """A challenge and the code of its SMS."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["482913"])]


class EmailVerification(RequestBody):
    """The token of a mail's link."""

    token: LinkToken


class ForgottenPassword(RequestBody):
    """The address of an account whose password is forgotten."""

    email: Email


class NewPasswordByLink(RequestBody):
    """The token of a mail's link, and the password from now on."""

    model_config = ConfigDict(str_strip_whitespace=False)

    token: LinkToken
    password: NewPassword


def _without_default(schema: dict[str, Any]) -> None:
    """What is left out has no value that a client could send."""
    schema.pop("default", None)


class RefreshRequest(RequestBody):
    """A refresh token. Browsers that keep it in the cookie leave it out."""

    refresh_token: Annotated[RefreshToken, Field(json_schema_extra=_without_default)] = SecretStr("")


class PasswordChange(RequestBody):
    """The password of the caller, and that from now on."""

    model_config = ConfigDict(str_strip_whitespace=False)

    current_password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]
    new_password: NewPassword


class Preferences(RequestBody):
    """A user's preferences."""

    email_notifications: Annotated[bool, Field(strict=True)]
    sms_notifications: Annotated[bool, Field(strict=True)]
    language: Language
    favourite_theater_ids: TheaterIds


class Profile(RequestBody):
    """What users may change of themselves."""

    name: Name
    email: Email
    phone: Phone | None
    prefs: Preferences


class Leaving(RequestBody):
    """Who leaves proves it by the password, where the account has one."""

    model_config = ConfigDict(str_strip_whitespace=False)

    password: Annotated[SecretStr, Field(max_length=1024)] | None = None
    keep_tickets: Annotated[
        bool, Field(strict=True, description="tickets for shows to come stay valid; no message comes any more")
    ] = False


class UserPatch(Change[Profile]):
    """What to change; what is left out stays. `phone: null` removes the number; another phone or e-mail address takes
    the place of the present one once it is verified."""

    @property
    def new_phone(self) -> str | None:
        """The phone that was sent."""
        return getattr(self, "phone", None)

    @property
    def new_email(self) -> str | None:
        """The address that was sent."""
        return getattr(self, "email", None)

    def changed(self, user: User) -> User:
        """The user with what was sent and needs no verification. The rest is not judged again: which phone numbers are
        valid changes with the years."""
        sent = self.model_dump(exclude_unset=True, exclude={"email", "phone"})
        if "phone" in self.model_fields_set and self.new_phone is None:
            sent |= {"phone": None, "phone_verified": False}
        preferences = replace(user.preferences, **sent.pop("prefs", {}))
        return replace(user, preferences=preferences, **sent)


def _user_alone() -> list[Role]:
    return ["user"]


class TheaterGrantBody(RequestBody):
    """A role at one theater."""

    theater_id: TheaterId
    role: GrantedRole


class RoleGrant(RequestBody):
    """All rights of a user from now on. `grants` say who is what where; beside them `roles` and `theaterIds` may repeat
    what the grants say, as in the answer. Without `grants`, the user is what `roles` says at each of `theaterIds`."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["roles"]}, {"required": ["grants"]}]})

    roles: Annotated[list[Role], Field(min_length=1, max_length=4)] = Field(default_factory=_user_alone)
    theater_ids: TheaterIds = Field(default_factory=tuple)
    grants: Annotated[list[TheaterGrantBody], Field(max_length=200)] = Field(default_factory=list)

    def rights(self) -> Rights:
        """What the body says; raises `InvalidInput` where its parts do not fit each other."""
        if not self.model_fields_set & {"roles", "grants"}:
            raise InvalidInput("roles", "neither roles nor grants are given")
        granted_roles = [role for role in self.roles if is_granted(role)]
        if "grants" in self.model_fields_set:
            path, grants = "grants", [Grant(grant.theater_id, grant.role) for grant in self.grants]
        else:
            path, grants = "theaterIds", [Grant(*pair) for pair in product(self.theater_ids, granted_roles)]
        if not set(granted_roles) <= {grant.role for grant in grants}:
            raise InvalidInput(path, "staff and manager are roles at theaters: say at which")
        if not set(self.theater_ids) <= {grant.theater_id for grant in grants}:
            raise InvalidInput(path, "say which role the user has at each theater: staff or manager")
        return Rights.of([role for role in self.roles if not is_granted(role)], grants)


class PreferencesView(ResponseBody):
    """A user's preferences."""

    email_notifications: bool
    sms_notifications: bool
    language: Language
    favourite_theater_ids: list[str]

    @classmethod
    def of(cls, preferences: domain.Preferences) -> Self:
        """The preferences as they are shown."""
        return cls(**asdict(preferences))


class TheaterGrantView(ResponseBody):
    """A role at one theater."""

    theater_id: str
    role: GrantedRole


class NewGuest(RequestBody):
    """Nothing is asked of a guest before they pay."""

    cookie: InCookie = Field(default_factory=bool)


class UserView(ResponseBody):
    """A user, as they and admins see them."""

    id: str
    name: str
    email: ShownEmail | None
    email_verified: bool
    phone: ShownPhone | None
    phone_verified: Annotated[bool, Field(description="then one can sign in by it")]
    roles: Annotated[list[Role], Field(description="all that the user has anywhere")]
    theater_ids: Annotated[list[str], Field(description="the theaters of `grants`")]
    grants: list[TheaterGrantView]
    prefs: PreferencesView
    guest: Annotated[bool, Field(description="without an account")]
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        """The user as they are shown."""
        return cls(
            id=user.id,
            name=user.name,
            email=user.email,
            email_verified=user.email_verified,
            phone=user.phone,
            phone_verified=user.phone_verified,
            roles=user.rights.all_roles,
            theater_ids=list(user.rights.by_theater),
            grants=[TheaterGrantView(**asdict(grant)) for grant in user.rights.grants],
            prefs=PreferencesView.of(user.preferences),
            guest=user.guest,
            created_at=user.created_at,
        )


class ChangedUserView(UserView):
    """A user after a change."""

    challenge_id: Annotated[
        Absent[str], Field(description="of the code that was sent to a new phone; until it comes the old one stays")
    ] = None

    @classmethod
    def after(cls, user: User, challenge: Challenge | None) -> Self:
        """The user, and what is asked of them."""
        return cls.of(user).model_copy(update={"challenge_id": challenge.id if challenge else None})


class ChallengeView(ResponseBody):
    """A code of six digits goes out by SMS, if the phone is one that it may be sent to."""

    challenge_id: str
    expires_at: datetime

    @classmethod
    def of(cls, challenge: Challenge) -> Self:
        """The challenge as its asker sees it."""
        return cls(challenge_id=challenge.id, expires_at=challenge.expires_at)


class SignedInView(ResponseBody):
    """Tokens of a session."""

    user: UserView
    access_token: str
    refresh_token: Annotated[Absent[str], Field(description="left out where it is in the cookie")] = None
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the word of RFC 6750
    expires_in: Annotated[int, Field(ge=1)] = ACCESS_SECONDS

    @classmethod
    def of(cls, signed_in: SignedIn, *, in_cookie: bool = False) -> Self:
        """The tokens as the client gets them."""
        refresh_token = None if in_cookie else signed_in.refresh_token
        return cls(user=UserView.of(signed_in.user), access_token=signed_in.access_token, refresh_token=refresh_token)


class SessionView(ResponseBody):
    """A session of the caller. It was last used when it last gave tokens."""

    id: str
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None
    address: str | None
    current: Annotated[bool, Field(description="whether the caller's own token is of it")]

    @classmethod
    def of(cls, session: Session, current_id: str) -> Self:
        """The session as its user sees it."""
        return cls(
            id=session.id,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            user_agent=session.device.user_agent,
            address=session.device.address,
            current=session.id == current_id,
        )


class SessionsView(ResponseBody):
    """The sessions of the caller that have not ended, those used last first."""

    items: list[SessionView]
    total: int


class AccessKeyView(PublicKeyView):
    """One that tokens name by its `kid`, the thumbprint of RFC 7638."""

    kid: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$", examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])]


class AccessKeysView(ResponseBody):
    """The keys that access tokens are verified with, as a JWK Set (RFC 7517)."""

    keys: Annotated[list[AccessKeyView], Field(min_length=1)]


class ExportView(ResponseBody):
    """All that is known here of a user."""

    exported_at: datetime
    user: UserView
    pending_email: str | None
    guests: Annotated[list[UserView], Field(description="guests linked to the account")]
    sessions: list[SessionView]
