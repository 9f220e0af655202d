"""Keeps one server for a test run: `python -m stack.test_server mongo FOLDER PID`, until SIGTERM or PID has ended."""

import json
import os
import select
import shutil
import signal
import sys
from pathlib import Path

from stack import install
from stack.ports import PortClaims
from stack.processes import StartError
from stack.servers import PrivateServer, server

NEEDS = {"redis": [install.REDIS], "rabbitmq": [install.RABBITMQ], "mongo": []}


def keep(kind: str, folder: Path, owner: int) -> None:
    """The server's addresses appear in FOLDER/connection.json once it is ready; FOLDER is removed at the end."""
    ended = os.pidfd_open(owner)  # readable when the owner is gone, however it went
    install.ensure(*NEEDS[kind])
    private = server(kind, folder / "data", PortClaims())
    try:
        _start(private, folder)
        select.select([ended], [], [])
    finally:
        private.kill()  # its data goes too: nobody waits for a clean stop
        shutil.rmtree(folder, ignore_errors=True)


def _start(private: PrivateServer, folder: Path) -> None:
    private.start()
    private.wait_ready()
    fresh = folder / "connection.json.new"
    fresh.write_text(json.dumps(private.connection_info), encoding="utf-8")
    fresh.rename(folder / "connection.json")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        keep(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    except (StartError, install.InstallError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
