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
            _unlock(lock)
        self._locks.clear()

    def _lock(self, port: int) -> bool:
        lock = (self._folder / str(port)).open("w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        if not _is_there(lock) or not is_free(port):
            _unlock(lock)
            return False
        self._locks[port] = lock
        return True


def _is_there(lock: IO[str]) -> bool:
    """Whether the file still has its name: whoever held it may have removed it since it was opened."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), os.stat(lock.name))
    except FileNotFoundError:
        return False


def _unlock(lock: IO[str]) -> None:
    """Remove the file while it is locked, then let go."""
    if _is_there(lock):
        Path(lock.name).unlink()
    lock.close()


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
