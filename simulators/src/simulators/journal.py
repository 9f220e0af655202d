"""A simulator's books in one SQLite file: JSON documents by kind, the log of calls, settings.

A write is in the operating system's hands before its answer leaves, so kill -9 loses nothing that was answered.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

JsonObject = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL,
    parent TEXT NOT NULL, ref TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL, UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS document_parent ON document (kind, parent, seq);
CREATE INDEX IF NOT EXISTS document_ref ON document (kind, ref);
CREATE INDEX IF NOT EXISTS document_at ON document (kind, at, seq);
CREATE TABLE IF NOT EXISTS call (seq INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL, status INTEGER);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, body BLOB NOT NULL);
"""
_PUT = """
INSERT INTO document (kind, id, parent, ref, at, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, ref = excluded.ref
"""


class Journal:
    """Used from one thread only; `atomic` never spans an await, so its writes are one transaction."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All writes inside are kept, or none when an exception leaves the block. May be nested."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, kind: str, key: str, body: JsonObject, *, parent: str = "", ref: str = "", at: float = 0.0) -> None:
        """Write a document whole; `parent`, `ref` and `at` are what `children`, `by_ref` and `between` find it by."""
        self._db.execute(_PUT, (kind, key, parent, ref, at, orjson.dumps(body)))

    def update(self, kind: str, key: str, body: JsonObject) -> None:
        """Change a document that exists; one that was wiped meanwhile stays away."""
        self._db.execute("UPDATE document SET body = ? WHERE kind = ? AND id = ?", (orjson.dumps(body), kind, key))

    def get(self, kind: str, key: str) -> JsonObject | None:
        """None where it is not."""
        row = self._db.execute("SELECT body FROM document WHERE kind = ? AND id = ?", (kind, key)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def all(self, kind: str) -> list[JsonObject]:
        """Oldest first."""
        return self._bodies("SELECT body FROM document WHERE kind = ? ORDER BY seq", (kind,))

    def newest(self, kind: str, most: int) -> list[JsonObject]:
        """The newest `most`, oldest first."""
        return self._bodies("SELECT body FROM document WHERE kind = ? ORDER BY seq DESC LIMIT ?", (kind, most))[::-1]

    def children(self, kind: str, parent: str) -> list[JsonObject]:
        """Newest first."""
        return self._bodies("SELECT body FROM document WHERE kind = ? AND parent = ? ORDER BY seq DESC", (kind, parent))

    def by_ref(self, kind: str, ref: str) -> list[JsonObject]:
        """The documents of a kind that bear this `ref`, newest first."""
        return self._bodies("SELECT body FROM document WHERE kind = ? AND ref = ? ORDER BY seq DESC", (kind, ref))

    def between(self, kind: str, start: float, end: float) -> Iterator[JsonObject]:
        """Newest first, both ends inclusive; read as far as it is asked for."""
        sql = "SELECT body FROM document WHERE kind = ? AND at >= ? AND at <= ? ORDER BY at DESC, seq DESC"
        return (orjson.loads(row[0]) for row in self._db.execute(sql, (kind, start, end)))

    def delete(self, kind: str) -> None:
        self._db.execute("DELETE FROM document WHERE kind = ?", (kind,))

    def setting(self, name: str) -> Any:
        """None where it was never set."""
        row = self._db.execute("SELECT body FROM setting WHERE name = ?", (name,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def set_setting(self, name: str, value: object) -> None:
        self._db.execute("INSERT OR REPLACE INTO setting (name, body) VALUES (?, ?)", (name, orjson.dumps(value)))

    def open_call(self, call: JsonObject) -> int:
        """Log a call as it came, still without a status; its number."""
        cursor = self._db.execute("INSERT INTO call (body) VALUES (?)", (orjson.dumps(call),))
        return int(cursor.lastrowid or 0)

    def close_call(self, seq: int, status: int) -> None:
        """The status that was answered."""
        self._db.execute("UPDATE call SET status = ? WHERE seq = ?", (status, seq))

    def calls(self) -> list[JsonObject]:
        """The log in the order of arrival, `status: null` where nothing was answered."""
        rows = self._db.execute("SELECT body, status FROM call ORDER BY seq").fetchall()
        return [{**orjson.loads(body), "status": status} for body, status in rows]

    def wipe(self) -> None:
        """Forget all: documents, calls and settings."""
        with self.atomic():
            for table in ("document", "call", "setting"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608  # three literals, no input

    def close(self) -> None:
        self._db.close()

    def _bodies(self, sql: str, values: tuple[object, ...]) -> list[JsonObject]:
        return [orjson.loads(row[0]) for row in self._db.execute(sql, values)]
