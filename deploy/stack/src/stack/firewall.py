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
    rule = ("-m", "owner", "--gid-owner", str(member["group"]), "-j", "DROP")
    if _rule("--append", rule):
        raise RuntimeError(f"{_PROGRAM} refuses to drop what group {member['group']} sends")
    try:
        yield
    finally:
        _rule("--delete", rule)


def _rule(verb: str, rule: tuple[str, ...]) -> int:
    argv = [_PROGRAM, "--wait", verb, "OUTPUT", *rule]
    return subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
