"""Users register, change themselves, and are given rights by an admin. Each change is told with its revision."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chassis.conditional import IfMatch
from chassis.logs import logger
from chassis.times import now_in_milliseconds
from contracts.ids import UserId, new_id
from identity.domain import AuditLine, Rights, User
from identity.errors import EmailTaken, LastAdmin, UserNotFound
from identity.passwords import Passwords
from identity.store import UserStore, UserTransaction

log = logger(__name__)
_ENVIRONMENT = "environment"  # who gave rights at start


@dataclass(frozen=True, slots=True)
class Users:
    """All that happens to users."""

    store: UserStore
    passwords: Passwords

    async def register(self, *, name: str, email: str, password: str, phone: str | None) -> User:
        """A new user, who has the role `user`; raises `EmailTaken`."""
        return await self._create(name, email, password, Rights.of(["user"]), phone=phone)

    async def get(self, user_id: str) -> User:
        """The user; raises `UserNotFound`."""
        return await self.store.find(user_id) or _unknown()

    async def change(self, user_id: str, change: Callable[[User], User], if_match: IfMatch) -> User:
        """The user as `change` makes it; raises `UserNotFound` and `StaleVersion`."""

        def checked(user: User) -> User:
            if_match.require(user.version)
            return change(user)

        return await self.store.amend(user_id, checked) or _unknown()

    async def grant(self, user_id: str, rights: Rights, if_match: IfMatch, *, by: str) -> User:
        """Give the user these rights and no others, with a line of audit that names who did it.

        Rights that are the same already change nothing. Raises `UserNotFound`, `StaleVersion`, and `LastAdmin` where no
        admin would be left.
        """

        async def work(transaction: UserTransaction) -> User:
            user = await transaction.find(user_id) or _unknown()
            if_match.require(user.version)
            if user.rights == rights:
                return user
            resigns = user.rights.is_admin and not rights.is_admin
            if resigns and not await transaction.has_other_admins(user_id):
                raise LastAdmin("this user is the only admin")
            now = now_in_milliseconds()
            await transaction.record(AuditLine(new_id("aud"), now, by, user.id, before=user.rights, after=rights))
            return await transaction.save(replace(user, rights=rights))

        return await self.store.transaction(work)

    async def ensure_admin(self, email: str, password: str) -> None:
        """The admin of the environment is there and is an admin, also if another admin took the role away meanwhile.

        An account that somebody else opened with this e-mail stays as it is: it is known by its password.
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
                log.warning("ADMIN_EMAIL belongs to a user who is no admin; roles are left alone", user_id=user.id)

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
            of_environment=of_environment,
        )
        await self.store.insert(user)
        return user


def _unknown() -> User:
    raise UserNotFound("no user has this id")
