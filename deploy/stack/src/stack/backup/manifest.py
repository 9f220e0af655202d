"""What a backup holds: a file of documents for each collection, and `manifest.json`, which is written last.

A folder without a manifest is no backup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bson import json_util

MANIFEST = "manifest.json"
FORMAT = 1
_OPTIONS = json_util.JSONOptions(json_mode=json_util.JSONMode.RELAXED, tz_aware=True)
Document = dict[str, Any]


class BackupError(Exception):
    """Why there is no backup, or no restored system; the text says what to do."""


@dataclass(frozen=True, slots=True)
class StoredCollection:
    """A collection: `file` has its documents one after the other as BSON, compressed by zstd; `sha256` is the file's,
    `bytes` are those of the documents. `indexes` are as Mongo lists them."""

    database: str
    name: str
    file: str
    documents: int
    bytes: int
    sha256: str
    indexes: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All databases as they were at `at`, by the cluster's clock."""

    at: datetime
    collections: Sequence[StoredCollection]
    format: int = FORMAT

    @property
    def documents(self) -> int:
        return sum(each.documents for each in self.collections)

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.collections)


def write(folder: Path, manifest: Manifest) -> None:
    """The last file of a backup."""
    text = json_util.dumps(asdict(manifest), json_options=_OPTIONS, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read(folder: Path) -> Manifest:
    """Raises `BackupError` where the folder is no backup that this version reads."""
    try:
        manifest: Mapping[str, Any] = json_util.loads(
            (folder / MANIFEST).read_text(encoding="utf-8"), json_options=_OPTIONS
        )
    except FileNotFoundError:
        raise BackupError(f"{folder} is no backup: it has no {MANIFEST}") from None
    if manifest["format"] != FORMAT:
        raise BackupError(f"{folder} has format {manifest['format']}: restore it with the version that took it")
    return Manifest(manifest["at"], [StoredCollection(**each) for each in manifest["collections"]])
