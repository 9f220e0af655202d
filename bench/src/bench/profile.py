"""`make profile SERVICE=payment`: a flame graph of each process of a service of the running stack, by py-spy."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stack.options import read
from stack.state import State

PY_SPY = Path(sys.executable).with_name("py-spy")
SAMPLES_A_SECOND = 200
WITHOUT_PTRACE = (
    "ptrace is not permitted: run as root or with `sysctl kernel.yama.ptrace_scope=0`; in a container start it with "
    "`--cap-add SYS_PTRACE`"
)


class ProfileError(Exception):
    """There is nothing to profile, or it may not be; the text is one line for the user."""


def main(service: str, seconds: int, environ: Mapping[str, str]) -> int:
    """Sample all processes of the service at once and print where the graphs are."""
    folder = read(environ).folder
    try:
        planned = list(graphs(_running(folder), service, folder / "profiles", datetime.now(UTC)))
        started = [(_record(pid, seconds, file), file) for pid, file in planned]
        for process, file in started:
            _end(process)
            print(file)
    except ProfileError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def graphs(stack_info: Mapping[str, Any], service: str, folder: Path, now: datetime) -> Iterator[tuple[int, Path]]:
    """Pid and file of each process of a service or simulator. Raises `ProfileError` for a word that is neither."""
    services = {name: [replica["pid"] for replica in replicas] for name, replicas in stack_info["services"].items()}
    pids = {**services, **{name: [pid] for name, pid in stack_info["pids"].items()}}
    if service not in pids:
        raise ProfileError(f"SERVICE may be {', '.join(sorted(pids))}")
    for pid in pids[service]:
        yield pid, folder / f"{service}-{now:%Y%m%dT%H%M%S}-{pid}.svg"


def reason(said: str) -> str:
    """One line for what py-spy said when it failed."""
    if "permission" in said.lower() or "not permitted" in said.lower():
        return WITHOUT_PTRACE
    return next((line for line in reversed(said.splitlines()) if line.strip()), "py-spy ended without a word")


def _running(folder: Path) -> Mapping[str, Any]:
    stack_info = State(folder).stack_info()
    if stack_info is None:
        raise ProfileError(f"no stack runs in {folder}: `make up` starts one")
    return stack_info


def _record(pid: int, seconds: int, file: Path) -> subprocess.Popen[str]:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Waiting threads look busy to py-spy in some containers: those that hold the GIL are sampled alone.
    options = {"--pid": pid, "--duration": seconds, "--rate": SAMPLES_A_SECOND, "--output": file}
    command = [str(PY_SPY), "record", "--gil", *(str(word) for option in options.items() for word in option)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # noqa: S603  a tool of our own environment


def _end(process: subprocess.Popen[str]) -> None:
    said = process.communicate()[1]
    if process.returncode:
        raise ProfileError(reason(said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), os.environ))
