"""Faults on request: which call breaks, how, and how often."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, Field

FaultKind = Literal["latency", "hang", "status", "reset_before", "reset_after", "timeout_after_commit", "html", "rate"]

_PLACEHOLDER = re.compile(r"\{[^}]*\}|:[A-Za-z_]+")
_METHOD = re.compile(r"(?P<method>[A-Z]+) +(?P<path>.*)")


class Fault(BaseModel):
    """`route` is a path prefix or glob of the provider's path, with or without a method in front ("POST /v1/orders").

    `value`: milliseconds for latency and for how long a hang lasts (unset: until the caller gives up); the status for
    `status` and `html`; for `rate` how many calls a second are let through, whatever is more is answered 429. `body`
    says in what form a `status` answers. `times` unset means always.
    """

    route: str = ""
    kind: FaultKind
    value: float | None = None
    body: Literal["json", "html", "empty"] = "json"
    times: int | None = Field(default=None, ge=1)

    def matches(self, method: str, path: str) -> bool:
        parts = _METHOD.fullmatch(self.route.strip())
        if parts is not None and parts["method"] != method:
            return False
        wanted = _PLACEHOLDER.sub("*", parts["path"] if parts is not None else self.route.strip())
        return path.startswith(wanted) or fnmatchcase(path, wanted)

    def status(self, default: int) -> int:
        return default if self.value is None else int(self.value)

    def seconds(self) -> float | None:
        return None if self.value is None else self.value / 1000


class Faults:
    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._faults: list[Fault] = []
        self._passed: deque[float] = deque()

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[Mapping[str, object]]:
        return [fault.model_dump() for fault in self._faults]

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault that fits, with one of its times used up."""
        for fault in self._faults:
            if fault.matches(method, path) and not self._is_let_through(fault):
                self._use(fault)
                return fault.model_copy(update={"kind": "status", "value": 429}) if fault.kind == "rate" else fault
        return None

    def _is_let_through(self, fault: Fault) -> bool:
        """Whether fewer calls than the rate allows were let through in the last second."""
        if fault.kind != "rate":
            return False
        now = self._seconds()
        while self._passed and self._passed[0] <= now - 1:
            self._passed.popleft()
        if len(self._passed) >= (fault.value or 0):
            return False
        self._passed.append(now)
        return True

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            # By identity: an equal fault may have been asked for twice.
            self._faults = [other for other in self._faults if other is not fault]
