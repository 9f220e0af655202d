"""Whom messages go to: the newest snapshot of each user, and the contacts of tickets that were sold to no user."""

from datetime import datetime

from pymongo import IndexModel

from chassis.batches import Together
from chassis.mongo import Collection, Document
from contracts.booking import TicketIssued
from contracts.identity import UserChanged, UserErased, UserRegistered
from notify.domain import Recipient
from notify.triggers import expires_at

_BY_PHONE = IndexModel([("phone", 1)], partialFilterExpression={"phone": {"$type": "string"}})
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)
_SECONDS = 0.003  # those whose bookings were looked at together come at once
_MOST = 50


class Recipients:
    """One document per person, under the user's id; that of a contact ends with its deliveries."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._looked_up = Together(self._find_each, seconds=_SECONDS, size=_MOST)

    async def ensure_indexes(self) -> None:
        """Make what is missing; idempotent."""
        await self._collection.ensure_indexes(_EXPIRY, _BY_PHONE)

    async def save(self, user: UserRegistered | UserChanged) -> None:
        """Store the snapshot unless one with as high a revision is known."""
        values = {
            "name": user.name,
            "email": user.email,
            "phone": user.phone if user.phone_verified else None,
            "language": user.language,
            "email_notifications": user.email_notifications,
            "sms_notifications": user.sms_notifications,
        }
        await self._collection.save_newest(user.user_id, user.revision, values)

    async def erase(self, event: UserErased) -> None:
        """Forget the person: no message goes out any more, whatever is said of their bookings later."""
        nothing = {"name": "", "email": None, "phone": None, "language": "en", "erased_at": event.at}
        await self._collection.save_newest(event.user_id, event.revision, nothing)
        of_person = {"_id": event.user_id}
        await self._collection.update(of_person, {"$set": nothing, "$unset": {"suppressed": ""}})

    async def is_erased(self, user_id: str) -> bool:
        """Whether the person was erased."""
        return await self._collection.find_one({"_id": user_id, "erased_at": {"$exists": True}}, {"_id": 1}) is not None

    async def save_contact(self, ticket: TicketIssued, now: datetime) -> None:
        """Store where a ticket goes that was sold at the counter, under the id that stands for its user."""
        if ticket.contact is None:
            return
        values = {**ticket.contact.model_dump(), "name": ticket.contact.name or "", "is_contact": True}
        await self._collection.save_newest(
            ticket.user_id, ticket.version, {**values, "expires_at": expires_at(ticket, now)}
        )

    async def find(self, user_id: str) -> Recipient | None:
        """The recipient, or None while no event has told of them."""
        return await self._looked_up.result(user_id)

    async def _find_each(self, user_ids: list[str]) -> list[Recipient | None]:
        documents = await self._collection.find({"_id": {"$in": list(set(user_ids))}})
        present = {document["_id"]: _recipient_in(document) for document in documents}
        return [present.get(user_id) for user_id in user_ids]

    async def suppress(self, user_id: str, address: str) -> None:
        """No message goes to this address of the person's any more, unless it is asked for."""
        await self._collection.update({"_id": user_id}, {"$addToSet": {"suppressed": address}})

    async def suppress_phone(self, phone: str) -> None:
        """No SMS goes to this phone any more, whoever has it."""
        await self._collection.update_many(
            {"phone": {"$eq": phone, "$type": "string"}}, {"$addToSet": {"suppressed": phone}}
        )

    async def allow(self, user_id: str, address: str) -> None:
        """Messages go to this address of the person's again."""
        await self._collection.update({"_id": user_id}, {"$pull": {"suppressed": address}})


def _recipient_in(document: Document) -> Recipient:
    return Recipient(
        id=document["_id"],
        name=document["name"],
        email=document["email"],
        phone=document.get("phone"),
        language=document.get("language", "en"),
        email_notifications=document.get("email_notifications", True),
        sms_notifications=document.get("sms_notifications", True),
        suppressed=frozenset(document.get("suppressed", ())),
        is_contact=document.get("is_contact", False),
    )
