"""mongod as a private replica set of one, so that transactions and majority writes are the real ones."""

import os
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from stack import install
from stack.ports import PortClaims
from stack.processes import Child, StartError
from stack.servers.identity import kept_port, recall, remember

READY_SECONDS = 30
ALREADY_INITIALIZED = 23


class Mongo:
    name = "mongo"

    def __init__(self, folder: Path, log: Path, ports: PortClaims):
        self._folder, self._log = folder, log
        self.port = ports.claim(kept_port(recall(folder), "port"))
        remember(folder, {"port": str(self.port)})
        self._child: Child | None = None

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"

    @property
    def facts(self) -> dict[str, str]:
        return {"uri": self.uri}

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        data = self._folder / "db"
        data.mkdir(parents=True, exist_ok=True)
        argv = [install.mongod(), "--dbpath", str(data), "--port", str(self.port), "--bind_ip", "127.0.0.1"]
        argv += ["--replSet", "rs0", "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]
        argv += ["--setParameter", "diagnosticDataCollectionEnabled=false", "--setParameter", "ttlMonitorSleepSecs=1"]
        self._child = Child(self.name, argv, log=self._log, env=os.environ)

    def wait_ready(self) -> None:
        if self._child is None:
            raise StartError(f"{self.name} was never started")
        client: MongoClient[dict[str, Any]] = MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=500, connectTimeoutMS=500
        )
        with client:
            self._child.wait_until(lambda: _is_primary(client, f"127.0.0.1:{self.port}"), READY_SECONDS)

    def alive(self) -> bool:
        return self._child is not None and self._child.alive()

    def stop(self) -> None:
        if self._child:
            self._child.stop()

    def kill(self) -> None:
        """As a power cut would; what was acknowledged is found again at the next start."""
        if self._child:
            self._child.kill()


def _is_primary(client: MongoClient[dict[str, Any]], address: str) -> bool:
    try:
        if client.admin.command("hello").get("isWritablePrimary"):
            return True
        _initiate(client, address)
    except PyMongoError:
        pass  # not listening yet, or between two states: the caller asks again
    return False


def _initiate(client: MongoClient[dict[str, Any]], address: str) -> None:
    config = {"_id": "rs0", "members": [{"_id": 0, "host": address}]}
    try:
        client.admin.command("replSetInitiate", config)
    except OperationFailure as error:
        if error.code != ALREADY_INITIALIZED:
            raise
        _move(client, config)


def _move(client: MongoClient[dict[str, Any]], config: dict[str, Any]) -> None:
    """Kept data whose port was taken meanwhile knows itself under its old address."""
    kept = client.admin.command("replSetGetConfig")["config"]
    if kept["members"][0]["host"] != config["members"][0]["host"]:
        client.admin.command("replSetReconfig", {**config, "version": kept["version"] + 1}, force=True)
