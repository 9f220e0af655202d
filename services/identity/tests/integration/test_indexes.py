"""Each index has a query that uses it, keeps something unique, or lets something end."""

from pymongo import MongoClient

from chassis.mongo import Document
from chassis.process import process
from chassis.settings import ServiceSettings
from chassis.times import now_in_milliseconds
from contracts.ids import UserId
from identity.domain import PasswordReset
from identity.links import EMAIL_LINKS, LinkStore
from identity.store import PASSWORD_RESETS, USERS, SessionStore, UserStore, UserTransaction
from stack.query_plans import unused_indexes


async def _lock_admins(transaction: UserTransaction) -> int:
    return await transaction.lock_other_admins("usr_1")


async def _end_sessions(transaction: UserTransaction) -> None:
    await transaction.end_sessions("usr_1", "password_reset")


async def test_no_index_is_without_a_query(mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str) -> None:
    settings = ServiceSettings.model_validate(
        {"mongo_uri": mongo_uri, "rabbitmq_url": rabbitmq_vhost_url, "database_prefix": mongo_database_prefix}
    )
    async with process(settings, "identity") as resources:
        outbox = resources.outbox(USERS)
        users, sessions = UserStore(resources.database, outbox), SessionStore(resources.database)
        resets = resources.outbox(PASSWORD_RESETS)
        links = LinkStore(resources.database[EMAIL_LINKS], resets)
        await resources.prepare(users.ensure_indexes, sessions.ensure_indexes, links.ensure_indexes)
        now = now_in_milliseconds()
        await links.insert_reset(PasswordReset("hash", UserId("usr_1"), "1@example.com", now, now), None)
        await links.find_reset("hash", now)
        await users.transaction(_end_sessions)
        await resources.database[USERS].raw.insert_many(
            [
                {"_id": f"usr_{n}", "email_key": f"{n}@example.com", "rights": {"roles": ["admin"] if n < 2 else []}}
                for n in range(30)
            ]
        )
        await users.transaction(_lock_admins)
        await outbox.poll()
        await resets.poll()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, f"{mongo_database_prefix}identity") == set()
