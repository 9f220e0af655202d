"""Starts everything in order, watches it, and stops it; runs in the foreground for `run`, behind `up` otherwise."""

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from stack import demo_data, install, secrets
from stack.demo_data import DemoError
from stack.options import Options
from stack.ports import PortClaims, PortsTakenError
from stack.process_group import ProcessGroup
from stack.processes import StartError
from stack.servers import PrivateServer, server
from stack.state import State
from stack.table import KEYS, Table, gateway_port, table
from stack.wakes import Wakes

START_SECONDS = 120
WATCH_SECONDS = 0.1
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GIVEN = {"mongo": "MONGO_URI", "redis": "REDIS_URL", "rabbitmq": "RABBITMQ_URL"}
NEEDS = {"mongo": [], "redis": [install.REDIS], "rabbitmq": [install.RABBITMQ]}

FAILURES = (StartError, install.InstallError, PortsTakenError, DemoError)


class Supervisor:
    """One running stack. Everything happens in the main thread: children live as long as the thread that made them."""

    def __init__(self, options: Options, state: State, say: Callable[[str], None]):
        self._options, self._state, self._say = options, state, say
        self._ports = PortClaims()
        self._servers: dict[str, PrivateServer] = {}
        self._table: Table | None = None
        self._process_groups: list[ProcessGroup] = []
        self._asked = False
        self._wakes = Wakes()
        self._secrets = secrets.load(options.folder, options.given)

    def run(self, ready: Callable[[dict[str, Any]], None]) -> None:
        """Until SIGINT, SIGTERM or SIGHUP. Raises one of `FAILURES` when something does not come up."""
        for ending in ENDINGS:
            signal.signal(ending, _interrupt)
        signal.signal(signal.SIGUSR1, self._ask)
        self._state.choose(self._options.chosen)
        try:
            self._start()
            self._state.answer("")
            ready(self.stack_info())
            self._watch()
        except KeyboardInterrupt:
            self._say("Stopping …")
        finally:
            self._stop()

    def stack_info(self) -> dict[str, Any]:
        """stack.json."""
        if self._table is None:
            return {}
        pids = {name: pid for process_group in self._process_groups for name, pid in process_group.pids.items()}
        return facts(self._table, self._secrets, {name: self._server_info(name) for name in GIVEN}, pids)

    def _start(self) -> None:
        if self._options.port:
            gateway_port(self._options.port, self._ports)  # one that is taken is known before anything was started
        self._start_servers()
        stores = {setting: self._setting(name) for name, setting in GIVEN.items()}
        self._table = table(self._options, self._secrets, stores, self._ports)
        self._say("Starting the services …")
        parts, logs = {"simulators": self._table.simulators, "services": self._table.services}, self._options.logs
        self._process_groups = [ProcessGroup(name, part, logs) for name, part in parts.items()]
        for process_group in self._process_groups:
            process_group.start()
        for process_group in self._process_groups:
            process_group.wait_ready(START_SECONDS)
        demo_data.add_guest(self._table.gateway, self._secrets)
        if self._options.demo:
            demo_data.fill(self._table.gateway, self._secrets, self._say)
        self._state.say(self.stack_info())

    def _start_servers(self) -> None:
        wanted = [name for name in GIVEN if GIVEN[name] not in self._options.given]
        install.ensure(*(program for name in wanted for program in NEEDS[name]))
        if wanted:
            self._say(f"Starting {', '.join(wanted)} …")
        for name in wanted:
            self._servers[name] = server(name, self._options.data, self._ports, self._options.servers)
            self._servers[name].start()
        for running in self._servers.values():
            running.wait_ready()

    def _watch(self) -> None:
        while True:
            # Asleep until a child ends or someone asks; one that died at its start is tried again in a moment.
            self._wakes.wait(
                None if all(process_group.alive() for process_group in self._process_groups) else WATCH_SECONDS
            )
            self._revive()
            if self._asked:
                self._asked = False
                failure = self._repair()
                self._state.say(self.stack_info())
                self._state.answer(failure)

    def _revive(self) -> None:
        revived = [name for process_group in self._process_groups for name in process_group.revive()]
        if revived:
            self._say(f"Started again: {', '.join(revived)}")
            self._state.say(self.stack_info())

    def _repair(self) -> str:
        """What `up` asks of a running stack: dead servers come back on their old port and data. The reason if not."""
        deadline = time.monotonic() + START_SECONDS
        while unready := self._revive_servers() or self._unready():
            self._revive()  # a process that dies meanwhile does not wait for a server
            if time.monotonic() > deadline:
                return f"not ready after {START_SECONDS} s: {', '.join(unready)}"
            time.sleep(WATCH_SECONDS)
        return ""

    def _revive_servers(self) -> list[str]:
        """Start again what is dead; the names of those."""
        lost = [running for running in self._servers.values() if not running.alive()]
        for dead in lost:
            dead.start()
        names = [dead.name for dead in lost]
        if names:
            self._say(f"Started again: {', '.join(names)}")
        return names

    def _unready(self) -> list[str]:
        servers = [name for name, running in self._servers.items() if not running.ready()]
        return servers + [process_group.name for process_group in self._process_groups if not process_group.ready()]

    def _stop(self) -> None:
        for ending in (*ENDINGS, signal.SIGUSR1):
            signal.signal(ending, signal.SIG_IGN)  # once is enough: the rest of the way is bounded
        self._state.forget()
        for process_group in reversed(self._process_groups):
            process_group.stop()
        for running in self._servers.values():
            running.terminate()
        for running in self._servers.values():
            running.stop()
        self._ports.release()

    def _setting(self, name: str) -> str:
        """The server's address as the services are given it."""
        return self._servers[name].setting if name in self._servers else self._options.given[GIVEN[name]]

    def _server_info(self, name: str) -> dict[str, Any]:
        if name in self._servers:
            return self._servers[name].info
        stack_info = {"uri" if name == "mongo" else "url": self._options.given[GIVEN[name]], "pid": None}
        management = self._options.given.get("RABBITMQ_MANAGEMENT_URL")
        return {**stack_info, "management": management} if management and name == "rabbitmq" else stack_info

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self._asked = True


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def facts(
    processes: Table, secrets: dict[str, str], servers: dict[str, dict[str, Any]], pids: dict[str, int]
) -> dict[str, Any]:
    """`stack.json`, of these processes and servers."""
    services: dict[str, list[dict[str, Any]]] = {}
    for process in processes.services:
        services.setdefault(process.service, []).append(
            {"url": process.url, "pid": pids[process.name], "role": process.role}
        )
    simulators = {process.service: process.url for process in processes.simulators}
    mail = simulators.pop("mail", None)
    return {
        "gateway": processes.gateway,
        "services": services,
        "servers": servers,
        "simulators": simulators,
        "keys": {
            provider: {name: secrets[setting].split(",")[0].strip() for name, setting in keys.items()}
            for provider, keys in KEYS.items()
        },
        "mail": {"smtp": processes.smtp, "http": mail},
        "admin": {"email": secrets["ADMIN_EMAIL"], "password": secrets["ADMIN_PASSWORD"]},
        "user": {"email": secrets["DEMO_EMAIL"], "password": secrets["DEMO_PASSWORD"]},
        "pids": {process.name: pids[process.name] for process in processes.simulators},
    }
