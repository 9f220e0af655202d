"""What mails link to: an address is verified, a forgotten password is set anew."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chassis.problems import RateLimited
from chassis.times import now_in_milliseconds
from contracts.event import Event
from contracts.ids import new_id
from identity import events
from identity.contacts import email_key
from identity.domain import LINK_LIFETIME, RESET_LIFETIME, EmailLink, LinkPurpose, PasswordReset, User
from identity.errors import EmailTaken, InvalidLink
from identity.links import LinkStore
from identity.passwords import Passwords
from identity.sends import Sends, TooSoon
from identity.store import UserStore, UserTransaction
from identity.tokens import HashedTokens


@dataclass(frozen=True, slots=True)
class Emails:
    """The use cases about links that verify an address."""

    users: UserStore
    links: LinkStore
    tokens: HashedTokens
    sends: Sends

    async def link(self, user: User, email: str, purpose: LinkPurpose) -> Event:
        """Store a new link; returns the event that sends it, to be published with the user."""
        token, token_hash = self.tokens.new()
        link = EmailLink(token_hash, user.id, email, now_in_milliseconds() + LINK_LIFETIME)
        await self.links.insert_link(link)
        return events.email_verification_requested(user, email, token, purpose, link.expires_at)

    async def links_to_change(self, user: User, email: str) -> tuple[Event, ...]:
        """The events that ask a new address for its consent and tell the present one. The new one gets nothing where it
        is another user's; the present one is told all the same, so that it shows nothing. Raises `RateLimited` where
        either of them was sent as much as may be."""
        purpose: LinkPurpose = "change" if user.email else "verify"
        await self._count("link", email)
        if user.email:
            await self._count("notice", user.email)
        notice = (events.email_change_requested(user, user.email, new_id("req")),) if user.email else ()
        request = await self.link(user, email, purpose)
        is_taken = await self.users.find_by_email(email) is not None
        return notice if is_taken else (request, *notice)

    async def send_again(self, user: User) -> None:
        """Send a new link to the address of a user that is not verified yet, if there is one, or to a verified one by
        which guests were not linked yet. Raises `RateLimited` where that address was sent as many as may be."""
        if user.pending_email is not None:
            await self._count("link", user.pending_email)
            is_taken = await self.users.find_by_email(user.pending_email) is not None
            event = await self.link(user, user.pending_email, "change" if user.email else "verify")
            if not is_taken:
                await self.users.publish(user.id, event)
        elif user.email is not None and (not user.email_verified or await self._has_guests(user.email)):
            await self._count("link", user.email)
            await self.users.publish(user.id, await self.link(user, user.email, "verify"))

    async def _count(self, kind: str, email: str) -> None:
        """Count a mail to an address, whoever has it: to nobody more than five of a kind an hour."""
        try:
            await self.sends.count(self.tokens.hash(f"{kind}:{email_key(email)}"), now_in_milliseconds())
        except TooSoon as error:
            headers = {"Retry-After": str(error.seconds)}
            raise RateLimited(f"the next mail to this address may go in {error.seconds} s", headers=headers) from None

    async def _has_guests(self, email: str) -> bool:
        return bool(await self.users.guest_ids(email=email))

    async def open(self, token: str) -> str:
        """Verify the address that a link was sent to, and return it; once more is no error. Raises `InvalidLink`."""
        link = await self.links.find_link(self.tokens.hash(token), datetime.now(UTC))
        if link is None:
            raise _invalid()
        key = email_key(link.email)

        def change(user: User) -> User:
            if user.email is not None and email_key(user.email) == key:
                return replace(user, email_verified=True)
            if user.pending_email is not None and email_key(user.pending_email) == key:
                return replace(user, email=link.email, email_verified=True, pending_email=None)
            raise _invalid()

        try:
            if await self.users.claim(link.user_id, change) is None:
                raise _invalid()
        except EmailTaken:
            raise _invalid() from None
        return link.email


@dataclass(frozen=True, slots=True)
class PasswordResets:
    """The use cases about forgotten passwords."""

    users: UserStore
    links: LinkStore
    tokens: HashedTokens
    passwords: Passwords
    sends: Sends

    async def request(self, email: str) -> None:
        """Send a link to the address, where it has an account. Where it has none as much is stored. Beyond five an hour
        nothing happens, and the links before stay good: nobody keeps another from a new password."""
        try:
            await self.sends.count(self.tokens.hash(f"reset:{email_key(email)}"), now_in_milliseconds())
        except TooSoon:
            return
        user = await self.users.find_by_email(email)
        token, token_hash = self.tokens.new()
        now = now_in_milliseconds()
        reset = PasswordReset(token_hash, user.id if user else None, email, now, now + RESET_LIFETIME)
        event = None
        if user is not None and user.email is not None:
            event = events.password_reset_requested(user, user.email, token, reset.expires_at)
        await self.links.insert_reset(reset, event)

    async def reset(self, token: str, password: str) -> None:
        """Set the password of the user whom a link was sent to, and end all their sessions; raises `InvalidLink`.

        The link reached the mailbox, so that the address is verified by it too. Another address that was asked for may
        be a thief's: it does not take the place of this one any more.
        """
        reset = await self.links.find_reset(self.tokens.hash(token), datetime.now(UTC))
        if reset is None or reset.user_id is None:
            raise _invalid()
        user_id, password_hash = reset.user_id, await self.passwords.hash(password)

        async def work(transaction: UserTransaction) -> None:
            user = await transaction.find(user_id)
            if user is None or not _is_of(reset, user) or not await transaction.use_reset(reset, datetime.now(UTC)):
                raise _invalid()
            await transaction.end_sessions(user_id, "password_reset")
            changed = replace(user, password_hash=password_hash, email_verified=True, pending_email=None)
            await transaction.void_tokens(changed)

        await self.users.transaction(work)


def _is_of(reset: PasswordReset, user: User) -> bool:
    """Whether the link went to the address that the user has now."""
    return user.email is not None and email_key(user.email) == email_key(reset.email)


def _invalid() -> InvalidLink:
    return InvalidLink("this link is not valid, or no longer")
