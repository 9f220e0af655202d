"""Sign-in and registration by phone, and the verification of a phone: challenges, answered by a code of an SMS.

What is answered is the same for a phone that nobody has, or that another user has: then no code is sent, and none fits.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chassis.times import now_in_milliseconds
from contracts.ids import UserId, new_id
from identity.challenges import ChallengeStore
from identity.domain import CODE_LIFETIME, MOST_ATTEMPTS, Challenge, ChallengePurpose, Preferences, Rights, User
from identity.errors import InvalidOtp, OtpAttempts, PhoneTaken
from identity.store import UserStore
from identity.tokens import Codes


@dataclass(frozen=True, slots=True)
class Verified:
    """Whose phone a code has verified, and which guest was claimed when it was asked for."""

    user: User
    guest_id: str | None


@dataclass(frozen=True, slots=True)
class Otp:
    """The use cases about one-time codes."""

    users: UserStore
    challenges: ChallengeStore
    codes: Codes

    async def register(self, name: str, phone: str, guest_id: str | None = None) -> Challenge:
        """Send a code to a phone; its user signs in by it, and where nobody has the phone a user is made then.

        `guest_id` is a guest who claims to be that user. Raises `OtpTooSoon`.
        """
        user = await self.users.find_by_phone(phone)
        return await self._start("register", phone, is_sent=True, name=name, of=user, guest_id=guest_id)

    async def sign_in(self, phone: str, guest_id: str | None = None) -> Challenge:
        """Send a code to the user who has verified this phone, if there is one; raises `OtpTooSoon`."""
        user = await self.users.find_by_phone(phone)
        return await self._start("sign_in", phone, is_sent=user is not None, of=user, guest_id=guest_id)

    async def verify_phone(self, user: User, phone: str) -> Challenge:
        """Send a code by which this user verifies a phone, unless another user has it; raises `OtpTooSoon`.

        A guest may have the phone of an account: nobody signs in by it.
        """
        other = await self.users.find_by_phone(phone)
        is_free = other is None or other.id == user.id or user.guest
        return await self._start("phone", phone, is_sent=is_free, user_id=user.id, of=user)

    async def send_again(self, challenge_id: str) -> Challenge:
        """Send a new code of a challenge in place of the one before.

        Raises `InvalidOtp` where the challenge has ended, `OtpAttempts`, `OtpTooSoon`.
        """
        now = now_in_milliseconds()
        challenge = await self.challenges.find(challenge_id)
        if challenge is None or challenge.spent_at is not None or challenge.expires_at <= now:
            raise _invalid()
        if challenge.attempts >= MOST_ATTEMPTS:
            raise _too_many_attempts()
        await self.challenges.count_send(self.codes.key_of(challenge.phone), now)
        code, code_hash = self.codes.new(challenge.id)
        is_sent = challenge.code_hash is not None
        again = replace(
            challenge,
            number=challenge.number + 1,
            code_hash=code_hash if is_sent else None,
            expires_at=now + CODE_LIFETIME,
        )
        if not await self.challenges.renew(again, code if is_sent else None):
            raise _invalid()
        return again

    async def verify(self, challenge_id: str, code: str, caller_id: str | None) -> Verified:
        """The user who proves by the code that the phone is theirs; each attempt counts.

        A code that verifies a phone is its user's alone, `caller_id`. Raises `InvalidOtp`, and `OtpAttempts` after five
        attempts.
        """
        now = datetime.now(UTC)
        challenge = await self.challenges.attempt(challenge_id, now)
        if challenge is None:
            raise await self._refusal(challenge_id, now)
        is_theirs = challenge.user_id is None or challenge.user_id == caller_id
        if not self.codes.fits(challenge.id, code, challenge.code_hash) or not is_theirs:
            raise _invalid()
        if await self.challenges.spend(challenge, now) is None:
            raise _invalid()
        return Verified(await self._user_of(challenge), challenge.guest_id)

    async def _start(
        self,
        purpose: ChallengePurpose,
        phone: str,
        *,
        is_sent: bool,
        of: User | None,
        name: str | None = None,
        user_id: str | None = None,
        guest_id: str | None = None,
    ) -> Challenge:
        now = now_in_milliseconds()
        await self.challenges.count_send(self.codes.key_of(phone), now)
        challenge_id = new_id("chl")
        code, code_hash = self.codes.new(challenge_id)
        challenge = Challenge(
            id=challenge_id,
            purpose=purpose,
            phone=phone,
            code_hash=code_hash if is_sent else None,
            expires_at=now + CODE_LIFETIME,
            name=name,
            user_id=user_id,
            guest_id=guest_id,
            language=(of.preferences if of else Preferences()).language,
        )
        await self.challenges.insert(challenge, code if is_sent else None)
        return challenge

    async def _refusal(self, challenge_id: str, now: datetime) -> InvalidOtp | OtpAttempts:
        challenge = await self.challenges.find(challenge_id)
        is_live = challenge is not None and challenge.spent_at is None and challenge.expires_at > now
        return _too_many_attempts() if is_live else _invalid()

    async def _user_of(self, challenge: Challenge) -> User:
        if challenge.user_id is not None:
            return await self._with_phone(challenge.user_id, challenge.phone)
        user = await self.users.find_by_phone(challenge.phone)
        if user is not None:
            return user
        if challenge.purpose != "register":
            raise _invalid()
        return await self._create(challenge)

    async def _with_phone(self, user_id: str, phone: str) -> User:
        def change(user: User) -> User:
            if not user.can_act:  # erased since the code was sent, say: nothing is to be known of them any more
                raise _invalid()
            return replace(user, phone=phone, phone_verified=True, ends_at=None)

        try:
            user = await self.users.claim(user_id, change)
        except PhoneTaken:
            raise _invalid() from None
        if user is None:
            raise _invalid()
        return user

    async def _create(self, challenge: Challenge) -> User:
        user = User(
            id=UserId(new_id("usr")),
            version=1,
            name=challenge.name or "",
            email=None,
            phone=challenge.phone,
            phone_verified=True,
            password_hash=None,
            rights=Rights.of(["user"]),
            created_at=now_in_milliseconds(),
        )
        try:
            await self.users.insert(user)
        except PhoneTaken:  # by another challenge of this phone
            other = await self.users.find_by_phone(challenge.phone)
            if other is None:
                raise _invalid() from None
            return other
        return user


def _invalid() -> InvalidOtp:
    return InvalidOtp("the code is wrong, or no longer valid")


def _too_many_attempts() -> OtpAttempts:
    return OtpAttempts("too many wrong codes were sent; ask for a new sign-in")
