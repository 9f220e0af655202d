"""One whole stack for the stories across services: real servers, real processes, started once for the run."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stack import waiting
from stack.buyer import StackClient, connected

# Holds and looks at the provider are quick here, so that what takes minutes in a cinema takes seconds.
SETTINGS = {
    "HOLD_SECONDS": "40",
    "PAYMENT_SECONDS": "8",
    "RATE_LIMITS": "off",
    "DEMO": "0",
    "PORT": "0",
    "CLIENT_URL": "https://front.test",
    "RECONCILE_FIRST_SECONDS": "3",
    "RECONCILE_WINDOW_SECONDS": "6",
    "ANNOUNCE_AGAIN_SECONDS": "5",
    "RAZORPAY_ACCEPTED_DIFFERENCES": "offer",
}

HOLD_IS_OVER_SECONDS = 180  # by then, on a busy machine too, and whoever looks at it has looked

until = partial(waiting.until, every=0.1)  # each look is a request to a whole stack


class Stack:
    """A running stack and its levers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, **SETTINGS, "STACK_DIR": str(folder)}

    def verb(self, verb: str, module: str = "stack") -> subprocess.CompletedProcess[str]:
        """Run one of the stack's commands to its end."""
        command = [sys.executable, "-m", module, *([verb] if verb else [])]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=420)

    def up(self) -> None:
        """Start everything, or what is missing."""
        done = self.verb("up")
        assert done.returncode == 0, done.stdout + done.stderr

    def audit(self) -> None:
        """The invariants hold."""
        done = self.verb("", "stack.audit")
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def stack_info(self) -> Mapping[str, Any]:
        """`stack.json` as it is now."""
        found: Mapping[str, Any] = json.loads((self.folder / "stack.json").read_text(encoding="utf-8"))
        return found


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of this run; at its end the audit must be clean and nothing may be left behind."""
    running = Stack(tmp_path_factory.mktemp("stack"))
    running.up()
    try:
        yield running
    finally:
        running.verb("down")


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[StackClient]:
    """The stack's gateway and its provider, as buyers reach them."""
    async with connected(stack.stack_info) as found:
        yield found


@pytest.fixture(scope="session")
def slots() -> Iterator[int]:
    """Numbers that keep showtimes apart."""
    return iter(range(10_000))


@pytest.fixture(scope="session")
def crowd(stack: Stack) -> list[tuple[str, Mapping[str, Any]]]:
    """200 registered guests, token and user each."""

    async def register() -> list[tuple[str, Mapping[str, Any]]]:
        async with connected(stack.stack_info) as client:
            guests = [await asyncio.gather(*(client.buyer() for _ in range(20))) for _ in range(10)]
            return [(guest.token, guest.user) for some in guests for guest in some]

    return asyncio.run(register())
