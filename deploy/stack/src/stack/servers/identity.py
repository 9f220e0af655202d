"""What a server keeps beside its data between two starts: ports, node name, password."""

import json
from pathlib import Path

from stack.secrets import write_private


def recall(folder: Path) -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return kept


def remember(folder: Path, kept: dict[str, str]) -> None:
    write_private(folder / "server.json", json.dumps(kept))


def kept_port(kept: dict[str, str], name: str) -> int | None:
    return int(kept[name]) if name in kept else None
