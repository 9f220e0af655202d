"""What of the work in the services' stores is under way now, and what is set for later: reminders, retries, the ends of
holds."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pymongo.collection import Collection
from pymongo.database import Database

from stack.audit.books import Document


def mails_under_way(deliveries: Collection[Document]) -> int:
    """How many messages are being sent, or would be now: one that waits for another try is not."""
    is_now = [{"sending": True}, {"due_at": {"$lte": datetime.now(UTC)}}]
    return deliveries.count_documents({"status": "queued", "$or": is_now})


def set_for_later(databases: Iterable[Database[Document]]) -> Iterator[str]:
    """A line for each collection that has work which is due later: how much, and when the first of it is due."""
    now = datetime.now(UTC)
    for database in databases:
        for name in sorted(database.list_collection_names()):
            due_at = [document["due_at"] for document in database[name].find({"due_at": {"$gt": now}}, {"due_at": 1})]
            if due_at:
                first = min(due_at).isoformat(timespec="seconds").replace("+00:00", "Z")
                yield f"{database.name}.{name}: {len(due_at)}, the first at {first}"
