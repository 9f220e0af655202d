"""Which of the three of a kind leads now, and what may befall it: it is killed, paused, or cut off from all others."""

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

from stack.firewall import cut_off
from stack.servers.mongo import primary_of
from stack.servers.rabbitmq import leading_node
from stack.servers.redis import leading_address
from stack.waiting import until

Member = Mapping[str, Any]
Trouble = Literal["killed", "paused", "cut off"]
TROUBLES: tuple[Trouble, ...] = ("killed", "paused", "cut off")


async def leader(stack_info: Mapping[str, Any], name: str) -> Member:
    """The member of stack.json that leads now; waits until there is one."""
    server = stack_info["servers"][name]
    return await until(lambda: asyncio.to_thread(_leader, name, server))


def _leader(name: str, server: Mapping[str, Any]) -> Member | None:
    members: list[Member] = server["members"]
    if name != "rabbitmq":
        address = primary_of(server["uri"]) if name == "mongo" else leading_address(_hosts(server["sentinels"]))
        return next((member for member in members if address and address in (member.get("uri") or member["url"])), None)
    node = leading_node([member["management"] for member in members])
    return next((member for member in members if member["node"] == node), None)


def _hosts(url: str) -> list[str]:
    """Of a URL that lists several."""
    return urlsplit(url).netloc.split(",")


@contextmanager
def befallen(member: Member, trouble: Trouble) -> Iterator[None]:
    """The trouble lasts as long as the block; whoever was killed is started again by `make up` alone."""
    match trouble:
        case "killed":
            os.kill(member["pid"], signal.SIGKILL)
            yield
        case "paused":
            os.kill(member["pid"], signal.SIGSTOP)
            try:
                yield
            finally:
                os.kill(member["pid"], signal.SIGCONT)
        case "cut off":
            with cut_off(member):
                yield
