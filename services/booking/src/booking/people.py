"""Mongo: who guests are, for support's search; a copy of what identity says, and the customers of the counter."""

from collections.abc import Collection

from pymongo import IndexModel

from booking.domain.people import Person, Wanted
from booking.usecases.ports import MOST_PEOPLE
from chassis import mongo
from chassis.mongo import Document

_LAST = "\U0010ffff"  # no text goes on with a later character


class MongoPeople:
    """One document per person, under the user's id, with the keys that they are found by."""

    def __init__(self, collection: mongo.Collection) -> None:
        self.collection = collection

    async def ensure_indexes(self) -> None:
        await self.collection.ensure_indexes(IndexModel([("keys", 1)]))

    async def save(self, person: Person, revision: int) -> None:
        """As the port has it."""
        values = {"name": person.name, "email": person.email, "phone": person.phone, "keys": person.keys}
        await self.collection.save_newest(person.user_id, revision, values)

    async def find_all(self, user_ids: Collection[str]) -> dict[str, Person]:
        """By `_id`."""
        documents = await self.collection.find({"_id": {"$in": sorted(user_ids)}}) if user_ids else []
        return {document["_id"]: _person(document) for document in documents}

    async def with_all(self, wanted: Collection[Wanted], among: Collection[str] | None = None) -> list[str]:
        """By the index of keys, what begins a key is a range of it; or by the ids."""
        query: Document = {"$and": [{"keys": _condition(each)} for each in wanted]}
        if among is not None:
            query["_id"] = {"$in": sorted(among)}
        documents = await self.collection.find(query, limit=MOST_PEOPLE if among is None else 0, projection={"_id": 1})
        return [document["_id"] for document in documents]


def _condition(wanted: Wanted) -> Document:
    if wanted.beginning is None:
        return {"$in": list(wanted.whole)}
    return {"$elemMatch": {"$gte": wanted.beginning, "$lt": f"{wanted.beginning}{_LAST}"}}


def _person(document: Document) -> Person:
    return Person(document["_id"], document["name"], document["email"], document["phone"])
