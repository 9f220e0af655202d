"""Users: made once per e-mail, changed by themselves, given roles by an admin; each change told with its revision."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from chassis.conditional import IfMatch
from chassis.envelope import seal
from chassis.logs import logger
from chassis.mongo import Document
from chassis.outbox import push, pushed
from chassis.times import now_in_milliseconds
from contracts.identity import UserChanged, UserRegistered
from contracts.ids import UserId, new_id
from identity.contacts import email_key
from identity.errors import EmailTaken, LastAdmin, UserNotFound
from identity.passwords import Passwords
from identity.rights import Grant, Rights
from identity.usecases.stores import House, Stores

log = logger(__name__)
NEW_USER = Rights.of(["user"])
PREFS: Mapping[str, Any] = {
    "email_notifications": True,
    "sms_notifications": True,
    "language": "en",
    "favourite_theater_ids": [],
}


def rights_of(user: Document) -> Rights:
    """The rights of a stored user."""
    return Rights.of(user["roles"], (Grant(**grant) for grant in user["grants"]))


def _stored(rights: Rights) -> dict[str, Any]:
    return {"roles": list(rights.roles), "grants": [asdict(grant) for grant in rights.grants]}


def facts(user: Document) -> dict[str, Any]:
    """What events say of a user."""
    prefs, rights = user["prefs"], rights_of(user)
    return {
        "user_id": UserId(user["_id"]),
        "revision": user["version"],
        "name": user["name"],
        "email": user["email"],
        "phone": user["phone"],
        "language": prefs["language"],
        "email_notifications": prefs["email_notifications"],
        "sms_notifications": prefs["sms_notifications"],
        "roles": rights.roles,
        "grants": rights.by_theater,
    }


def changed(user: Document, values: Mapping[str, Any]) -> dict[str, Any]:
    """The update that sets `values` (dotted names are within `prefs`) and tells of it, in one write."""
    after = {**user, "version": user["version"] + 1, "prefs": dict(user["prefs"])}
    for name, value in values.items():
        outer, _, inner = name.partition(".")
        (after[outer] if inner else after)[inner or outer] = value
    event = UserChanged(**facts(after))
    update: dict[str, Any] = {"$push": push([seal(event)])}
    return {**update, "$set": dict(values)} if values else update


async def create(
    house: House,
    passwords: Passwords,
    *,
    name: str,
    email: str,
    password: str,
    phone: str | None = None,
    rights: Rights = NEW_USER,
    of_environment: bool = False,
) -> Document:
    """A new user; raises `EmailTaken`. Of many with one e-mail at once, the unique index lets one through."""
    taken = EmailTaken("this e-mail address has an account")
    if await house.stores.users.find_one({"email_key": email_key(email)}, {"_id": 1}) is not None:
        raise taken
    user: Document = {
        "_id": new_id("usr"),
        "version": 1,
        "name": name,
        "email": email,
        "email_key": email_key(email),
        "phone": phone,
        "password_hash": await passwords.hash(password),
        **_stored(rights),
        "prefs": dict(PREFS),
        "created_at": now_in_milliseconds(),
        **({"of_environment": True} if of_environment else {}),
    }
    user["outbox"] = [seal(UserRegistered(**facts(user))).document()]
    try:
        await house.outbox.insert(user)
    except DuplicateKeyError:
        raise taken from None
    return user


async def by_id(house: House, user_id: str) -> Document:
    """The user; raises `UserNotFound`."""
    found = await house.stores.users.find_one({"_id": user_id})
    if found is None:
        raise UserNotFound("no user has this id")
    return found


async def change(house: House, user_id: str, values: Mapping[str, Any], if_match: IfMatch) -> Document:
    """Set name, phone and preferences; what is the same already is not told. Raises `StaleVersion`."""

    def differing(user: Document | None) -> Mapping[str, Any] | None:
        if user is None:
            raise UserNotFound("no user has this id")
        if_match.require(user["version"])
        new = {name: value for name, value in values.items() if _present(user, name) != value}
        return changed(user, new) if new else None

    return await house.outbox.amend(user_id, differing) or {}


def _present(user: Document, name: str) -> Any:
    outer, _, inner = name.partition(".")
    return user[outer][inner] if inner else user[outer]


async def grant(house: House, user_id: str, rights: Rights, if_match: IfMatch, *, by: str) -> Document:
    """Give the user these rights and no others, with a line of audit that names who did it (`by`); rights that are the
    same already change nothing. Raises `UserNotFound`, `StaleVersion`, and `LastAdmin` where no admin would be left."""
    stores, entries = house.stores, list[Document]()

    async def work(session: AsyncClientSession) -> Document:
        entries.clear()
        user: Document | None = await stores.users.raw.find_one({"_id": user_id}, session=session)
        if user is None:
            raise UserNotFound("no user has this id")
        if_match.require(user["version"])
        before = rights_of(user)
        if before == rights:
            return user
        resigns = "admin" in before.roles and "admin" not in rights.roles
        if resigns and not await _other_admins(stores, user_id, session):
            raise LastAdmin("this user is the only admin")
        line = {
            "_id": new_id("aud"),
            "at": datetime.now(UTC),
            "by": by,
            "action": "roles_changed",
            "subject": user_id,
            "before": _stored(before),
            "after": _stored(rights),
        }
        await stores.audit.raw.insert_one(line, session=session)
        update = {**changed(user, _stored(rights)), "$inc": {"version": 1}}
        entries[:] = pushed(update)
        await stores.users.raw.update_one({"_id": user_id}, update, session=session)
        return await stores.users.raw.find_one({"_id": user_id}, session=session) or {}

    user = await stores.database.transaction(work)
    house.outbox.send_soon(user_id, entries)
    return user


async def _other_admins(stores: Stores, user_id: str, session: AsyncClientSession) -> int:
    """How many admins there are beside this user. Whoever takes the role from one of them meanwhile conflicts."""
    others = {"roles": "admin", "_id": {"$ne": user_id}}
    return (await stores.users.raw.update_many(others, {"$inc": {"touched": 1}}, session=session)).matched_count


async def ensure_admin(house: House, passwords: Passwords, email: str, password: str) -> None:
    """The admin of the environment is there and is an admin, also if another admin took the role away meanwhile.

    An account that somebody else opened with this e-mail stays as it is: it is known by its password.
    """
    try:
        await create(
            house,
            passwords,
            name="Admin",
            email=email,
            password=password,
            rights=Rights.of(["user", "admin"]),
            of_environment=True,
        )
    except EmailTaken:
        known = await house.stores.users.find_one({"email_key": email_key(email)})
        if known is None or "admin" in known["roles"]:
            return
        if known.get("of_environment") or await passwords.matches(password, known["password_hash"]):
            rights = rights_of(known)
            again = Rights.of([*rights.roles, "admin"], rights.grants)
            await grant(house, known["_id"], again, IfMatch(None), by="environment")
        else:
            log.warning("ADMIN_EMAIL belongs to a user who is no admin; roles are left alone", user_id=known["_id"])
