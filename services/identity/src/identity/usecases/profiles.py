"""Users change what is theirs: name and preferences at once, a phone and an address when they have verified it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chassis.conditional import IfMatch
from contracts.event import Event
from identity.contacts import email_key
from identity.domain import Challenge, User
from identity.usecases.emails import Emails
from identity.usecases.otp import Otp
from identity.usecases.users import Users


@dataclass(frozen=True, slots=True)
class Profiles:
    """The use cases about a user's own data."""

    users: Users
    emails: Emails
    otp: Otp

    async def change(
        self,
        user_id: str,
        change: Callable[[User], User],
        if_match: IfMatch,
        *,
        email: str | None,
        phone: str | None,
    ) -> tuple[User, Challenge | None]:
        """Store and return what `change`, which is pure, makes of the user.

        `email` and `phone` are asked to take the place of the present ones: a link goes to the address, a code to the
        phone, whose challenge is returned. A guest's address is taken at once, whoever else has it: mails go there, and
        nobody signs in by it. Raises `UserNotFound`, `StaleVersion`, `OtpTooSoon`,
        `RateLimited`.
        """
        user = await self.users.get(user_id)
        if_match.require(user.version)
        challenge = None
        if phone is not None and (phone, True) != (user.phone, user.phone_verified):
            challenge = await self.otp.verify_phone(user, phone)
        requests: tuple[Event, ...] = ()
        if email is not None and not _is_own(user, email) and not user.guest:
            requests = await self.emails.links_to_change(user, email)

        def changed(user: User) -> User:
            if email is not None and user.guest:
                is_verified = user.email_verified and _is_own(user, email)
                return replace(change(user), email=email, email_verified=is_verified, ends_at=None)
            pending = email if email is not None and not _is_own(user, email) else None
            return change(user) if email is None else replace(change(user), pending_email=pending)

        user = await self.users.change(user_id, changed, if_match, *requests)
        return user, challenge


def _is_own(user: User, email: str) -> bool:
    return user.email is not None and email_key(user.email) == email_key(email)
