"""RabbitMQ with the management plugin, under node names, ports and epmd of its own: one, or a cluster of three."""

import os
import secrets
import shutil
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stack import install
from stack.calls import NoAnswerError, call
from stack.ports import PortClaims, accepts
from stack.processes import Child
from stack.secrets import write_private
from stack.servers.identity import recall, remember, stored_port
from stack.servers.private import PrivateServer
from stack.servers.three import COUNT, ServerGroup

# Accounts and policies, as every broker of Marquee's has them; passwords are filled in at each start.
DEFINITIONS = Path(__file__).parents[4] / "rabbitmq" / "definitions.json"
# How old depths of queues and counts of messages are that people, audits and benchmarks read. Counted every second,
# some forty queues take 1.3 % of a core while nothing happens; every five, a fifth of that.
COUNT_MILLISECONDS = 5000
_VIEW_SECONDS = 2  # for a broker to say who leads
PORTS = ("amqp", "management", "distribution", "epmd")
# Of a cluster. Who is silent for so long is held for dead, by Erlang and by the followers of a queue's leader. One that
# was cut off or paused joins the others anew when it hears of them again; told to stop meanwhile (`pause_minority`),
# one that was paused would stay apart. Nobody is told by it that all is well: without a majority a quorum queue
# confirms nothing.
TICK_SECONDS, POLL_MILLISECONDS = 2, 500
CLUSTER = (
    "cluster_formation.peer_discovery_backend = classic_config",
    "cluster_formation.randomized_startup_delay_range.min = 0",
    "cluster_formation.randomized_startup_delay_range.max = 1",
    "cluster_partition_handling = autoheal",
    "queue_leader_locator = balanced",
    f"net_ticktime = {TICK_SECONDS}",
)


class RabbitMQ(PrivateServer):
    name = "rabbitmq"
    ready_seconds = 120
    stop_seconds = 20

    def __init__(self, folder: Path, ports: PortClaims, shared: Mapping[str, str] | None = None):
        """`shared` is what all brokers of a cluster have in common: passwords, cookie, port of epmd."""
        super().__init__(folder)
        stored = {**recall(folder), **(shared or {})}
        self.cluster: Sequence[str] = ()
        """Lines of its configuration."""
        self._cookie = stored.get("cookie", "")
        self._port = {name: ports.claim(stored_port(stored, name)) for name in PORTS}
        self.node = stored.get("node") or f"marquee_{secrets.token_hex(4)}"
        self._password = stored.get("password") or secrets.token_hex(16)
        self._subscriber = stored.get("subscriber") or secrets.token_hex(16)
        named = {name: str(port) for name, port in self._port.items()}
        passwords = {"password": self._password, "subscriber": self._subscriber}
        remember(folder, {**named, "node": self.node, **passwords})
        self._epmd: Child | None = None

    @property
    def port(self) -> int:
        """Where it speaks AMQP."""
        return self._port["amqp"]

    @property
    def url(self) -> str:
        return f"amqp://marquee:{self._password}@127.0.0.1:{self._port['amqp']}/"

    @property
    def management(self) -> str:
        return f"http://marquee:{self._password}@127.0.0.1:{self._port['management']}"

    @property
    def subscriber(self) -> str:
        """The account for partners: it reads the public events and owns its queues."""
        return f"amqp://subscriber:{self._subscriber}@127.0.0.1:{self._port['amqp']}/"

    @property
    def connection_info(self) -> dict[str, str]:
        addresses = {"url": self.url, "management": self.management, "subscriber": self.subscriber}
        return {**addresses, "node": self.node} if self.cluster else addresses

    def start(self) -> None:
        self._write_configuration()
        if not accepts(self._port["epmd"]):  # another of the cluster may have started it
            self._start_epmd()
        environment = self._environment()
        self._process = Child(self.name, [install.RABBITMQ.path], log=self._log, env=environment, group=self.group)

    def stop(self) -> None:
        super().stop()
        if self._epmd:
            self._epmd.stop()

    def kill(self) -> None:
        super().kill()
        if self._epmd:
            self._epmd.stop()

    def _start_epmd(self) -> None:
        """As a child of ours: the daemon that Erlang starts by itself would outlive us."""
        port = self._port["epmd"]
        program = shutil.which("epmd") or "/usr/bin/epmd"
        argv = [program, "-port", str(port), "-address", "127.0.0.1"]
        self._epmd = Child("epmd", argv, log=self._log, env=os.environ)
        self._epmd.wait_until(lambda: accepts(port), 10)

    def ready(self) -> bool:
        try:
            me = call("GET", f"{self.management}/api/whoami", seconds=2)
        except NoAnswerError:
            return False
        return me.status == 200 and _speaks_amqp(self._port["amqp"])

    def _write_configuration(self) -> None:
        (self._folder / "home").mkdir(parents=True, exist_ok=True)
        definitions = self._folder / "definitions.json"
        write_private(definitions, filled(DEFINITIONS.read_text("utf-8"), self._password, self._subscriber))
        if self._cookie:
            write_private(self._folder / "home" / ".erlang.cookie", self._cookie)
        (self._folder / "enabled_plugins").write_text("[rabbitmq_management].\n", encoding="ascii")
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self._port['amqp']}",
            "management.tcp.ip = 127.0.0.1",
            f"management.tcp.port = {self._port['management']}",
            f"load_definitions = {definitions}",
            "disk_free_limit.absolute = 100MB",
            "vm_memory_high_watermark.absolute = 1GB",
            "raft.wal_max_size_bytes = 64000000",
            f"collect_statistics_interval = {COUNT_MILLISECONDS}",
            "log.console = true",
            "log.file = false",
            *self.cluster,
        ]
        (self._folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n", encoding="ascii")

    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return {
            **os.environ,
            "HOME": str(folder / "home"),
            "RABBITMQ_NODENAME": f"{self.node}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port["amqp"]),
            "RABBITMQ_DIST_PORT": str(self._port["distribution"]),
            "ERL_EPMD_PORT": str(self._port["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} "
            f"-rabbit quorum_tick_interval {COUNT_MILLISECONDS}"
            + (f" -aten poll_interval {POLL_MILLISECONDS}" if self.cluster else ""),
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the broker, so that our pid is the broker's
        }


class RabbitCluster(ServerGroup):
    """Three brokers in one cluster; a quorum queue has a copy at each."""

    name = "rabbitmq"
    ready_seconds = 180
    stop_seconds = 20

    def __init__(self, folder: Path, ports: PortClaims):
        stored = recall(folder)
        shared = {name: stored.get(name) or secrets.token_hex(16) for name in ("password", "subscriber", "cookie")}
        shared["epmd"] = str(ports.claim(stored_port(stored, "epmd")))
        remember(folder, shared)
        self._brokers = [RabbitMQ(folder / str(number), ports, shared) for number in range(1, COUNT + 1)]
        nodes = [
            f"cluster_formation.classic_config.nodes.{number} = {broker.node}@localhost"
            for number, broker in enumerate(self._brokers, 1)
        ]
        for broker in self._brokers:
            broker.cluster = [*CLUSTER, *nodes]
        super().__init__(folder, self._brokers, [broker.port for broker in self._brokers])

    @property
    def connection_info(self) -> dict[str, str]:
        """Those of the first; the others are as good."""
        return {name: value for name, value in self._brokers[0].connection_info.items() if name != "node"}

    @property
    def setting(self) -> str:
        return ",".join(broker.url for broker in self._brokers)

    def ready(self) -> bool:
        """Whether each has found the others: queues that are declared earlier would have fewer copies."""
        return super().ready() and _running(self._brokers[0].management) == COUNT

    def leader(self) -> int | None:
        node = leading_node([broker.management for broker in self._brokers])
        return next((n for n, broker in enumerate(self._brokers) if broker.node == node), 0)


def _running(management: str) -> int:
    try:
        nodes = call("GET", f"{management}/api/nodes?columns=name,running", seconds=5)
    except NoAnswerError:
        return 0
    return sum(bool(node.get("running")) for node in nodes.json) if nodes.status == 200 else 0


def leading_node(managements: Sequence[str]) -> str | None:
    """The broker that leads most quorum queues, as most say of those that answer: one that was cut off believes for a
    while what it knew before. None where nobody leads any."""
    with ThreadPoolExecutor(len(managements)) as threads:
        votes = Counter(filter(None, threads.map(_leading_node, managements)))
    return votes.most_common(1)[0][0] if votes else None


def _leading_node(management: str) -> str | None:
    try:
        answer = call("GET", f"{management}/api/queues?columns=name,leader", seconds=_VIEW_SECONDS)
    except NoAnswerError:
        return None
    leaders = Counter(queue["leader"] for queue in answer.json if queue.get("leader")) if answer.status == 200 else None
    return str(leaders.most_common(1)[0][0]).partition("@")[0] if leaders else None


def filled(definitions: str, password: str, subscriber: str) -> str:
    """The definitions with the passwords of our own account and of the subscribers'."""
    ours = definitions.replace("${RABBITMQ_PASSWORD}", password)
    return ours.replace("${RABBITMQ_SUBSCRIBER_PASSWORD}", subscriber)


def _speaks_amqp(port: int) -> bool:
    """The broker answers the protocol header with a method frame (type 1): it serves, not merely listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False
