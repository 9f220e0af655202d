"""Each index has a query that uses it, keeps something unique, or lets something end."""

from dataclasses import replace

from pymongo import MongoClient
from services.identity.tests.factories import a_user

from chassis.mongo import Document
from chassis.pages import PageRequest
from chassis.process import process
from chassis.settings import ServiceSettings
from chassis.times import now_in_milliseconds
from contracts.audit import AuditRecord
from contracts.ids import UserId
from identity.audit import AUDIT, AuditQuery, AuditStore
from identity.domain import Grant, PasswordReset, Rights, UserQuery
from identity.links import LinkStore
from identity.session_store import REFRESH_TOKENS, SESSIONS, SessionStore
from identity.store import EMAIL_LINKS, PASSWORD_RESETS, USERS, UserStore, UserTransaction
from stack.query_plans import unused_indexes


async def _lock_admins(transaction: UserTransaction) -> int:
    return await transaction.lock_other_admins("usr_1")


async def _erase_links(transaction: UserTransaction) -> None:
    await transaction.erase_links("usr_1")


async def _end_sessions(transaction: UserTransaction) -> None:
    await transaction.end_sessions("usr_1", "password_reset")


async def test_no_index_is_without_a_query(mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str) -> None:
    settings = ServiceSettings.model_validate(
        {"mongo_uri": mongo_uri, "rabbitmq_url": rabbitmq_vhost_url, "database_prefix": mongo_database_prefix}
    )
    async with process(settings, "identity") as resources:
        outbox = resources.outbox(USERS)
        users, of_sessions = UserStore(resources.database, outbox), resources.outbox(SESSIONS)
        sessions = SessionStore(of_sessions, resources.database[REFRESH_TOKENS])
        resets = resources.outbox(PASSWORD_RESETS)
        links = LinkStore(resources.database[EMAIL_LINKS], resets)
        await resources.prepare(users.ensure_indexes, sessions.ensure_indexes, links.ensure_indexes)
        audit = AuditStore(resources.database[AUDIT])
        await audit.ensure_indexes()
        for n in range(30):
            theater_id = f"thr_{n}"
            await audit.insert(AuditRecord.of(f"usr_{n}", "a", "b", None, None, theater_id=theater_id))
        for query in (AuditQuery(), AuditQuery(user_id="usr_1"), AuditQuery(theater_ids=["thr_1"])):
            await audit.page(query, PageRequest(1, 10))
        now = now_in_milliseconds()
        await links.insert_reset(PasswordReset("hash", UserId("usr_1"), "1@example.com", now, now), None)
        await links.find_reset("hash", now)
        await users.transaction(_end_sessions)
        await sessions.ended_since(now)
        await sessions.live("usr_1", now)
        await users.versions_since(now)
        await users.transaction(_erase_links)
        for n in range(30):
            rights = Rights.of(["user", "admin"] if n < 2 else ["user"], [Grant(f"thr_{n}", "staff")] if n < 2 else [])
            await users.insert(a_user(email=f"{n}@example.com", phone=f"+9198765432{n:02}", rights=rights))
        await users.transaction(_lock_admins)
        for of_users in (UserQuery(role="admin"), UserQuery(role="staff"), UserQuery(phone="+919876543210")):
            await users.page(of_users, PageRequest(1, 10))
        await users.insert(
            replace(a_user(email="g@example.com", phone="+919876543299"), guest=True, phone_verified=True)
        )
        assert (
            len(await users.guest_ids(email="G@example.com")) == len(await users.guest_ids(phone="+919876543299")) == 1
        )
        await outbox.poll()
        await resets.poll()
        await of_sessions.poll()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, f"{mongo_database_prefix}identity") == set()
