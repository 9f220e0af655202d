"""The environment of a simulator, read once at its start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Location:
    """Where a simulator listens and keeps its books (in memory when STATE_DIR is not set)."""

    host: str
    port: int
    state_dir: Path | None

    def file(self, name: str) -> Path | None:
        return None if self.state_dir is None else self.state_dir / name


def location() -> Location:
    """Raises `SystemExit` where a setting is missing."""
    state_dir = os.environ.get("STATE_DIR")
    return Location(os.environ.get("HOST", "127.0.0.1"), int(required("PORT")), Path(state_dir) if state_dir else None)


def current(name: str) -> str:
    """Of a secret's values, separated by commas while it is rolled, today's: it stands first."""
    return required(name).split(",")[0].strip()


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set")
    return value
