"""Several servers of one kind that stand in for one another: three, so that two outvote one that is cut off."""

import os
import time
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stack.firewall import rejoin
from stack.processes import PROBE_SECONDS, StartError
from stack.servers.private import PrivateServer

COUNT = 3


class ServerGroup(PrivateServer):
    """To those who start and watch it one server. Each member runs under a group of users of its own where we may have
    it so, which is root's right; then a member can be cut off from all others (`stack.firewall`)."""

    def __init__(self, folder: Path, members: Sequence[PrivateServer], ports: Sequence[int]):
        """`ports` are those of the members: nobody else on this machine has them, so they are numbers of groups too."""
        super().__init__(folder)
        self.members = members
        self.watchers: Sequence[PrivateServer] = ()
        """What the members need beside them; it starts first."""
        for member, port in zip(members, ports, strict=True):
            member.group = port if os.geteuid() == 0 else None

    @abstractmethod
    def leader(self) -> int | None:
        """The place among the members of the one that leads now; None while there is none."""

    @property
    def info(self) -> dict[str, Any]:
        members = [{**member.connection_info, "pid": member.pid, "group": member.group} for member in self.members]
        leader = self.leader()
        return {
            **self.connection_info,
            "pid": self.members[leader or 0].pid,
            "leader": leader,
            "members": members,
        }

    def start(self) -> None:
        """Start those that do not run."""
        for watcher in self.watchers:
            if not watcher.alive():
                watcher.start()
                watcher.wait_ready()
        for member in self.members:
            if not member.alive():
                if member.group is not None:
                    rejoin(member.group)
                member.start()

    def ready(self) -> bool:
        return all(process.ready() for process in self._processes) and self.leader() is not None

    @property
    def _processes(self) -> list[PrivateServer]:
        return [*self.members, *self.watchers]

    def wait_ready(self) -> None:
        deadline = time.monotonic() + self.ready_seconds
        for member in self.members:
            member.wait_ready()
        while not self.ready():
            if time.monotonic() > deadline:
                raise StartError(f"{self.name}: the three have not agreed on a leader, see {self._folder}")
            time.sleep(PROBE_SECONDS)

    @property
    def pid(self) -> int | None:
        return self.members[0].pid

    def alive(self) -> bool:
        return all(process.alive() for process in self._processes)

    def terminate(self) -> None:
        for process in self._processes:
            process.terminate()

    def stop(self) -> None:
        for process in self._processes:
            process.stop()

    def kill(self) -> None:
        for process in self._processes:
            process.kill()
