"""How identity is put together: stores, then use cases."""

from dataclasses import dataclass

from chassis.process import Process
from identity.challenges import CHALLENGES, CODE_SENDS, ChallengeStore
from identity.links import EMAIL_LINKS, LinkStore
from identity.passwords import Passwords
from identity.settings import Settings
from identity.store import PASSWORD_RESETS, USERS, SessionStore, UserStore
from identity.tokens import AccessTokens, Codes, HashedTokens
from identity.usecases.emails import Emails, PasswordResets
from identity.usecases.otp import Otp
from identity.usecases.profiles import Profiles
from identity.usecases.sessions import Sessions
from identity.usecases.users import Users


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the endpoints call."""

    users: Users
    sessions: Sessions
    profiles: Profiles
    emails: Emails
    resets: PasswordResets
    otp: Otp
    access_tokens: AccessTokens


async def assemble(settings: Settings, process: Process) -> UseCases:
    """Make the use cases on the process's database, and begin to make its indexes and the first admin.

    Returns within seconds also while Mongo is unavailable; `/readyz` tells when all is made.
    """
    user_store, session_store = UserStore(process.database, process.outbox(USERS)), SessionStore(process.database)
    challenge_store = ChallengeStore(process.outbox(CHALLENGES), process.database[CODE_SENDS])
    link_store = LinkStore(process.database[EMAIL_LINKS], process.outbox(PASSWORD_RESETS))
    secret = settings.jwt_refresh_secret.get_secret_value()
    passwords = Passwords()
    emails = Emails(user_store, link_store, HashedTokens(secret, "email"))
    users = Users(user_store, passwords, emails)
    otp = Otp(user_store, challenge_store, Codes(secret))
    access_tokens = AccessTokens(settings.jwt_access_secret.get_secret_value())

    async def ensure_admin() -> None:
        if settings.admin_email and settings.admin_password:
            await users.ensure_admin(settings.admin_email, settings.admin_password.get_secret_value())

    stores = (user_store, session_store, challenge_store, link_store)
    await process.prepare(*(store.ensure_indexes for store in stores), ensure_admin)
    return UseCases(
        users=users,
        sessions=Sessions(user_store, session_store, passwords, access_tokens, HashedTokens(secret, "refresh")),
        profiles=Profiles(users, emails, otp),
        emails=emails,
        resets=PasswordResets(user_store, link_store, HashedTokens(secret, "reset"), passwords),
        otp=otp,
        access_tokens=access_tokens,
    )
