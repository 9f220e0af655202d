"""What identity says of a user: full snapshots."""

from typing import Any

from contracts.identity import UserChanged, UserRegistered
from identity.domain import User


def user_registered(user: User) -> UserRegistered:
    """The event of a new user."""
    return UserRegistered(**_snapshot(user))


def user_changed(user: User) -> UserChanged:
    """The event of a user who is now as given."""
    return UserChanged(**_snapshot(user))


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
    }
