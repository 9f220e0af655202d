"""How long a backup of a system that has grown takes, and how long it is until that system sells again after all was
lost: its documents, its indexes, all processes, and what the services say again."""

import asyncio
import shutil
import time
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

from bench.grown import grow
from bench.report import Row
from bench.stacks import OwnStack
from stack.backup import manifest
from stack.buyer import connected
from stack.servers import KINDS

TARGET = "15 min"


def restore(stack: OwnStack, bookings: int) -> list[Row]:
    """The steps, and their sum without the backup."""

    async def fill() -> None:
        async with connected(stack.stack_info) as client:
            await grow(client, bookings)

    asyncio.run(fill())
    backup_seconds = _timed(lambda: stack.run("stack.backup", "take"))
    folder = next((stack.folder / "backups").glob(f"*/{manifest.MANIFEST}")).parent
    taken, on_disk = manifest.read(folder), sum(file.stat().st_size for file in folder.iterdir())
    stack.run("stack", "down")
    for server in KINDS:
        shutil.rmtree(stack.folder / "data" / server)
    steps = {
        "restore, with indexes": _timed(lambda: stack.run("stack.backup", "restore")),
        "start of all servers and services": _timed(lambda: stack.run("stack", "up")),
        "resync": _timed(lambda: stack.run("stack.commands", "resync")),
    }
    what = f"backup of {bookings:,} bookings ({taken.documents:,} documents, {taken.bytes / 1e9:.2f} GB)"
    return [
        (what, f"{backup_seconds:.0f} s", f"{on_disk / 1e9:.2f} GB on disk"),
        *((step, f"{seconds:.0f} s", "") for step, seconds in steps.items()),
        ("from nothing to selling", f"{sum(steps.values()) / 60:.1f} min", f"{TARGET} at most"),
    ]


def _timed(step: Callable[[], CompletedProcess[Any]]) -> float:
    """Its seconds; ends the program with the reason where it fails."""
    started, done = time.monotonic(), step()
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.monotonic() - started
