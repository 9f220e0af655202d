"""A stack of one's own for a measurement or a chaos run."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class OwnStack:
    """A running stack in a folder of its own."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = {**os.environ, **settings, "STACK_DIR": str(folder)}

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One of the stack's commands."""
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)  # noqa: S603  our own program

    def up(self) -> None:
        """Start what is missing; end the program with the reason where that fails."""
        done = self.run("stack", "up")
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)

    @property
    def stack_info(self) -> Mapping[str, Any]:
        """`stack.json` as it is now."""
        stack_info: Mapping[str, Any] = json.loads((self.folder / "stack.json").read_text(encoding="utf-8"))
        return stack_info


@contextmanager
def own_stack(**settings: str) -> Iterator[OwnStack]:
    """Up for the block, then down with all its data, also when the program is asked to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="marquee-") as folder:
        stack = OwnStack(Path(folder), {"RATE_LIMITS": "off", "DEMO": "0", "PORT": "0", **settings})
        try:
            stack.up()
            yield stack
        finally:
            stack.run("stack", "down")
