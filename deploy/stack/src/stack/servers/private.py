"""What the three private servers share: one child process that starts, stops and starts again on its data."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from stack.processes import Child, StartError


class PrivateServer(ABC):
    """A server that may be started, stopped and started again on the same port and data; its log lies beside them."""

    name: str
    ready_seconds: float = 60
    stop_seconds: float = 10

    def __init__(self, folder: Path):
        self._folder, self._log = folder, folder / "server.log"
        self.group: int | None = None
        """The group of users that its process runs under, by which a firewall knows what it sends."""
        self._process: Child | None = None

    @property
    @abstractmethod
    def connection_info(self) -> dict[str, str]:
        """Addresses, as they stand in stack.json."""

    @abstractmethod
    def start(self) -> None:
        """Start the process; `wait_ready` tells whether that went well."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it serves now; answers within seconds."""

    @property
    def setting(self) -> str:
        """What the services are given as its address."""
        return self.connection_info.get("uri") or self.connection_info["url"]

    @property
    def info(self) -> dict[str, Any]:
        """As it stands in stack.json."""
        return {**self.connection_info, "pid": self.pid}

    def wait_ready(self) -> None:
        """Raises `StartError`."""
        if self._process is None:
            raise StartError(f"{self.name} was never started")
        self._process.wait_until(self.ready, self.ready_seconds)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def alive(self) -> bool:
        return self._process is not None and self._process.alive()

    def terminate(self) -> None:
        """Ask it to end, without waiting."""
        if self._process:
            self._process.terminate()

    def stop(self) -> None:
        if self._process:
            self._process.stop(self.stop_seconds)

    def kill(self) -> None:
        """As a power cut would; what was acknowledged is found again at the next start."""
        if self._process:
            self._process.kill()
