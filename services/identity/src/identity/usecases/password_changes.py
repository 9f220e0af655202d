"""Who is signed in sets another password."""

from dataclasses import dataclass, replace

from chassis.times import now_in_milliseconds
from identity.errors import InvalidCredentials, UserNotFound
from identity.events import session_ended
from identity.passwords import Passwords
from identity.store import UserStore, UserTransaction


@dataclass(frozen=True, slots=True)
class PasswordChanges:
    """The use case about a password that its user knows."""

    users: UserStore
    passwords: Passwords

    async def change(self, user_id: str, session_id: str, current: str, new: str) -> None:
        """Set the password of a user who knows the present one, and end their sessions but this one.

        Raises `UserNotFound`, and `InvalidCredentials` also where the account has no password, or another one
        meanwhile.
        """
        user = await self.users.find(user_id)
        if user is None:
            raise UserNotFound("no user has this id")
        if not await self.passwords.matches(current, user.password_hash):
            raise _wrong()
        known, password_hash = user.password_hash, await self.passwords.hash(new)

        async def work(transaction: UserTransaction) -> None:
            user = await transaction.find(user_id)
            if user is None or user.password_hash != known:
                raise _wrong()
            ended = await transaction.end_sessions(user_id, "password_changed", but=session_id)
            now = now_in_milliseconds()
            said = (session_ended(session, now) for session in ended)
            await transaction.save(replace(user, password_hash=password_hash), *said)

        await self.users.transaction(work)


def _wrong() -> InvalidCredentials:
    return InvalidCredentials("the current password is wrong")
