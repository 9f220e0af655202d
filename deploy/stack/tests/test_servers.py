"""The private servers: data survives a restart, two stacks do not meet, nothing stays behind."""

import subprocess
import sys
from pathlib import Path

from deploy.stack.tests.conftest import SECONDS, eventually
from pymongo import MongoClient
from redis import Redis

from stack.calls import call
from stack.ports import PortClaims
from stack.processes import is_alive
from stack.servers import PrivateServer, server


def started(name: str, folder: Path, ports: PortClaims) -> PrivateServer:
    one = server(name, folder, ports)
    one.start()
    one.wait_ready()
    return one


def test_mongo_keeps_its_data_and_port_over_a_kill(tmp_path: Path, ports: PortClaims) -> None:
    mongo = started("mongo", tmp_path, ports)
    uri = mongo.connection_info["uri"]
    with MongoClient[dict[str, object]](uri, w="majority", journal=True) as client:
        client.seating.ledgers.insert_one({"_id": "sho_1"})
    mongo.kill()
    mongo.start()
    mongo.wait_ready()
    with MongoClient[dict[str, object]](uri) as client:
        assert client.seating.ledgers.find_one() == {"_id": "sho_1"}
    mongo.stop()
    assert not mongo.alive()


def test_mongo_moves_to_another_port_with_its_data(tmp_path: Path, ports: PortClaims, other_ports: PortClaims) -> None:
    started("mongo", tmp_path, ports).stop()
    moved = started("mongo", tmp_path, other_ports)  # `ports` still claims the old port
    with MongoClient[dict[str, object]](moved.connection_info["uri"]) as client:
        assert client.admin.command("hello")["isWritablePrimary"]
    moved.stop()


def test_redis_keeps_its_data_over_a_kill(tmp_path: Path, ports: PortClaims) -> None:
    redis = started("redis", tmp_path, ports)
    with Redis.from_url(redis.connection_info["url"], decode_responses=True) as client:
        client.set("held", "C7")
    redis.kill()
    redis.start()
    redis.wait_ready()
    with Redis.from_url(redis.connection_info["url"], decode_responses=True) as client:
        assert client.get("held") == "C7"
    redis.stop()


def test_two_stacks_side_by_side_do_not_meet(tmp_path: Path, ports: PortClaims, other_ports: PortClaims) -> None:
    servers = [started("redis", tmp_path / "one", ports), started("redis", tmp_path / "other", other_ports)]
    with (
        Redis.from_url(servers[0].connection_info["url"]) as here,
        Redis.from_url(servers[1].connection_info["url"]) as there,
    ):
        here.set("held", "C7")
        assert there.get("held") is None
    for each in servers:
        each.stop()


def test_rabbitmq_keeps_its_queues_and_leaves_no_process(tmp_path: Path, ports: PortClaims) -> None:
    rabbitmq = started("rabbitmq", tmp_path, ports)
    management = rabbitmq.connection_info["management"]
    queue = {"durable": True, "arguments": {"x-queue-type": "quorum"}}
    assert call("PUT", f"{management}/api/queues/%2F/kept", queue, seconds=SECONDS).status == 201
    rabbitmq.kill()
    rabbitmq.start()
    rabbitmq.wait_ready()
    assert [one["name"] for one in call("GET", f"{management}/api/queues", seconds=SECONDS).json] == ["kept"]
    rabbitmq.stop()
    eventually(lambda: not processes_mentioning(str(tmp_path)))  # the broker's helpers end when they see it gone


KILLED = """
import os, signal, sys
from pathlib import Path
from stack.ports import PortClaims
from stack.servers import server
redis = server("redis", Path(sys.argv[1]), PortClaims())
redis.start()
redis.wait_ready()
print(redis.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_servers_die_with_the_process_that_started_them(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, check=False)
    pid = int(done.stdout)
    eventually(lambda: not is_alive(pid))
    eventually(lambda: not processes_mentioning(str(tmp_path)))


def processes_mentioning(text: str) -> list[str]:
    """Command lines and environments of other processes that name `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in words and is_alive(int(folder.name)):
            found.append(words[:200].decode(errors="replace"))
    return found
