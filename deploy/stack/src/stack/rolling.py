"""A rolling restart: every process of the services ends by SIGTERM and comes back, one copy of each at a time."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from stack.calls import answers
from stack.processes import PROBE_SECONDS, is_alive
from stack.state import State

READY_SECONDS = 120


class RollError(Exception):
    """A process did not come back; the text is one line for the user."""


def roll(state: State, say: Callable[[str], None]) -> int:
    """Replace the first copy of each service together, then the second, and so on; how many were replaced. Raises
    `RollError`."""
    services = (state.stack_info() or {}).get("services", {})
    count = 0
    for place in range(max(map(len, services.values()), default=0)):
        replaced = {service: several[place] for service, several in services.items() if place < len(several)}
        for process in replaced.values():
            os.kill(process["pid"], signal.SIGTERM)
        for service, process in replaced.items():
            _wait_for_another(state, service, place, process)
        say(f"copy {place + 1}: replaced {', '.join(replaced)}")
        count += len(replaced)
    return count


def _wait_for_another(state: State, service: str, place: int, before: dict[str, Any]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _is_replaced(state, service, place, before):
        if time.monotonic() > deadline:
            raise RollError(f"{service} at {before['url']} was not ready again after {READY_SECONDS} s: see its log")
        time.sleep(PROBE_SECONDS)


def _is_replaced(state: State, service: str, place: int, before: dict[str, Any]) -> bool:
    now = (state.stack_info() or {}).get("services", {}).get(service, [before])[place]
    return now["pid"] != before["pid"] and not is_alive(before["pid"]) and answers(f"{now['url']}/readyz")
