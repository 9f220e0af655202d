"""Mongo `identity`: its indexes."""

from pymongo import IndexModel

from chassis.outbox import INDEX as OUTBOX
from identity.usecases.stores import Stores

# A user without an e-mail has no key. Partial on a `$type`, the index would serve no query.
_EMAIL = IndexModel([("email_key", 1)], unique=True, partialFilterExpression={"email_key": {"$exists": True}})
_ADMINS = IndexModel([("roles", 1)], partialFilterExpression={"roles": "admin"}, name="admins")
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


async def ensure_indexes(stores: Stores) -> None:
    """Create what is missing; idempotent."""
    await stores.users.ensure_indexes(_EMAIL, _ADMINS, OUTBOX)
    await stores.sessions.ensure_indexes(_EXPIRY)
    await stores.refresh_tokens.ensure_indexes(_EXPIRY)
    await stores.audit.ensure_indexes(IndexModel([("at", -1)]))
