"""The events that identity publishes: snapshots of a user, and requests for messages."""

from datetime import datetime
from typing import Any

from contracts.identity import (
    EmailChangeRequested,
    EmailVerificationRequested,
    GrantsChanged,
    GuestLinked,
    OtpRequested,
    PasswordResetRequested,
    SessionEnded,
    UserChanged,
    UserErased,
    UserRegistered,
)
from identity.domain import Challenge, LinkPurpose, Session, User


def user_registered(user: User) -> UserRegistered:
    """To be published when this user has registered."""
    return UserRegistered(**_snapshot(user))


def user_changed(user: User) -> UserChanged:
    """To be published when something of this user has changed: all of the user as they are now."""
    return UserChanged(**_snapshot(user))


def session_ended(session: Session, at: datetime) -> SessionEnded:
    """What is to be published when a session has ended."""
    return SessionEnded(session_id=session.id, user_id=session.user_id, at=at)


def grants_changed(user: User, at: datetime) -> GrantsChanged:
    """To be published when the user's `grants_version` has risen."""
    return GrantsChanged(user_id=user.id, version=user.grants_version, at=at)


def _snapshot(user: User) -> dict[str, Any]:
    return {
        "user_id": user.id,
        "revision": user.version,
        "name": user.name,
        "email": user.email,
        "phone": user.phone,
        "language": user.preferences.language,
        "email_notifications": user.preferences.email_notifications,
        "sms_notifications": user.preferences.sms_notifications,
        "roles": user.rights.roles,
        "grants": user.rights.by_theater,
        "email_verified": user.email_verified,
        "phone_verified": user.phone_verified,
        "favourite_theater_ids": user.preferences.favourite_theater_ids,
        "guest": user.guest,
    }


def user_erased(user: User, at: datetime) -> UserErased:
    """To be published with the snapshot that erases this user, which has the next revision."""
    return UserErased(user_id=user.id, revision=user.version + 1, at=at)


def email_verification_requested(
    user: User, email: str, token: str, purpose: LinkPurpose, expires_at: datetime
) -> EmailVerificationRequested:
    """To be published with a new link, which is sent to `email`."""
    return EmailVerificationRequested(
        user_id=user.id,
        email=email,
        name=user.name,
        token=token,
        purpose=purpose,
        language=user.preferences.language,
        expires_at=expires_at,
    )


def email_change_requested(user: User, email: str, request_id: str) -> EmailChangeRequested:
    """To be published when another address asks to take the place of this one, the user's present address."""
    language = user.preferences.language
    return EmailChangeRequested(user_id=user.id, email=email, name=user.name, request_id=request_id, language=language)


def guest_linked(account: User, guest: User, email: str) -> GuestLinked:
    """To be published when a guest was linked to an account, and told to `email`."""
    language = account.preferences.language
    return GuestLinked(user_id=account.id, guest_id=guest.id, email=email, name=account.name, language=language)


def password_reset_requested(user: User, email: str, token: str, expires_at: datetime) -> PasswordResetRequested:
    """To be published with a new link, which is sent to the user's address."""
    return PasswordResetRequested(
        user_id=user.id,
        email=email,
        name=user.name,
        token=token,
        language=user.preferences.language,
        expires_at=expires_at,
    )


def otp_requested(challenge: Challenge, code: str) -> OtpRequested:
    """To be published with each send of a challenge."""
    return OtpRequested(
        challenge_id=challenge.id,
        number=challenge.number,
        phone=challenge.phone,
        code=code,
        language=challenge.language,
        expires_at=challenge.expires_at,
    )
