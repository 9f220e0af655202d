"""Users register, change their own data, and are given rights by admins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

from chassis.conditional import IfMatch
from chassis.logs import logger
from chassis.problems import NotAuthenticated
from chassis.times import now_in_milliseconds
from contracts.audit import AuditRecord, Shown
from contracts.event import Event
from contracts.ids import UserId, new_id
from identity.domain import Rights, User
from identity.errors import EmailTaken, LastAdmin, NoAccount, UserNotFound
from identity.passwords import Passwords
from identity.store import UserStore, UserTransaction
from identity.usecases.emails import Emails

log = logger(__name__)
_ENVIRONMENT = "environment"  # in the audit: who gave the first admin the role


@dataclass(frozen=True, slots=True)
class Users:
    """The use cases about users. The store publishes an event with each change."""

    store: UserStore
    passwords: Passwords
    emails: Emails

    async def register(self, *, name: str, email: str, password: str, phone: str | None) -> User:
        """Store and return a new user with the role `user`, and send a link that verifies the address; raises
        `EmailTaken`."""
        return await self._create(name, email, password, Rights.of(["user"]), phone=phone)

    async def get(self, user_id: str) -> User:
        """The user with this id; raises `UserNotFound`, and `NotAuthenticated` for one that was erased."""
        user = await self.store.find(user_id) or _raise_not_found()
        _require_known(user)
        return user

    async def change(self, user_id: str, change: Callable[[User], User], if_match: IfMatch, *more: Event) -> User:
        """Store and return what `change`, which is pure, makes of the user, and publish `more` with it.

        Raises `UserNotFound`, `StaleVersion`, and `NotAuthenticated` for one that was erased meanwhile.
        """

        def checked(user: User) -> User:
            _require_known(user)
            if_match.require(user.version)
            return change(user)

        return await self.store.amend(user_id, checked, *more) or _raise_not_found()

    async def grant(self, user_id: str, rights: Rights, if_match: IfMatch, *, by: str) -> User:
        """Give the user these rights in place of all they had; returns the user. `by` is the id of who gives them.

        A record of the audit is stored with the change. Equal rights change nothing. Raises `UserNotFound`,
        `StaleVersion`, `NoAccount`, and `LastAdmin` where no admin would be left.
        """

        async def work(transaction: UserTransaction) -> User:
            user = await transaction.find(user_id) or _raise_not_found()
            if_match.require(user.version)
            if user.guest or user.erased_at is not None:
                raise NoAccount("this is a guest, or was erased: nobody signs in as them")
            if user.rights == rights:
                return user
            no_longer_admin = user.rights.is_admin and not rights.is_admin
            if no_longer_admin and not await transaction.lock_other_admins(user_id):
                raise LastAdmin("this user is the only admin")
            shown = user.rights.shown, rights.shown
            await transaction.record(AuditRecord.of(by, "users.roles_changed", user.id, *shown))
            changed = replace(user, rights=rights)
            is_more = rights.includes(user.rights)
            return await (transaction.save(changed) if is_more else transaction.void_tokens(changed))

        return await self.store.transaction(work)

    async def block(self, user_id: str, *, blocked: bool, by: str) -> User:
        """End the user's sessions and let nobody sign in as them, or allow it again; returns the user.

        Access tokens that are out are void. Raises `UserNotFound`, and `LastAdmin` where no admin
        could sign in any more.
        """

        async def work(transaction: UserTransaction) -> User:
            user = await transaction.find(user_id) or _raise_not_found()
            if user.blocked == blocked:
                return user
            if blocked and user.rights.is_admin and not await transaction.lock_other_admins(user_id):
                raise LastAdmin("this user is the only admin")
            action = "users.blocked" if blocked else "users.unblocked"
            shown: tuple[Shown, Shown] = {"blocked": user.blocked}, {"blocked": blocked}
            await transaction.record(AuditRecord.of(by, action, user.id, *shown))
            changed = replace(user, blocked=blocked)
            if not blocked:
                return await transaction.save(changed)
            await transaction.end_sessions(user_id, "blocked")
            return await transaction.void_tokens(changed)  # also that which a login under way is given

        return await self.store.transaction(work)

    async def ensure_admin(self, email: str, password: str) -> None:
        """See that the account of `ADMIN_EMAIL` exists and is an admin, also when an admin took the role away since.

        An account that a stranger opened with this address stays as it is. It is a stranger's when it was not made here
        and its password is not the environment's.
        """
        try:
            await self._create("Admin", email, password, Rights.of(["user", "admin"]), of_environment=True)
        except EmailTaken:
            user = await self.store.find_by_email(email)
            if user is None or user.rights.is_admin:
                return
            if user.of_environment or await self.passwords.matches(password, user.password_hash):
                rights = Rights.of([*user.rights.roles, "admin"], user.rights.grants)
                await self.grant(user.id, rights, IfMatch(None), by=_ENVIRONMENT)
            else:
                log.warning("ADMIN_EMAIL belongs to a user who is no admin; rights are left alone", user_id=user.id)

    async def _create(
        self,
        name: str,
        email: str,
        password: str,
        rights: Rights,
        *,
        phone: str | None = None,
        of_environment: bool = False,
    ) -> User:
        if await self.store.find_by_email(email) is not None:
            raise EmailTaken("this e-mail address has an account")
        user = User(
            id=UserId(new_id("usr")),
            version=1,
            name=name,
            email=email,
            phone=phone,
            password_hash=await self.passwords.hash(password),
            rights=rights,
            created_at=now_in_milliseconds(),
            email_verified=of_environment,
            of_environment=of_environment,
        )
        welcome = () if of_environment else (await self.emails.link(user, email, "welcome"),)
        await self.store.insert(user, *welcome)
        return user


def _require_known(user: User) -> None:
    if user.erased_at is not None:
        raise NotAuthenticated("this account is erased")


def _raise_not_found() -> NoReturn:
    raise UserNotFound("no user has this id")
