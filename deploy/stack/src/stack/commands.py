"""`python -m stack.commands resync|rebuild-reports|stuck|dead-letters …`: services' own commands, run on a stack."""

import os
import subprocess
import sys

from stack import options
from stack.state import State

RESYNC = ("catalog", "identity", "payment", "booking")
STUCK = ("payment", "booking")


def main() -> int:
    chosen = options.read(os.environ)
    stack_info = State(chosen.folder).stack_info()
    if stack_info is None:
        print("no stack runs here: start one with `make up`", file=sys.stderr)
        return 2
    servers = stack_info["servers"]
    environment = {
        **chosen.given,
        "MONGO_URI": servers["mongo"]["uri"],
        "REDIS_URL": servers["redis"]["url"],
        "RABBITMQ_URL": servers["rabbitmq"]["url"],
    }
    match sys.argv[1:]:
        case ["resync"]:
            return max(_run(environment, f"{service}.resync") for service in RESYNC)
        case ["rebuild-reports"]:
            return _run(environment, "booking.rebuild_reports")
        case ["stuck"]:
            return max(_run(environment, f"{service}.stuck") for service in STUCK)
        case ["dead-letters", verb, *services]:
            named = services or [*options.SERVICES[1:]]
            return max(_run(environment, "chassis.dead_letters", verb, service) for service in named)
        case _:
            print(__doc__)
            return 2


def _run(environment: dict[str, str], module: str, *arguments: str) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
