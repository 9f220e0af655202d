"""redis-server that appends every write to a file and refuses writes rather than evict."""

import os
from pathlib import Path

from redis import Redis as Client
from redis.exceptions import RedisError

from stack import install
from stack.ports import PortClaims
from stack.processes import Child
from stack.servers.identity import recall, remember, stored_port
from stack.servers.private import PrivateServer

DATABASES = 256  # tests take one each


class Redis(PrivateServer):
    name = "redis"

    def __init__(self, folder: Path, ports: PortClaims):
        super().__init__(folder)
        self.port = ports.claim(stored_port(recall(folder), "port"))
        remember(folder, {"port": str(self.port)})

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def connection_info(self) -> dict[str, str]:
        return {"url": self.url}

    def start(self) -> None:
        data = self._folder / "db"
        data.mkdir(parents=True, exist_ok=True)
        argv = [install.REDIS.path, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(data)]
        argv += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--daemonize", "no"]
        argv += ["--databases", str(DATABASES), "--maxmemory-policy", "noeviction"]
        self._process = Child(self.name, argv, log=self._log, env=os.environ)

    def ready(self) -> bool:
        with Client(port=self.port, socket_timeout=1, socket_connect_timeout=1) as client:
            return _pongs(client)


def _pongs(client: Client) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False  # not listening yet, or still loading its file
