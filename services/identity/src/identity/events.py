"""The events that identity publishes: snapshots of a user."""

from typing import Any

from contracts.identity import UserChanged, UserRegistered
from identity.domain import User


def user_registered(user: User) -> UserRegistered:
    """To be published when this user has registered."""
    return UserRegistered(**_snapshot(user))


def user_changed(user: User) -> UserChanged:
    """To be published when something of this user has changed: all of the user as they are now."""
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
