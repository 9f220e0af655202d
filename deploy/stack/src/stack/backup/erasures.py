"""The log of erasures, which lies beside the backups and outlives them: who asked to be forgotten after a backup was
taken is forgotten again when it is restored. It holds bare ids and times."""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient

LOG = "erasures.jsonl"
Document = dict[str, Any]


def add_known(uri: str, log: Path) -> int:
    """Add the erasures that Mongo has and the log has not; how many those were."""
    with MongoClient[Document](uri, tz_aware=True) as client:
        return _add(log, client["identity"]["erasures"].find())


def follow(uri: str, log: Path) -> None:
    """Add each erasure as soon as a majority has it, for ever."""
    with MongoClient[Document](uri, tz_aware=True) as client:
        erasures = client["identity"]["erasures"]
        with erasures.watch([{"$match": {"operationType": "insert"}}]) as changes:
            _add(log, erasures.find())
            for change in changes:
                _add(log, [change["fullDocument"]])


def _add(log: Path, erasures: Iterable[Mapping[str, Any]]) -> int:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a+", encoding="utf-8") as out:
        fcntl.flock(out, fcntl.LOCK_EX)  # `make backup` adds beside `make erasures`
        out.seek(0)
        lines = out.read()
        whole = lines[: lines.rfind("\n") + 1]
        out.truncate(len(whole.encode()))  # of a line that lost power has cut short, Mongo has the whole
        known = {json.loads(line)["user_id"] for line in whole.splitlines()}
        new = [each for each in erasures if each["_id"] not in known]
        for erasure in new:
            line = {"user_id": erasure["_id"], "at": erasure["at"].isoformat(), "guest_ids": erasure["guest_ids"]}
            out.write(json.dumps(line) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return len(new)
