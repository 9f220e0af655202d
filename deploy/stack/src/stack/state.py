"""What a stack's folder says about it: who supervises it, and where everything is."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from stack.secrets import write_private


class AlreadyRunningError(Exception):
    """Another supervisor has this folder."""


class State:
    """The files of one stack's folder. The supervisor holds the lock for its whole life; the kernel frees it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock: IO[str] | None = None

    def take(self) -> None:
        """Become the supervisor of this folder. Raises `AlreadyRunningError`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise AlreadyRunningError(f"a stack already runs in {self.folder}: `make down` stops it") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def supervisor(self) -> int | None:
        """Pid of the supervisor that holds the folder now."""
        try:
            with (self.folder / "lock").open("r+", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return None
        except FileNotFoundError:
            return None
        except OSError:
            return int((self.folder / "lock").read_text(encoding="ascii") or 0) or None

    def say(self, stack_info: dict[str, Any]) -> None:
        write_private(self.folder / "stack.json", json.dumps(stack_info, indent=1))

    def stack_info(self) -> dict[str, Any] | None:
        try:
            stack_info: dict[str, Any] = json.loads((self.folder / "stack.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return stack_info

    def choose(self, chosen: Mapping[str, str]) -> None:
        """Keep what this start was given."""
        write_private(self.folder / "chosen.json", json.dumps(dict(chosen), indent=1))

    def chosen(self) -> dict[str, str]:
        """What the last start was given."""
        try:
            chosen: dict[str, str] = json.loads((self.folder / "chosen.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return chosen

    def forget(self) -> None:
        (self.folder / "stack.json").unlink(missing_ok=True)

    def answer(self, text: str) -> None:
        """What became of a request to start: empty when all is well, else the reason."""
        write_private(self.folder / "answer", text)

    def take_answer(self) -> str | None:
        """The answer, once; none while there is none."""
        file = self.folder / "answer"
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        file.unlink()
        return text
