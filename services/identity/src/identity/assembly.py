"""How identity is put together: stores, then use cases."""

from dataclasses import dataclass

from chassis.process import Process
from identity.passwords import Passwords
from identity.settings import Settings
from identity.store import USERS, SessionStore, UserStore
from identity.tokens import AccessTokens, RefreshTokens
from identity.usecases.sessions import Sessions
from identity.usecases.users import Users


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the endpoints call."""

    users: Users
    sessions: Sessions
    access_tokens: AccessTokens


async def assemble(settings: Settings, process: Process) -> UseCases:
    """Make the use cases on the process's database, and begin to make its indexes and the first admin.

    Returns within seconds also while Mongo is unavailable; `/readyz` tells when all is made.
    """
    user_store, session_store = UserStore(process.database, process.outbox(USERS)), SessionStore(process.database)
    passwords = Passwords()
    users = Users(user_store, passwords)
    access_tokens = AccessTokens(settings.jwt_access_secret.get_secret_value())
    refresh_tokens = RefreshTokens(settings.jwt_refresh_secret.get_secret_value())

    async def ensure_admin() -> None:
        if settings.admin_email and settings.admin_password:
            await users.ensure_admin(settings.admin_email, settings.admin_password.get_secret_value())

    await process.prepare(user_store.ensure_indexes, session_store.ensure_indexes, ensure_admin)
    return UseCases(users, Sessions(user_store, session_store, passwords, access_tokens, refresh_tokens), access_tokens)
