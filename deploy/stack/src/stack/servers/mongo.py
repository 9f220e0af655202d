"""mongod as a private replica set of one, so that transactions and majority writes are the real ones."""

import os
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from stack import install
from stack.ports import PortClaims, accepts
from stack.processes import Child
from stack.servers.identity import recall, remember, stored_port
from stack.servers.private import PrivateServer

ALREADY_INITIALIZED = 23


class Mongo(PrivateServer):
    name = "mongo"

    def __init__(self, folder: Path, ports: PortClaims):
        super().__init__(folder)
        self.port = ports.claim(stored_port(recall(folder), "port"))
        remember(folder, {"port": str(self.port)})

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"

    @property
    def connection_info(self) -> dict[str, str]:
        return {"uri": self.uri}

    def start(self) -> None:
        data = self._folder / "db"
        data.mkdir(parents=True, exist_ok=True)
        argv = [install.mongod(), "--dbpath", str(data), "--port", str(self.port), "--bind_ip", "127.0.0.1"]
        argv += ["--replSet", "rs0", "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]
        argv += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        self._process = Child(self.name, argv, log=self._log, env=os.environ)

    def ready(self) -> bool:
        if not accepts(self.port):
            return False
        client: MongoClient[dict[str, Any]] = MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=500, connectTimeoutMS=500
        )
        with client:
            return _is_primary(client, f"127.0.0.1:{self.port}")


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
    present = client.admin.command("replSetGetConfig")["config"]
    if present["members"][0]["host"] != config["members"][0]["host"]:
        client.admin.command("replSetReconfig", {**config, "version": present["version"] + 1}, force=True)
