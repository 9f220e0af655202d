"""Indexes in one line, and one page of what a query matches."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pymongo import IndexModel

from catalog.domain.listings import Listing
from chassis.folding import LONGEST_PART, WHOLE_PART
from chassis.mongo import Collection, Document, Sort
from chassis.pages import PageRequest

T = TypeVar("T")
_LAST = "\U0010ffff"  # in the order of Mongo's texts no character comes after it


def index(*fields: str) -> IndexModel:
    """An ascending index."""
    return IndexModel([(field, 1) for field in fields])


def with_part(name: str, part: str) -> dict[str, Any]:
    """A query: documents whose folded text of this name has a folded `part` in it, by the index of its parts."""
    if len(part) <= WHOLE_PART:
        return {f"{name}_parts": part}
    begin = part[:LONGEST_PART]
    query: dict[str, Any] = {f"{name}_parts": {"$elemMatch": {"$gte": begin, "$lte": begin + _LAST}}}
    if begin != part:
        query["$expr"] = {"$gte": [{"$indexOfBytes": [f"${name}_folded", {"$literal": part}]}, 0]}
    return query


async def find_page(
    collection: Collection,
    query: Mapping[str, Any],
    page: PageRequest,
    value: Callable[[Document], T],
    *,
    sort: Sort,
    projection: Mapping[str, Any] | None = None,
) -> Listing[T]:
    """One page of what matches, as values. It is counted only where the page does not tell how many there are."""
    documents = await collection.find(query, sort=sort, skip=page.skipped, limit=page.size, projection=projection)
    complete = page.number == 1 and len(documents) < page.size
    total = len(documents) if complete else await collection.count(query)
    return Listing([value(document) for document in documents], total)
