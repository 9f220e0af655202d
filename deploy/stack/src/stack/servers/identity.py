"""What a server keeps beside its data between two starts: ports, node name, password."""

import json
from pathlib import Path

from stack.secrets import write_private


def recall(folder: Path) -> dict[str, str]:
    try:
        stored: dict[str, str] = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return stored


def remember(folder: Path, stored: dict[str, str]) -> None:
    write_private(folder / "server.json", json.dumps(stored))


def stored_port(stored: dict[str, str], name: str) -> int | None:
    return int(stored[name]) if name in stored else None
