"""Our own processes at work: started together, watched, started again when one dies, stopped together."""

import time
from collections.abc import Sequence
from pathlib import Path

from stack.calls import answers
from stack.processes import PROBE_SECONDS, Child, StartError
from stack.table import Definition

# A process that dies right after its start is tried once a second, any other at once.
AGAIN_SECONDS = 0.8
STOP_SECONDS = 45  # for calls, messages and mails under way: mostly it takes less than one


class ProcessGroup:
    def __init__(self, name: str, definitions: Sequence[Definition], logs: Path):
        self.name = name
        self._definitions = {definition.name: definition for definition in definitions}
        self._logs = logs
        self._children: dict[str, Child] = {}
        self._started_at: dict[str, float] = {}

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._children.items()}

    def start(self) -> None:
        for name in self._definitions:
            self._start(name)

    def wait_ready(self, seconds: float) -> None:
        """Raises `StartError` with the last words of the first process that ended, or of one that stayed unready."""
        deadline = time.monotonic() + seconds
        waiting = list(self._definitions)
        while waiting:
            waiting = [name for name in waiting if not self._is_ready(name)]
            for name in waiting:
                self._raise_if_lost(name, time.monotonic() > deadline)
            time.sleep(PROBE_SECONDS)

    def ready(self) -> bool:
        return all(self._is_ready(name) for name in self._definitions)

    def alive(self) -> bool:
        return all(child.alive() for child in self._children.values())

    def revive(self) -> list[str]:
        """Start again what died; the names of those."""
        now = time.monotonic()
        lost = [name for name, child in self._children.items() if not child.alive()]
        due = [name for name in lost if now - self._started_at[name] > AGAIN_SECONDS]
        for name in due:
            self._start(name)
        return due

    def stop(self) -> None:
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children.values():
            child.stop(max(0, deadline - time.monotonic()))

    def _start(self, name: str) -> None:
        definition = self._definitions[name]
        self._children[name] = Child(name, definition.argv, log=self._logs / f"{name}.log", env=definition.env)
        self._started_at[name] = time.monotonic()

    def _is_ready(self, name: str) -> bool:
        definition = self._definitions[name]
        return answers(f"{definition.url}{definition.ready_path}")

    def _raise_if_lost(self, name: str, late: bool) -> None:
        child = self._children[name]
        if not child.alive():
            raise StartError(f"{name} ended with code {child.exit_code}:\n{child.last_lines()}")
        if late:
            raise StartError(f"{name} did not become ready:\n{child.last_lines()}")
