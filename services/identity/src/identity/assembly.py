"""How identity is put together: stores, then use cases."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.process import Process
from identity.audit import AUDIT, AuditStore
from identity.bookings import Bookings
from identity.challenges import CHALLENGES, ChallengeStore
from identity.domain import CODE_PAUSE
from identity.links import LinkStore
from identity.passwords import Passwords
from identity.sends import Sends
from identity.session_store import REFRESH_TOKENS, SESSIONS, SessionStore
from identity.settings import Settings
from identity.store import EMAIL_LINKS, PASSWORD_RESETS, USERS, UserStore
from identity.tokens import AccessTokens, Codes, HashedTokens
from identity.usecases.emails import Emails, PasswordResets
from identity.usecases.erasing import Erasing
from identity.usecases.guests import Guests
from identity.usecases.otp import Otp
from identity.usecases.password_changes import PasswordChanges
from identity.usecases.profiles import Profiles
from identity.usecases.sessions import Sessions
from identity.usecases.users import Users

CODE_SENDS, MAIL_SENDS = "code_sends", "mail_sends"


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the endpoints call."""

    users: Users
    sessions: Sessions
    profiles: Profiles
    emails: Emails
    resets: PasswordResets
    password_changes: PasswordChanges
    otp: Otp
    guests: Guests
    erasing: Erasing
    access_tokens: AccessTokens
    audit: AuditStore


async def assemble(settings: Settings, process: Process, bookings: Bookings) -> UseCases:
    """Make the use cases on the process's database, and begin to make its indexes and the first admin.

    Returns within seconds also while Mongo is unavailable; `/readyz` tells when all is made.
    """
    user_store = UserStore(process.database, process.outbox(USERS))
    session_store = SessionStore(process.outbox(SESSIONS), process.database[REFRESH_TOKENS])
    code_sends, mail_sends = (
        Sends(process.database[CODE_SENDS], CODE_PAUSE),
        Sends(process.database[MAIL_SENDS], timedelta(0)),
    )
    challenge_store = ChallengeStore(process.outbox(CHALLENGES), code_sends)
    link_store = LinkStore(process.database[EMAIL_LINKS], process.outbox(PASSWORD_RESETS))
    audit = AuditStore(process.database[AUDIT])
    secret = settings.jwt_refresh_secret.get_secret_value()
    passwords = Passwords()
    emails = Emails(user_store, link_store, HashedTokens(secret, "email"), mail_sends)
    users = Users(user_store, passwords, emails)
    otp = Otp(user_store, challenge_store, Codes(secret))
    other = settings.jwt_access_secret_other
    access_tokens = AccessTokens(
        settings.jwt_access_secret.get_secret_value(), other.get_secret_value() if other else None
    )
    sessions = Sessions(user_store, session_store, passwords, access_tokens, HashedTokens(secret, "refresh"))

    async def ensure_admin() -> None:
        if settings.admin_email and settings.admin_password:
            await users.ensure_admin(settings.admin_email, settings.admin_password.get_secret_value())

    stores = (user_store, session_store, challenge_store, link_store, mail_sends, audit)
    await process.prepare(*(store.ensure_indexes for store in stores), ensure_admin)
    return UseCases(
        users=users,
        sessions=sessions,
        profiles=Profiles(users, emails, otp),
        emails=emails,
        resets=PasswordResets(user_store, link_store, HashedTokens(secret, "reset"), passwords, mail_sends),
        password_changes=PasswordChanges(user_store, passwords),
        otp=otp,
        guests=Guests(user_store),
        erasing=Erasing(user_store, passwords, bookings, sessions),
        access_tokens=access_tokens,
        audit=audit,
    )
