"""Cuts one member of a group of servers off from everybody, as a broken cable would: the kernel drops what it sends.

What a process sends is known by the group of users that it runs under, so that ports, addresses and connections stay
what they are. What is sent to it still arrives, but nothing that it answers does, acknowledgements included.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_PROGRAM = "iptables"


def can_cut(member: Mapping[str, Any]) -> bool:
    """Whether this member of stack.json can be cut off here: root and a kernel with a firewall are needed."""
    return bool(member["group"]) and shutil.which(_PROGRAM) is not None and _rule("--list-rules", ()) == 0


@contextmanager
def cut_off(member: Mapping[str, Any]) -> Iterator[None]:
    """Cut it off during the block. Raises `RuntimeError` where the kernel refuses."""
    group: int = member["group"]
    if _rule("--append", _dropping(group)):
        raise RuntimeError(f"{_PROGRAM} refuses to drop what group {group} sends")
    try:
        yield
    finally:
        rejoin(group)


def groups_of(stack_info: Mapping[str, Any]) -> list[int]:
    """Those of users under which the members of a stack run."""
    members = (member for server in stack_info.get("servers", {}).values() for member in server.get("members", ()))
    return [member["group"] for member in members if member["group"]]


def rejoin(group: int) -> None:
    """Whoever cut a member off may have been killed meanwhile: let its group send again."""
    if shutil.which(_PROGRAM) is not None:
        while _rule("--delete", _dropping(group)) == 0:
            pass


def _dropping(group: int) -> tuple[str, ...]:
    return ("-m", "owner", "--gid-owner", str(group), "-j", "DROP")


def _rule(verb: str, rule: tuple[str, ...]) -> int:
    argv = [_PROGRAM, "--wait", verb, "OUTPUT", *rule]
    return subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
