"""Mongo's profiler writes down which of a service's own queries read a whole collection while its tests run."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pymongo import MongoClient

Document = dict[str, Any]
_SCAN = "COLLSCAN"
_OF_THE_CALL = frozenset({"lsid", "txnNumber", "startTransaction", "autocommit", "readConcern", "writeConcern"})
_FILTERS = ("filter", "query", "q")


def record_scans(client: MongoClient[Document], databases: Iterable[str]) -> None:
    """Record what scans a collection of these databases, from now on, over a connection that bears the database's name.

    A service's connection does; a test that looks into the database has one of its own without a name.
    """
    for name in databases:
        own_scans = {"appName": name, "planSummary": {"$regex": _SCAN}, "op": {"$ne": "getmore"}}
        client[name].command("profile", 1, filter=own_scans)


def recorded_scans(client: MongoClient[Document], database: str) -> Iterator[str]:
    """Each scan as `collection operation field field`, the fields of its filter in order.

    A query that ran before its index was built and would use it now is none.
    """
    for entry in client[database]["system.profile"].find():
        collection, query = entry["ns"].partition(".")[2], entry["command"]
        if "$truncated" in query or _would_scan(client, database, _command(collection, entry)):
            yield " ".join([collection, _operation(entry), *sorted(_fields(query))])


def _operation(entry: Document) -> str:
    return str(next(iter(entry["command"]))) if entry["op"] in {"query", "command"} else str(entry["op"])


def _command(collection: str, entry: Document) -> Document:
    """The command as it would be sent again."""
    query = {name: value for name, value in entry["command"].items() if name[0] != "$" and name not in _OF_THE_CALL}
    if entry["op"] == "update":
        return {"update": collection, "updates": [query]}
    return {"delete": collection, "deletes": [query]} if entry["op"] == "remove" else query


def _would_scan(client: MongoClient[Document], database: str, command: Document) -> bool:
    plan = client[database].command("explain", command, verbosity="queryPlanner")
    return any(stage == _SCAN for stage in _stages(plan))


def _stages(plan: Any) -> Iterator[str]:
    """The names of all stages of a plan that was chosen, however deep."""
    if isinstance(plan, Mapping):
        if "stage" in plan:
            yield plan["stage"]
        for name, part in plan.items():
            if name != "rejectedPlans":
                yield from _stages(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from _stages(part)


def _fields(query: Document) -> Iterable[str]:
    """The fields of a query's filter, or of the first `$match` of a pipeline."""
    first: Document = next(iter(query.get("pipeline", ())), {})
    return next((query[name] for name in _FILTERS if isinstance(query.get(name), Mapping)), first.get("$match", {}))
