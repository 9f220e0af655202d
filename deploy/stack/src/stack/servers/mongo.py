"""mongod as a private replica set, so that transactions and majority writes are the real ones: of one, or of three."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from stack import install
from stack.ports import PortClaims, accepts
from stack.processes import Child
from stack.servers.identity import recall, remember, stored_port
from stack.servers.private import PrivateServer
from stack.servers.three import COUNT, ServerGroup

ALREADY_INITIALIZED = 23
# After this silence of a primary another is elected (10 s by default). It asks the others for at most so long what it
# may have missed: it has all that a majority had, and nothing else is acknowledged.
SETTINGS = {"electionTimeoutMillis": 1500, "heartbeatIntervalMillis": 500, "catchUpTimeoutMillis": 200}
# Whoever copies from a member that fell silent goes to another after half of the first time and this second (5 by
# default, and a second attempt): until then the new primary has no majority for its writes.
OPLOG_SETTINGS = {"oplogNetworkTimeoutBufferSeconds": 1, "oplogFetcherSteadyStateMaxFetcherRestarts": 0}


class Member(PrivateServer):
    """One mongod; who makes it a replica set is another."""

    name = "mongo"

    def __init__(self, folder: Path, ports: PortClaims):
        super().__init__(folder)
        self.port = ports.claim(stored_port(recall(folder), "port"))
        remember(folder, {"port": str(self.port)})

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def connection_info(self) -> dict[str, str]:
        return {"uri": f"mongodb://{self.address}/?directConnection=true"}

    def more(self) -> list[str]:
        """Settings beside those of every server."""
        return []

    def start(self) -> None:
        data = self._folder / "db"
        data.mkdir(parents=True, exist_ok=True)
        argv = [install.mongod(), "--dbpath", str(data), "--port", str(self.port), "--bind_ip", "127.0.0.1"]
        argv += ["--replSet", "rs0", "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]
        argv += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        argv += self.more()
        self._process = Child(self.name, argv, log=self._log, env=os.environ, group=self.group)

    def ready(self) -> bool:
        return accepts(self.port)

    def client(self) -> MongoClient[dict[str, Any]]:
        """Of this member, whatever its state."""
        return MongoClient(
            "127.0.0.1",
            self.port,
            directConnection=True,
            serverSelectionTimeoutMS=2000,
            connectTimeoutMS=2000,
            socketTimeoutMS=2000,
        )


class Mongo(Member):
    """A replica set of one."""

    @property
    def uri(self) -> str:
        return f"mongodb://{self.address}/?replicaSet=rs0"

    @property
    def connection_info(self) -> dict[str, str]:
        return {"uri": self.uri}

    def ready(self) -> bool:
        return super().ready() and _is_primary(self, [self])


class _Replica(Member):
    """One of the three."""

    def more(self) -> list[str]:
        return [part for name, value in OPLOG_SETTINGS.items() for part in ("--setParameter", f"{name}={value}")]


class MongoReplicas(ServerGroup):
    """A replica set of three."""

    name = "mongo"

    def __init__(self, folder: Path, ports: PortClaims):
        self._mongods = [_Replica(folder / str(number), ports) for number in range(1, COUNT + 1)]
        super().__init__(folder, self._mongods, [member.port for member in self._mongods])

    @property
    def connection_info(self) -> dict[str, str]:
        addresses = ",".join(member.address for member in self._mongods)
        return {"uri": f"mongodb://{addresses}/?replicaSet=rs0"}

    def ready(self) -> bool:
        """Whether there is a primary, and the others follow."""
        if not super().ready():
            return False
        return all(map(_serves, self._mongods))

    def leader(self) -> int | None:
        first = self._mongods[0]
        if all(member.ready() for member in self._mongods):
            _is_primary(first, self._mongods)  # or will be made one soon, where the set is new
        primary = primary_of(self.connection_info["uri"])
        return next((n for n, member in enumerate(self._mongods) if member.address == primary), None)


def primary_of(uri: str) -> str | None:
    """Where the replica set's primary listens; None where there is none within 3 s."""
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=3000, connectTimeoutMS=2000)
    with client:
        try:
            client.admin.command("ping")
        except PyMongoError:
            return None
        return ":".join(map(str, client.primary or ())) or None


def _serves(member: Member) -> bool:
    with member.client() as client:
        try:
            hello = client.admin.command("hello")
        except PyMongoError:
            return False
        return bool(hello.get("isWritablePrimary") or hello.get("secondary"))


def _is_primary(member: Member, members: Sequence[Member]) -> bool:
    with member.client() as client:
        try:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            _initiate(client, [each.address for each in members])
        except PyMongoError:
            pass  # not listening yet, or between two states: the caller asks again
        return False


def _initiate(client: MongoClient[dict[str, Any]], addresses: Sequence[str]) -> None:
    config: dict[str, Any] = {"_id": "rs0", "members": [{"_id": n, "host": host} for n, host in enumerate(addresses)]}
    if len(addresses) > 1:
        config["settings"] = SETTINGS
    try:
        client.admin.command("replSetInitiate", config)
    except OperationFailure as error:
        if error.code != ALREADY_INITIALIZED:
            raise
        _move(client, config)


def _move(client: MongoClient[dict[str, Any]], config: dict[str, Any]) -> None:
    """Kept data whose port was taken meanwhile knows itself under its old address."""
    present = client.admin.command("replSetGetConfig")["config"]
    if [member["host"] for member in present["members"]] != [member["host"] for member in config["members"]]:
        client.admin.command("replSetReconfig", {**config, "version": present["version"] + 1}, force=True)
