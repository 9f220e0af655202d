"""What the servers and simulators of a stack have counted since they started: commands, messages, calls and mails.

Counts lie in groups, each from a name to a number: `{"Mongo commands": {"find": 41}}`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.request import urlopen

from pymongo import MongoClient
from redis import Redis

from stack.audit.reading import DATABASES
from stack.calls import call

Counts = Mapping[str, Mapping[str, float]]
Document = dict[str, Any]
# Three operations of the broker: what came in, what went out, what was given back and went out again.
_BROKER = {"publish": "published", "deliver_get": "delivered", "redeliver": "delivered again"}
_TOP = ("queries", "getmore", "insert", "update", "remove", "commands")
_ATTACHMENTS = re.compile(r"^marquee_attachments_processor_seconds_total (\S+)", re.MULTILINE)
_ID = re.compile(r"(?<=/)(order|pay|rfnd)_\w+")


def read(stack_info: Mapping[str, Any]) -> Counts:
    """All counts now. Reading costs a few commands itself."""
    with MongoClient[Document](stack_info["servers"]["mongo"]["uri"]) as mongo:
        status, top = mongo.admin.command("serverStatus"), mongo.admin.command("top")
    with Redis.from_url(stack_info["servers"]["redis"]["url"]) as redis:
        commandstats: Document = redis.info("commandstats")
    razorpay = stack_info["simulators"]["razorpay"]
    return {
        "Mongo commands": mongo_commands(status),
        "Mongo writes": mongo_writes(status),
        "Mongo reads": mongo_reads(status),
        **mongo_collections(top["totals"]),
        "Redis commands": {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in commandstats.items()},
        "broker messages": broker_messages(_json(f"{stack_info['servers']['rabbitmq']['management']}/api/overview")),
        "provider calls": provider_calls(_json(f"{razorpay}/_sim/calls")),
        "provider webhooks": Counter(delivery["event"] for delivery in _json(f"{razorpay}/_sim/deliveries")),
        "mails": {"sent": len(_json(f"{stack_info['mail']['http']}/_sim/ledger")["messages"])},
    }


def attachments(urls: Iterable[str]) -> float:
    """Seconds of processor time that replicas of notify took for what they attach to mails."""
    pages = (urlopen(f"{url}/metrics").read().decode() for url in urls)  # noqa: S310  # loopback
    return sum(float(line[1]) for page in pages if (line := _ATTACHMENTS.search(page)))


def mongo_commands(status: Document) -> dict[str, float]:
    """Commands by name from `serverStatus`."""
    commands = status["metrics"]["commands"].items()
    return {name: command["total"] for name, command in commands if isinstance(command, dict) and command.get("total")}


def mongo_writes(status: Document) -> dict[str, float]:
    """How many writes waited until a majority had them, and how often the journal was synced for any of them."""
    return {
        "majority waits": status["metrics"]["getLastError"]["wtime"]["num"],
        "journal syncs": status["wiredTiger"]["log"]["log sync operations"],
    }


def mongo_reads(status: Document) -> dict[str, float]:
    """How many documents, and keys of indexes, were looked at to answer."""
    executor = status["metrics"]["queryExecutor"]
    return {"documents": executor["scannedObjects"], "keys": executor["scanned"]}


def mongo_collections(totals: Document) -> dict[str, dict[str, float]]:
    """Operations of each collection of our databases from `top`."""
    return {
        f"Mongo, {name}": {operation: counts[operation]["count"] for operation in _TOP}
        for name, counts in totals.items()
        if name.partition(".")[0] in DATABASES
    }


def broker_messages(overview: Document) -> dict[str, float]:
    """Messages from RabbitMQ's `/api/overview`."""
    return {name: overview["message_stats"].get(stat, 0) for stat, name in _BROKER.items()}


def provider_calls(calls: list[Document]) -> Mapping[str, float]:
    """API calls by method and path, without ids and queries."""
    return Counter(f"{made['method']} {_ID.sub('*', made['path'].partition('?')[0])}" for made in calls)


def _json(url: str) -> Any:
    return call("GET", url, seconds=60).json
