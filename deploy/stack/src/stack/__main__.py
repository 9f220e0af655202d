"""`python -m stack run|up|down|status|roll|secrets`: the local stack from the command line."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from stack import options, secrets, status
from stack.firewall import groups_of, rejoin
from stack.options import OptionError, Options
from stack.processes import is_alive
from stack.rolling import RollError, roll
from stack.state import AlreadyRunningError, State
from stack.supervisor import FAILURES, Supervisor

UP_SECONDS = 400  # a first start may install packages
DOWN_SECONDS = 60


def main() -> int:
    verbs = {
        "run": run,
        "up": up,
        "down": down,
        "status": show,
        "roll": replace_all,
        "secrets": env_file,
        "supervise": supervise,
    }
    verb = verbs.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if verb is None:
        print(__doc__)
        return 2
    try:
        chosen = options.read(os.environ)
        return verb(chosen, State(chosen.folder))
    except (OptionError, AlreadyRunningError, RollError, *FAILURES) as failure:
        print(f"Marquee did not {'start' if verb is not replace_all else 'roll'}: {failure}", file=sys.stderr)
        return 1


def run(chosen: Options, state: State) -> int:
    """Everything in the foreground until Ctrl-C."""

    def welcome(stack_info: dict[str, Any]) -> None:
        print(f"{where(stack_info, chosen)}\nCtrl-C stops everything.", flush=True)

    state.take()
    Supervisor(chosen, state, _say).run(ready=welcome)
    return 0


def supervise(chosen: Options, state: State) -> int:
    """What `up` leaves running behind it."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # an early `up` must not end us; the first answer is its answer too
    state.take()
    try:
        Supervisor(chosen, state, _log).run(ready=lambda _facts: None)
    except FAILURES as failure:
        state.answer(str(failure))
        raise
    return 0


def up(chosen: Options, state: State) -> int:
    """Start everything, or what is missing of a running stack; return when it is ready."""
    state.take_answer()
    running = state.supervisor()
    if running is None:
        failure = _await_answer(state, _start_supervisor(chosen))
    elif others := [name for name, value in chosen.chosen.items() if state.chosen().get(name, "") != value]:
        failure = f"a stack runs here that was given another {', '.join(sorted(others))}: `make down` first"
    else:
        os.kill(running, signal.SIGUSR1)
        failure = _await_answer(state, running)
    if failure:
        print(f"Marquee is not up: {failure}", file=sys.stderr)
        return 1
    print(where(state.stack_info() or {}, chosen))
    return 0


def down(chosen: Options, state: State) -> int:
    """Stop everything; the data stays, and no rule of the firewall that a test which was killed has left."""
    running = state.supervisor()
    for group in groups_of(state.stack_info() or {}):
        rejoin(group)
    if running is None:
        print(f"nothing runs in {chosen.folder}")
        return 0
    os.kill(running, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while state.supervisor() and time.monotonic() < deadline:
        time.sleep(0.05)
    if state.supervisor():
        os.kill(running, signal.SIGKILL)  # the kernel ends its children with it
        state.forget()
    return 0


def show(chosen: Options, state: State) -> int:
    """0 when everything is ready, 1 when something is not, 3 when nothing runs."""
    stack_info = state.stack_info()
    if state.supervisor() is None or stack_info is None:
        print(f"nothing runs in {chosen.folder}" if state.supervisor() is None else "starting")
        return 3
    report, all_ready = status.lines(stack_info)
    print("\n".join(report))
    return 0 if all_ready else 1


def replace_all(chosen: Options, state: State) -> int:
    """Replace each process by a new one, one copy of each service at a time; 3 when nothing runs."""
    if state.supervisor() is None or state.stack_info() is None:
        print(f"nothing runs in {chosen.folder}")
        return 3
    print(f"{roll(state, _say)} processes replaced")
    return 0


def env_file(chosen: Options, _state: State) -> int:
    """The stack's secrets as an .env file for docker compose."""
    broker = {"RABBITMQ_PASSWORD": token_hex(16), "RABBITMQ_SUBSCRIBER_PASSWORD": token_hex(16)}
    known = {**secrets.load(chosen.folder, chosen.given), **broker}
    print("\n".join(f"{name}={value}" for name, value in known.items()))
    return 0


def where(stack_info: dict[str, Any], chosen: Options) -> str:
    """Where things are, for a person."""
    broker = stack_info["servers"]["rabbitmq"]
    rows = {
        "storefront": f"{stack_info['gateway']}/ (open it and buy a seat)",
        "console": f"{stack_info['gateway']}/console, sign in as admin",
        "what happens inside": f"{stack_info['gateway']}/dev",
        "API": f"{stack_info['gateway']}/api, described at {stack_info['gateway']}/api/docs",
        "admin": f"{stack_info['admin']['email']}, password {stack_info['admin']['password']}",
        "guest": f"{stack_info['user']['email']}, password {stack_info['user']['password']}",
        "caught mail": f"{stack_info['mail']['http']}/messages",
        **{
            f"{name} simulator": f"{url}, its books {url}/_sim/ledger" for name, url in stack_info["simulators"].items()
        },
        "broker's management": broker.get("management"),
        "broker, for partners": broker.get("subscriber"),
        "logs": chosen.logs,
        "everything's address": chosen.folder / "stack.json",
    }
    width = max(map(len, rows))
    lines = [f"  {name:<{width}}  {value}" for name, value in rows.items() if value]
    settings = "".join(f"{name}={os.environ[name]} " for name in ("STACK_DIR",) if os.environ.get(name))
    return "\n".join(
        [
            f"Marquee is up: {stack_info['gateway']}",
            *lines,
            f"Next, in another shell: {settings}make demo buys two seats.",
        ]
    )


def _start_supervisor(chosen: Options) -> int:
    chosen.logs.mkdir(parents=True, exist_ok=True)
    with (chosen.logs / "stack.log").open("ab") as log:
        argv = [sys.executable, "-m", "stack", "supervise"]
        started = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    return started.pid


def _await_answer(state: State, supervisor: int) -> str:
    """Empty when all is well, else the reason."""
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        alive = is_alive(supervisor)
        answer = state.take_answer()
        if answer is not None:
            return answer
        if not alive:
            return f"the supervisor ended: see {state.folder / 'logs' / 'stack.log'}"
        time.sleep(0.05)
    return f"no answer after {UP_SECONDS} s: see {state.folder / 'logs'}"


def _say(text: str) -> None:
    print(text, flush=True)


def _log(text: str) -> None:
    """As our processes log."""
    line = {"event": text, "service": "stack", "level": "info", "timestamp": datetime.now(UTC).isoformat()}
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
