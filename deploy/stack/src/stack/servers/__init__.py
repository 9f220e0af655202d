"""The three servers, each a private child on loopback with its data in a folder of its own."""

from collections.abc import Callable
from pathlib import Path

from stack.ports import PortClaims
from stack.servers.mongo import Mongo
from stack.servers.private import PrivateServer
from stack.servers.rabbitmq import RabbitMQ
from stack.servers.redis import Redis

__all__ = ["Mongo", "PrivateServer", "RabbitMQ", "Redis", "server"]

KINDS: dict[str, Callable[[Path, PortClaims], PrivateServer]] = {
    "mongo": Mongo,
    "redis": Redis,
    "rabbitmq": RabbitMQ,
}


def server(name: str, data: Path, ports: PortClaims) -> PrivateServer:
    """The private server of that kind with its data under `data`."""
    return KINDS[name](data / name, ports)
