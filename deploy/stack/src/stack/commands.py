"""`python -m stack.commands VERB …`, run on a stack: the services' own `resync`, `rebuild-reports`, `stuck`,
`dead-letters list|replay|discard …`, and for ops `restart NAME` and `call "GET /api/…" [BODY]`."""

import json
import os
import subprocess
import sys
from typing import Any
from uuid import uuid4

from stack import options
from stack.calls import NoAnswerError, call
from stack.restarts import restart
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
            status = max(_run(environment, f"{service}.resync") for service in RESYNC)
        case ["stuck"]:
            status = _stuck(environment)
        case ["rebuild-reports"]:
            status = _run(environment, "booking.rebuild_reports")
        case ["dead-letters", "discard", service, *ids]:
            status = _run(environment, "chassis.dead_letters", "discard", service, *ids)
        case ["dead-letters", verb, *services]:
            named = services or [*options.SERVICES[1:]]
            status = max(_run(environment, "chassis.dead_letters", verb, service) for service in named)
        case ["restart", name]:
            status = restart(State(chosen.folder), name)
        case ["call", line, *body]:
            status = _call(stack_info, line, *body)
        case _:
            print(__doc__)
            status = 2
    return status


def _run(environment: dict[str, str], module: str, *arguments: str) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def _stuck(environment: dict[str, str]) -> int:
    """Each booking that is stuck, and what to do next."""
    commands = [[sys.executable, "-m", f"{service}.stuck"] for service in STUCK]
    done = [
        subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True) for command in commands
    ]
    status, lines = max(each.returncode for each in done), "".join(each.stdout for each in done)
    if lines:
        print(f"{lines}`make trace BOOKING=…` says what one waits for and which step of which runbook applies")
    elif status == 0:
        print("no booking is stuck")
    return status


def _call(stack_info: dict[str, Any], line: str, body: str = "") -> int:
    """One call of the first admin, such as `POST /api/admin/cases/{id}/close`; its answer is printed."""
    method, _, path = line.partition(" ")
    try:
        signed_in = call("POST", f"{stack_info['gateway']}/api/auth/login", stack_info["admin"])
        token = signed_in.json["accessToken"] if signed_in.status == 200 else None
        wish = json.loads(body) if body else None
        answer = call(method, f"{stack_info['gateway']}{path}", wish, token=token, idempotency_key=str(uuid4()))
    except (NoAnswerError, ValueError) as failure:
        print(f"{line}: {failure}", file=sys.stderr)
        return 1
    print(answer.text)
    return 0 if answer.status < 400 else 1


if __name__ == "__main__":
    sys.exit(main())
