"""redis-server that appends every write to a file and refuses writes rather than evict: one, or three with Sentinel."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis import Redis as Client
from redis.exceptions import RedisError

from stack import install
from stack.ports import PortClaims
from stack.processes import Child
from stack.servers.identity import recall, remember, stored_port
from stack.servers.private import PrivateServer
from stack.servers.three import COUNT, ServerGroup

DATABASES = 256  # tests take one each
SERVICE = "marquee"  # as the sentinels call it
QUORUM, DOWN_MILLISECONDS, FAILOVER_MILLISECONDS = 2, 1000, 6000


class Redis(PrivateServer):
    name = "redis"

    def __init__(self, folder: Path, ports: PortClaims):
        super().__init__(folder)
        self.port = ports.claim(stored_port(recall(folder), "port"))
        remember(folder, {"port": str(self.port)})

    def more(self) -> list[str]:
        """Settings beside those of every server."""
        return []

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
        self._process = Child(self.name, [*argv, *self.more()], log=self._log, env=os.environ, group=self.group)

    def ready(self) -> bool:
        with Client(port=self.port, socket_timeout=1, socket_connect_timeout=1) as client:
            return _pongs(client)


class Sentinel(PrivateServer):
    """Watches the servers beside others of its kind, and has another lead where the leader is gone."""

    name = "sentinel"

    def __init__(self, folder: Path, ports: PortClaims):
        super().__init__(folder)
        self.port = ports.claim(stored_port(recall(folder), "port"))
        remember(folder, {"port": str(self.port)})

    @property
    def connection_info(self) -> dict[str, str]:
        return {"url": f"redis://127.0.0.1:{self.port}"}

    def configure(self, servers: Sequence[int]) -> None:
        """It keeps what it knows in its file; where it knows other servers than these it begins anew."""
        file = self._folder / "sentinel.conf"
        if file.exists() and any(f"{SERVICE} 127.0.0.1 {port} " in file.read_text("utf-8") for port in servers):
            return
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"dir {self._folder}",
            f"sentinel monitor {SERVICE} 127.0.0.1 {servers[0]} {QUORUM}",
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_MILLISECONDS}",
            f"sentinel failover-timeout {SERVICE} {FAILOVER_MILLISECONDS}",
            f"sentinel parallel-syncs {SERVICE} {COUNT}",
        ]
        file.write_text("\n".join(lines) + "\n", encoding="ascii")

    def start(self) -> None:
        argv = [install.REDIS.path, str(self._folder / "sentinel.conf"), "--sentinel"]
        self._process = Child(self.name, argv, log=self._log, env=os.environ, group=self.group)

    def ready(self) -> bool:
        with Client(port=self.port, socket_timeout=1, socket_connect_timeout=1) as client:
            return _pongs(client)


class _Member(Redis):
    """One of the three. It follows who leads as it starts: who led before it died would lead beside the other."""

    sentinels: Sequence[str] = ()

    def more(self) -> list[str]:
        # A leader that no follower hears takes no writes: it may have been cut off, and another lead.
        settings = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "3", "--repl-diskless-sync-delay", "0"]
        leader = leading_address(self.sentinels)
        follows = [] if leader in {None, f"127.0.0.1:{self.port}"} else ["--replicaof", *str(leader).split(":")]
        return [*settings, *follows]


class RedisReplicas(ServerGroup):
    """A leader with two followers, and three sentinels."""

    name = "redis"

    def __init__(self, folder: Path, ports: PortClaims):
        self._servers = [_Member(folder / str(number), ports) for number in range(1, COUNT + 1)]
        self._sentinels = [Sentinel(folder / f"sentinel-{number}", ports) for number in range(1, COUNT + 1)]
        super().__init__(folder, self._servers, [server.port for server in self._servers])
        self.watchers = self._sentinels
        self._addresses = [f"127.0.0.1:{sentinel.port}" for sentinel in self._sentinels]
        for server, sentinel in zip(self._servers, self._sentinels, strict=True):
            server.sentinels, sentinel.group = self._addresses, server.group  # they are cut off together
            sentinel.configure([each.port for each in self._servers])

    @property
    def connection_info(self) -> dict[str, str]:
        """`url` is the present leader's."""
        return {"url": self._servers[self.leader() or 0].url, "sentinels": self.setting}

    @property
    def setting(self) -> str:
        return f"redis+sentinel://{','.join(self._addresses)}/{SERVICE}"

    def ready(self) -> bool:
        """Whether all is as it was at first: a fail-over before each sentinel knows all others fails."""
        return super().ready() and all(map(_knows_all, self._addresses))

    def leader(self) -> int | None:
        address = leading_address(self._addresses)
        return next((n for n, server in enumerate(self._servers) if address == f"127.0.0.1:{server.port}"), None)


def leading_address(sentinels: Sequence[str]) -> str | None:
    """Where the leader listens, by the sentinel that has heard of the newest fail-over; None where none answers."""
    states = [state for state in map(_state, sentinels) if state]
    if not states:
        return None
    newest = max(states, key=lambda state: int(state["config-epoch"]))
    return f"{newest['ip']}:{newest['port']}"


def _knows_all(sentinel: str) -> bool:
    state = _state(sentinel)
    if state is None:
        return False
    others_known = state["num-slaves"] == state["num-other-sentinels"] == COUNT - 1
    return bool(others_known and state["is_master"] and not (state["is_sdown"] or state["is_odown"]))


def _state(sentinel: str) -> dict[str, Any] | None:
    host, _, port = sentinel.partition(":")
    with Client(host, int(port), socket_timeout=1, socket_connect_timeout=1, decode_responses=True) as client:
        try:
            return dict(client.sentinel_master(SERVICE))
        except RedisError:
            return None


def _pongs(client: Client) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False  # not listening yet, or still loading its file
