"""Mongo's profiler writes down which of a service's own queries read a whole collection, or sort in memory, while its
tests run."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import MongoClient

Document = dict[str, Any]
_SCAN, _SORT = "COLLSCAN", "SORT"
_OF_THE_CALL = frozenset({"lsid", "txnNumber", "startTransaction", "autocommit", "readConcern", "writeConcern"})
_READABLE: CodecOptions[Document] = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_AUTO)
"""The profiler and plans have times that Python has no name for."""
_FILTERS = ("filter", "query", "q")


def record_scans(client: MongoClient[Document], databases: Iterable[str]) -> None:
    """Record what scans a collection of these databases, or sorts what an index has not in order, from now on, over a
    connection that bears the database's name.

    A service's connection does; a test that looks into the database has one of its own without a name.
    """
    for name in databases:
        client[name].command("profile", 1, filter=_own_scans(name))


def recorded_scans(client: MongoClient[Document], database: str) -> Iterator[str]:
    """Each scan as `collection operation field field`, the fields of its filter in order; where it reads by an index
    and sorts in memory, `sorted` comes last.

    A query that ran before its index was built and would use it now is none.
    """
    profiled = client[database].get_collection("system.profile", codec_options=_READABLE)
    for entry in profiled.find(_own_scans(database)):
        collection, query = entry["ns"].partition(".")[2], entry["command"]
        name = [collection, _operation(entry), *sorted(_fields(query))]
        stages = {_SCAN} if "$truncated" in query else _planned(client, database, _command(collection, entry))
        if _SCAN in stages:
            yield " ".join(name)
        elif _SORT in stages:
            yield " ".join([*name, "sorted"])


def _own_scans(database: str) -> Document:
    """What the profiler writes down; what another writes into the same collection is none of it."""
    costly: list[Document] = [{"planSummary": {"$regex": _SCAN}}, {"hasSortStage": True}]
    return {"appName": database, "$or": costly, "op": {"$ne": "getmore"}}


def unused_indexes(client: MongoClient[Document], database: str) -> set[str]:
    """Indexes that no query has used since they were made, as `collection index`. Those that let documents expire, or
    keep something unique, need no query."""
    return {
        f"{collection} {index['name']}"
        for collection in client[database].list_collection_names(filter={"name": {"$not": {"$regex": "^system"}}})
        for index in client[database][collection].aggregate([{"$indexStats": {}}])
        if not index["accesses"]["ops"] and not _has_use_of_its_own(index)
    }


def _has_use_of_its_own(index: Document) -> bool:
    return index["name"] == "_id_" or not {"expireAfterSeconds", "unique"}.isdisjoint(index["spec"])


def _operation(entry: Document) -> str:
    return str(next(iter(entry["command"]))) if entry["op"] in {"query", "command"} else str(entry["op"])


def _command(collection: str, entry: Document) -> Document:
    """The command as it would be sent again."""
    query = {name: value for name, value in entry["command"].items() if name[0] != "$" and name not in _OF_THE_CALL}
    if entry["op"] == "update":
        return {"update": collection, "updates": [query]}
    return {"delete": collection, "deletes": [query]} if entry["op"] == "remove" else query


def _planned(client: MongoClient[Document], database: str, command: Document) -> set[str]:
    """The stages by which the command would run now."""
    return set(_stages(client[database].command("explain", command, verbosity="queryPlanner", codec_options=_READABLE)))


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
