"""Users are forgotten: name, addresses and preferences go everywhere, the id stays with the money.

What is erased here is erased in one transaction; the others hear of it and erase what they have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.problems import NotAuthenticated
from chassis.times import now_in_milliseconds
from contracts.audit import AuditRecord
from identity import events
from identity.bookings import Bookings
from identity.domain import Erasure, User
from identity.errors import InvalidCredentials, LastAdmin, UpcomingBookings
from identity.passwords import Passwords
from identity.store import UserStore, UserTransaction
from identity.usecases.sessions import Sessions

RETAINED = (
    ("bookings, tickets, payments and refunds, under the bare id", "accounts are kept by law"),
    ("invoices and credit notes, as they were issued", "tax law: a document that was issued never changes"),
    ("records of the audit, with the bare id", "who changed what must be provable"),
    ("this record", "that the erasure was asked for and done must be provable"),
)


@dataclass(frozen=True, slots=True)
class Erasing:
    """The use case of who wants to be forgotten."""

    users: UserStore
    passwords: Passwords
    bookings: Bookings
    sessions: Sessions

    async def erase(self, user_id: str, session_id: str, password: str | None, *, keep_tickets: bool) -> None:
        """Erase the user and the guests linked to them, and end their sessions.

        Raises `NotAuthenticated` where that was done before, `InvalidCredentials` where the account has another
        password, `UpcomingBookings` unless the tickets are to be kept, `LastAdmin`, and `Unavailable` while booking
        cannot be asked.
        """
        user = await self.users.find(user_id)
        if user is None or not user.can_act:
            raise NotAuthenticated("this account is erased")
        if user.password_hash is not None and not await self.passwords.matches(password or "", user.password_hash):
            raise InvalidCredentials("the password is wrong")
        token = self.sessions.access_token(user, session_id)  # the caller's own may be older than a guest's linking
        upcoming = await self.bookings.upcoming(token)
        if upcoming and not keep_tickets:
            raise UpcomingBookings("there are tickets for shows to come", booking_ids=upcoming)

        async def work(transaction: UserTransaction) -> None:
            await erase_in(transaction, user_id, upcoming)

        await self.users.transaction(work)


async def erase_in(
    transaction: UserTransaction, user_id: str, upcoming: Sequence[str] = (), *, may_be_last_admin: bool = False
) -> bool:
    """Erase the user and the guests linked to them; False where there is nobody, or it was done before. `upcoming` are
    the bookings whose tickets are kept. Raises `LastAdmin` where that may not be."""
    user = await transaction.find(user_id)
    if user is None or user.erased_at is not None:
        return False
    if not may_be_last_admin and user.rights.is_admin and not await transaction.lock_other_admins(user_id):
        raise LastAdmin("this user is the only admin")
    guests = [await transaction.find(guest_id) for guest_id in user.guest_ids]
    for person in (user, *filter(None, guests)):
        await _forget(transaction, person)
    now = now_in_milliseconds()
    await transaction.record_erasure(Erasure(user.id, now, user.guest_ids, tuple(upcoming), RETAINED))
    await transaction.record(AuditRecord.of(user.id, "users.erased", user.id, None, None))
    return True


async def _forget(transaction: UserTransaction, person: User) -> None:
    now = now_in_milliseconds()
    ended = await transaction.end_sessions(person.id, "erased")
    said = (events.session_ended(session, now) for session in ended)
    await transaction.forget_devices(person.id)
    await transaction.erase_links(person.id)
    await transaction.void_tokens(person.erased(now), events.user_erased(person, now), *said)
