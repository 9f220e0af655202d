"""Pytest plugin: real servers for tests, started when first asked for, shared by xdist workers, ended with the run."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from redis import Redis

from stack.options import SERVICES
from stack.processes import is_alive
from stack.query_plans import record_scans, recorded_scans
from stack.virtual_hosts import VirtualHost

RUN = pytest.StashKey["Run"]()
START_SECONDS = 300  # the first run may install packages
STOP_SECONDS = 30
MOST_VHOSTS = 64
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of mode 0700 is made in it
ROOM_BYTES = 4 * 2**30  # servers of a run that goes through all tests fill a quarter of it


class Run:
    """One test run's servers: a folder and the process whose end is theirs too."""

    def __init__(self, folder: Path, owner: int):
        self.folder, self.owner = folder, owner

    def connection_info(self, kind: str) -> dict[str, str]:
        """Addresses of the run's server of that kind; whichever worker asks first starts it."""
        with locked(self.folder / f"{kind}.lock"):
            known = self.folder / kind / "connection.json"
            if not known.exists():
                self._start(kind)
            connection_info: dict[str, str] = json.loads(known.read_text(encoding="utf-8"))
            return connection_info

    def end(self) -> None:
        for file in self.folder.glob("*.vhost"):
            VirtualHost(file.read_text(encoding="utf-8"), file.stem).remove()
        pids = [int(file.read_text(encoding="ascii")) for file in self.folder.glob("*.pid")]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.02)
        for pid in filter(is_alive, pids):
            os.kill(pid, signal.SIGKILL)  # its server dies with it
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def one_of(self, kind: str, count: int) -> Iterator[int]:
        """A number from 1 to `count - 1` that no other test of the run has; 0 is left to users of the whole server."""
        for number in range(1, count):
            with (self.folder / f"{kind}-{number}.lock").open("w", encoding="ascii") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    continue
                yield number
                return
        raise RuntimeError(f"all {count} of {kind} are in use")

    def vhost(self, vhost: VirtualHost, broker_url: str) -> str:
        """Prepare it; its URL. It is removed with the run where its broker outlives the run."""
        broker = urlsplit(broker_url)
        if os.environ.get("RABBITMQ_URL"):
            (self.folder / f"{vhost.name}.vhost").write_text(vhost.management, encoding="utf-8")
        vhost.prepare(broker.username or "guest")
        return broker._replace(path=f"/{vhost.name}").geturl()

    def _start(self, kind: str) -> None:
        home = self.folder / kind
        home.mkdir()
        log = self.folder / f"{kind}.test_server.log"
        argv = [sys.executable, "-m", "stack.test_server", kind, str(home), str(self.owner)]
        with log.open("wb") as out:
            test_server = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        (self.folder / f"{kind}.pid").write_text(str(test_server.pid), encoding="ascii")
        deadline = time.monotonic() + START_SECONDS
        while not (home / "connection.json").exists():
            if test_server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{kind} did not start: {log.read_text(encoding='utf-8', errors='replace')}")
            time.sleep(0.02)
        test_server.returncode = 0  # it outlives this worker on purpose; without this Popen warns when it is collected


def _memory() -> Path | None:
    """Where files are kept in memory, if there is room. The servers of a run are never to survive a power cut, and most
    of what a test waits for is a disk: an index is a file that is made and synced."""
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES
    return MEMORY if has_room else None


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    with file.open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pytest_configure(config: pytest.Config) -> None:
    handed_down = getattr(config, "workerinput", {}).get("marquee_servers")
    if handed_down:
        config.stash[RUN] = Run(Path(handed_down[0]), int(handed_down[1]))
    else:
        config.stash[RUN] = Run(Path(tempfile.mkdtemp(prefix="marquee-test-", dir=_memory())), os.getpid())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Item) -> None:
    """xdist's: the controller tells each worker where the run's servers are."""
    run = node.config.stash[RUN]
    node.workerinput["marquee_servers"] = [str(run.folder), str(run.owner)]  # type: ignore[attr-defined]  # xdist's node


def pytest_unconfigure(config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run and run.owner == os.getpid():
        run.end()


@pytest.fixture(scope="session")
def mongo_uri(pytestconfig: pytest.Config) -> str:
    """A replica set; the URI names no database."""
    return os.environ.get("MONGO_URI") or pytestconfig.stash[RUN].connection_info("mongo")["uri"]


@pytest.fixture(scope="session")
def redis_url(pytestconfig: pytest.Config) -> str:
    """The whole server; `redis_db_url` is one database of it."""
    return os.environ.get("REDIS_URL") or pytestconfig.stash[RUN].connection_info("redis")["url"]


@pytest.fixture(scope="session")
def rabbitmq_url(pytestconfig: pytest.Config) -> str:
    """The broker's default virtual host; `rabbitmq_vhost_url` is a test's own."""
    return os.environ.get("RABBITMQ_URL") or pytestconfig.stash[RUN].connection_info("rabbitmq")["url"]


@pytest.fixture(scope="session")
def rabbitmq_management_url(pytestconfig: pytest.Config, rabbitmq_url: str) -> str:
    """Origin of the management API, credentials included; beside a given broker its usual port 15672."""
    if not os.environ.get("RABBITMQ_URL"):
        return pytestconfig.stash[RUN].connection_info("rabbitmq")["management"]
    broker = urlsplit(rabbitmq_url)
    usual = f"http://{broker.username}:{broker.password}@{broker.hostname}:15672"
    return os.environ.get("RABBITMQ_MANAGEMENT_URL", usual)


@pytest.fixture
def intended_scans() -> Mapping[str, str]:
    """Queries that may read a whole collection or sort in memory, as `recorded_scans` names them, and why. Override it
    in a conftest."""
    return {}


@pytest.fixture
def watched_services() -> Sequence[str]:
    """Whose databases are looked at for scans; `""` is the one that has the prefix alone. Override it in a service's
    conftest: each costs a collection."""
    return ("", *SERVICES)


@pytest.fixture
def mongo_database_prefix(
    mongo_uri: str, intended_scans: Mapping[str, str], watched_services: Sequence[str]
) -> Iterator[str]:
    """Begin your databases' names with it: they are dropped afterwards.

    A test fails whose service has read a whole collection, or sorted in memory, for want of an index.
    """
    prefix = f"t{uuid.uuid4().hex[:12]}_"
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        databases = [prefix + name for name in watched_services]
        record_scans(client, databases)
        yield prefix
        scans = {scan for name in databases for scan in recorded_scans(client, name)}
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)
    for scan in sorted(scans - intended_scans.keys()):
        pytest.fail(
            f"{scan}: reads a whole collection or sorts in memory; give it an index, or a reason in `intended_scans`"
        )


@pytest.fixture
def early_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers look every half second for what others have made due or left behind, instead of every five."""
    monkeypatch.setattr("chassis.due.LONGEST_SECONDS", 0.5)
    monkeypatch.setattr("chassis.process.POLL_SECONDS", 0.5)


@pytest.fixture
def redis_db_url(pytestconfig: pytest.Config, redis_url: str) -> Iterator[str]:
    """One of the server's numbered databases, empty, for this test alone."""
    with Redis.from_url(redis_url) as server:
        count = int(server.config_get("databases")["databases"])
    run = pytestconfig.stash[RUN]
    with run.one_of("redis", count) as number, Redis.from_url(redis_url, db=number) as database:
        database.flushdb()
        yield f"{redis_url.rstrip('/')}/{number}"
        database.flushdb()


@pytest.fixture
def rabbitmq_vhost_url(pytestconfig: pytest.Config, rabbitmq_url: str, rabbitmq_management_url: str) -> Iterator[str]:
    """A virtual host with nothing in its queues, for this test alone; what was declared there before is there still."""
    run = pytestconfig.stash[RUN]
    with run.one_of("vhost", MOST_VHOSTS) as number:
        yield run.vhost(VirtualHost(rabbitmq_management_url, f"{run.folder.name}-{number}"), rabbitmq_url)


@pytest.fixture
def new_rabbitmq_vhost_url(pytestconfig: pytest.Config, rabbitmq_url: str, rabbitmq_management_url: str) -> str:
    """A virtual host in which nothing was ever declared. It stays until the end of the run: ask for few."""
    run = pytestconfig.stash[RUN]
    return run.vhost(VirtualHost(rabbitmq_management_url, f"{run.folder.name}-{uuid.uuid4().hex[:8]}"), rabbitmq_url)
