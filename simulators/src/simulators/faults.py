"""Faults on request: which call breaks, how, and how often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, Field

FaultKind = Literal["latency", "hang", "status", "reset_before", "reset_after", "timeout_after_commit", "html"]

_PLACEHOLDER = re.compile(r"\{[^}]*\}|:[A-Za-z_]+")
_METHOD = re.compile(r"(?P<method>[A-Z]+) +(?P<path>.*)")


class Fault(BaseModel):
    """`route` is a path prefix or glob of the provider's path, with or without a method in front ("POST /v1/orders").

    `value`: milliseconds for latency and for how long a hang lasts (unset: until the caller gives up); the status for
    `status` and `html`. `body` says in what form a `status` answers. `times` unset means always.
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
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[Mapping[str, object]]:
        return [fault.model_dump() for fault in self._faults]

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault that fits, with one of its times used up."""
        for fault in self._faults:
            if fault.matches(method, path):
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            # By identity: an equal fault may have been asked for twice.
            self._faults = [other for other in self._faults if other is not fault]
