"""Every process twice on one set of servers: once as the last release has it, once as it is today."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from bench.front import Front, fronting
from stack import install, options, secrets
from stack.options import COPIED
from stack.ports import PortClaims
from stack.process_group import ProcessGroup
from stack.processes import StartError
from stack.servers import PrivateServer, server
from stack.state import State
from stack.supervisor import GIVEN, facts
from stack.table import Definition, Table, table

Version = Literal["old", "new"]
_READY_SECONDS = 300
_SETTINGS = {"RATE_LIMITS": "off", "DEMO": "0", "PORT": "0", "REPLICAS": " ".join(f"{name}=2" for name in COPIED)}


@dataclass(frozen=True, slots=True)
class TwoVersions:
    """The processes of both versions, and the front before their gateways. Each process knows the addresses of both
    copies of every service: while both run, either answers the other."""

    folder: Path
    stack_info: Mapping[str, Any]
    _groups: Mapping[Version, ProcessGroup]
    _gateways: Mapping[Version, int]
    _front: Front

    async def start(self, version: Version) -> None:
        """Start all of this version; returns when they are ready and get connections. Raises `StartError`."""
        group = self._groups[version]
        group.start()  # here, for a child lives as long as the thread that made it
        await asyncio.to_thread(group.wait_ready, _READY_SECONDS)
        self._front.ports = (*self._front.ports, self._gateways[version])

    async def stop(self, version: Version) -> None:
        """Give them no more connections, and let them end as an orchestrator does."""
        self._front.ports = tuple(port for port in self._front.ports if port != self._gateways[version])
        await asyncio.to_thread(self._groups[version].stop)

    def check(self, *versions: Version) -> None:
        """Raises `StartError` where a process of these versions has died."""
        for version in versions:
            if not self._groups[version].alive():
                raise StartError(f"a process of the {version} version has ended: see the logs")


@asynccontextmanager
async def two_versions(folder: Path, old_python: str, settings: Mapping[str, str]) -> AsyncIterator[TwoVersions]:
    """The servers, the simulators of today and a front, during the block; of the services none is started yet.
    `old_python` is the interpreter that has the last release installed. `stack.json` in `folder` serves the audit."""
    ports = PortClaims()
    front_port = ports.claim()
    given = {**os.environ, **_SETTINGS, **settings, "PUBLIC_URL": f"http://127.0.0.1:{front_port}"}
    chosen = options.read({**given, "STACK_DIR": str(folder)})
    known = secrets.load(folder, chosen.given)
    with _servers(chosen.data, ports) as servers:
        stores = {GIVEN[name]: each.setting for name, each in servers.items()}
        made = table(chosen, known, stores, ports)
        groups: dict[Version, ProcessGroup] = {
            "old": ProcessGroup("old", [_as_released(each, old_python) for each in _replicas(made, 1)], chosen.logs),
            "new": ProcessGroup("new", _replicas(made, 2), chosen.logs),
        }
        gateways: dict[Version, int] = {"old": _gateway(made, 1), "new": _gateway(made, 2)}
        simulators = ProcessGroup("simulators", made.simulators, chosen.logs)
        simulators.start()
        try:
            await asyncio.to_thread(simulators.wait_ready, _READY_SECONDS)
            connections = {name: each.info for name, each in servers.items()}
            pids = {**{each.name: 0 for each in made.services}, **simulators.pids}
            info = {**facts(made, known, connections, pids), "gateway": f"http://127.0.0.1:{front_port}"}
            State(folder).say(info)
            async with fronting(front_port) as front:
                yield TwoVersions(folder, info, groups, gateways, front)
        finally:
            for group in (*groups.values(), simulators):
                group.stop()


@contextmanager
def _servers(data: Path, ports: PortClaims) -> Iterator[dict[str, PrivateServer]]:
    install.ensure(install.REDIS, install.RABBITMQ)
    running = {name: server(name, data, ports) for name in GIVEN}
    try:
        for each in running.values():
            each.start()
        for each in running.values():
            each.wait_ready()
        yield running
    finally:
        for each in running.values():
            each.stop()
        ports.release()


def _replicas(made: Table, number: int) -> list[Definition]:
    return [each for each in made.services if each.name.endswith(f"-{number}")]


def _gateway(made: Table, number: int) -> int:
    return next(each.port for each in _replicas(made, number) if each.service == "gateway")


def _as_released(definition: Definition, python: str) -> Definition:
    return replace(definition, argv=(python, *definition.argv[1:]))
