"""Guests buy without an account; whoever proves that a guest is themselves has the guest's bookings in their account.

Nothing is moved: a guest keeps its id and its bookings, the account names the guest, and its access tokens say so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chassis.times import now_in_milliseconds
from contracts.ids import UserId, new_id
from identity import events
from identity.contacts import email_key
from identity.domain import SESSION_LIFETIME, Rights, User
from identity.store import UserStore, UserTransaction


@dataclass(frozen=True, slots=True)
class Guests:
    """The use cases about guests without an account."""

    users: UserStore

    async def create(self) -> User:
        """Store and return a new guest, of whom nothing is known yet. One who never says where tickets go ends with
        the last session: nothing can have been bought."""
        now = now_in_milliseconds()
        guest = User(
            id=UserId(new_id("usr")),
            version=1,
            name="",
            email=None,
            phone=None,
            password_hash=None,
            rights=Rights.of(["user"]),
            created_at=now,
            guest=True,
            ends_at=now + SESSION_LIFETIME,
        )
        await self.users.insert_guest(guest)
        return guest

    async def link_by_email(self, user_id: str, email: str) -> None:
        """Link the guests who gave this address, which a signed-in user has just proved to be theirs: to the account
        that has it, and to no other."""
        account = await self.users.find(user_id)
        if account and account.email and email_key(account.email) == email_key(email):
            await self.link(account, await self.users.guest_ids(email=email))

    async def link_by_phone(self, account: User) -> User:
        """The account with the guests linked who verified its phone, whose code its user has just sent."""
        if account.guest or account.phone is None:
            return account
        return await self.link(account, await self.users.guest_ids(phone=account.phone))

    async def link(self, account: User, guest_ids: Iterable[str | None]) -> User:
        """The account with these guests linked to it; one that is no guest, or linked already, is left alone.

        A guest that is linked can do nothing any more: its sessions end. Each linking is told to the guest's address,
        or to the account's where the guest gave none. A guest who had not said where tickets go has the account's name
        and addresses then: what it holds is sold under its id, and the ticket is to come.
        """
        for guest_id in filter(None, guest_ids):
            account = await self._link(account.id, guest_id) or account
        return account

    async def _link(self, account_id: UserId, guest_id: str) -> User | None:
        async def work(transaction: UserTransaction) -> User | None:
            account, guest = await transaction.find(account_id), await transaction.find(guest_id)
            if (
                account is None
                or guest is None
                or account.guest
                or not account.can_act
                or not guest.guest
                or guest.linked_to is not None
                or guest.erased_at is not None
            ):
                return None
            ended, now = await transaction.end_sessions(guest.id, "linked"), now_in_milliseconds()
            said = (events.session_ended(session, now) for session in ended)
            linked = replace(_reachable(guest, account), linked_to=account.id, ends_at=None)
            await transaction.void_tokens(linked, *said)
            address = guest.email or account.email
            notice = (events.guest_linked(account, guest, address),) if address else ()
            return await transaction.save(replace(account, guest_ids=(*account.guest_ids, guest.id)), *notice)

        return await self.users.transaction(work)


def _reachable(guest: User, account: User) -> User:
    """The guest, with the account's name, addresses and preferences where it gave none of its own."""
    if guest.email is not None or guest.phone_verified:
        return guest
    return replace(
        guest,
        name=guest.name or account.name,
        email=account.email,
        email_verified=account.email_verified,
        phone=account.phone,
        phone_verified=account.phone_verified,
        preferences=account.preferences,
    )
