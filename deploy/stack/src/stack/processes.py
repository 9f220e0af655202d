"""Child processes: started with a log of their own, tied to our life, stopped within a bound."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# The kernel kills the child when the thread that started it ends, so start children from the main thread.
TETHER = ("setpriv", "--pdeathsig", "KILL")
PROBE_SECONDS = 0.02


class StartError(Exception):
    """A process ended or stayed silent before it was ready; the text bears its last log lines."""


class Child:
    """One running process of ours, in a session of its own so that Ctrl-C reaches us alone. `group` is the number of
    the group of users that it runs under, where that is not ours."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
        group: int | None = None,
    ):
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [*_grouped(group), *TETHER, *argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def terminate(self) -> None:
        if self.alive():
            self._process.send_signal(signal.SIGTERM)

    def stop(self, grace_seconds: float = 10) -> None:
        """SIGTERM, a bounded wait, then SIGKILL for the whole session."""
        self.terminate()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # it may end by itself meanwhile
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def last_lines(self, count: int = 8) -> str:
        """The end of what this run wrote, for a person."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read()[-8000:].decode(errors="replace").splitlines()
        lines = [line for line in lines if line.strip(" ^~")]  # not the marks under a traceback's lines
        return "\n".join(f"    {_shortened(line)}" for line in lines[-count:]) or "    (it wrote nothing)"

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return when `ready` says so; raise `StartError` when the process ends or `seconds` pass first."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive():
                raise StartError(f"{self.name} ended with code {self.exit_code}:\n{self.last_lines()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready after {seconds:.0f} s:\n{self.last_lines()}")
            time.sleep(PROBE_SECONDS)


def _grouped(group: int | None) -> list[str]:
    """In front of the tether: a change of group would undo it."""
    return [] if group is None else ["setpriv", "--regid", str(group), "--clear-groups"]


def _shortened(line: str) -> str:
    """Both ends: a traceback in one JSON line has what counts at its end."""
    return line if len(line) <= 500 else f"{line[:120]} … {line[-380:]}"


def is_alive(pid: int) -> bool:
    """Whether a process we may not have started runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}
