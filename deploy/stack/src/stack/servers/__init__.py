"""The three servers, each a private child on loopback with its data in a folder of its own, or three of each."""

from collections.abc import Callable
from pathlib import Path

from stack.ports import PortClaims
from stack.servers.mongo import Mongo, MongoReplicas
from stack.servers.private import PrivateServer
from stack.servers.rabbitmq import RabbitCluster, RabbitMQ
from stack.servers.redis import Redis, RedisReplicas
from stack.servers.three import ServerGroup

__all__ = ["KINDS", "Mongo", "PrivateServer", "RabbitMQ", "Redis", "ServerGroup", "server"]

Kinds = dict[str, Callable[[Path, PortClaims], PrivateServer]]
KINDS: Kinds = {"mongo": Mongo, "redis": Redis, "rabbitmq": RabbitMQ}
THREE: Kinds = {"mongo": MongoReplicas, "redis": RedisReplicas, "rabbitmq": RabbitCluster}


def server(name: str, data: Path, ports: PortClaims, count: int = 1) -> PrivateServer:
    """The private server of that kind with its data under `data`; three have data of their own."""
    return KINDS[name](data / name, ports) if count == 1 else THREE[name](data / f"{name}-{count}", ports)
