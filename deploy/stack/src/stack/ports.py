"""Loopback ports that two stacks never share, also while the server behind one is down for a moment."""

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

# Below Linux' range for outgoing connections: a server that restarts finds its port free.
FIRST, LAST = 20000, 32000
_chance = random.SystemRandom()


class PortsTakenError(Exception):
    """Every port of the range is in use."""


class PortClaims:
    """Ports this process has claimed, by one locked file each; the kernel frees them when the process ends."""

    def __init__(self) -> None:
        self._locks: dict[int, IO[str]] = {}
        self._folder = Path(tempfile.gettempdir()) / f"marquee-ports-{os.getuid()}"
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def claim(self, wanted: int | None = None) -> int:
        """`wanted` when it is free (or already claimed here), else any free port."""
        for port in _candidates(wanted):
            if port in self._locks:
                if port == wanted:
                    return port
            elif self._lock(port):
                return port
        raise PortsTakenError(f"no free port between {FIRST} and {LAST}")

    def release(self) -> None:
        for lock in self._locks.values():
            lock.close()
        self._locks.clear()

    def _lock(self, port: int) -> bool:
        lock = (self._folder / str(port)).open("w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        if not is_free(port):
            lock.close()
            return False
        self._locks[port] = lock
        return True


def _candidates(wanted: int | None) -> Iterator[int]:
    if wanted is not None:
        yield wanted
    for _ in range(LAST - FIRST):
        yield _chance.randrange(FIRST, LAST)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
