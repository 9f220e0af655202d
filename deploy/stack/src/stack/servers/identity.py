"""What a server keeps beside its data between two starts: ports, node name, password."""

import json
import os
from pathlib import Path


def recall(folder: Path) -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return kept


def remember(folder: Path, kept: dict[str, str]) -> None:
    """Readable for its owner alone, and never half written."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "server.json.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(kept, out)
    fresh.replace(folder / "server.json")


def kept_port(kept: dict[str, str], name: str) -> int | None:
    return int(kept[name]) if name in kept else None
