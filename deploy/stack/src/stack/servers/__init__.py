"""The three servers, each a private child on loopback with its data in a folder of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from stack.ports import PortClaims
from stack.servers.mongo import Mongo
from stack.servers.rabbitmq import RabbitMQ
from stack.servers.redis import Redis

__all__ = ["KINDS", "Mongo", "RabbitMQ", "Redis", "Server", "server"]


class Server(Protocol):
    """A server that may be started, stopped and started again on the same port and data."""

    name: str

    @property
    def pid(self) -> int | None: ...
    @property
    def facts(self) -> dict[str, str]:
        """Addresses, as they stand in stack.json."""

    def start(self) -> None:
        """Start the process; raises nothing that waiting would not."""

    def wait_ready(self) -> None:
        """Raises `StartError`."""

    def alive(self) -> bool: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


KINDS: dict[str, Callable[[Path, Path, PortClaims], Server]] = {"mongo": Mongo, "redis": Redis, "rabbitmq": RabbitMQ}


def server(name: str, data: Path, logs: Path, ports: PortClaims) -> Server:
    """The private server of that kind with its data under `data`."""
    return KINDS[name](data / name, logs / f"{name}.log", ports)
