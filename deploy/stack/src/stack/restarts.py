"""Processes of a running stack restarted one after the other: the supervisor brings back what has ended."""

import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from stack.calls import answers
from stack.processes import PROBE_SECONDS, is_alive
from stack.state import State

_END_SECONDS = 25
_READY_SECONDS = 60


def restart(state: State, name: str) -> int:
    """End the replicas of a service, or a simulator, each when the one before is ready again. 0 when all are."""
    urls = _urls(state.stack_info() or {}, name)
    if not urls:
        print(f"nothing is called {name!r} here: `make status` lists the names", file=sys.stderr)
        return 2
    for url in urls:
        pid = _pid(state.stack_info() or {}, url)
        if pid is not None:
            _end(pid)
        if not _is_back(state, url, pid):
            print(
                f"{name} at {url} is not ready after {_READY_SECONDS} s: see {state.folder / 'logs'}", file=sys.stderr
            )
            return 1
        print(f"{name} at {url} is ready again")
    return 0


def _urls(stack_info: Mapping[str, Any], name: str) -> list[str]:
    """Where the processes of this name listen."""
    if name in stack_info.get("services", {}):
        return [replica["url"] for replica in stack_info["services"][name]]
    return [url for simulator, url in _simulators(stack_info).items() if simulator == name]


def _simulators(stack_info: Mapping[str, Any]) -> dict[str, str]:
    return {**stack_info.get("simulators", {}), "mail": stack_info.get("mail", {}).get("http")}


def _pid(stack_info: Mapping[str, Any], url: str) -> int | None:
    replicas = (replica for each in stack_info["services"].values() for replica in each)
    pids: dict[str, int] = {replica["url"]: replica["pid"] for replica in replicas}
    pids |= {address: stack_info["pids"][name] for name, address in _simulators(stack_info).items()}
    return pids.get(url)


def _end(pid: int) -> None:
    """SIGTERM and time to finish what is under way; a process that is stopped, or does not end, is killed."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL if _is_stopped(pid) else signal.SIGTERM)
        deadline = time.monotonic() + _END_SECONDS
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(PROBE_SECONDS)
        os.kill(pid, signal.SIGKILL)


def _is_stopped(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] == "T"
        )
    except OSError:
        return False


def _is_back(state: State, url: str, pid: int | None) -> bool:
    """Whether another process answers there, once the supervisor has said which."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        stack_info = state.stack_info()
        if stack_info and _pid(stack_info, url) != pid and (answers(f"{url}/readyz") or answers(f"{url}/healthz")):
            return True
        time.sleep(PROBE_SECONDS)
    return False
