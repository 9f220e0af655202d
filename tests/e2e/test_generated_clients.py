"""Clients that generators make of the served document: each buys two seats and cancels them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.conftest import INSTALLED

from stack.buyer import StackClient, build, schedule

SOURCES = INSTALLED.parent


def done(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a command prints; it must end well."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PATH": beside, **environment},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
async def document(client: StackClient, tmp_path: Path) -> Path:
    """The document as the gateway serves it."""
    file = tmp_path / "openapi.json"
    async with client.http.get(f"{client.stack_info['gateway']}/api/openapi.json") as answer:
        file.write_bytes(await answer.read())
    return file


@pytest.fixture
async def showtime(client: StackClient, slots: Iterator[int]) -> str:
    """One with free seats."""
    return await schedule(client, await build(client, rows=2, cols=6), slot=next(slots))


async def test_a_client_generated_in_python_buys_two_seats_and_cancels_them(
    client: StackClient, document: Path, showtime: str
) -> None:
    generated = document.parent / "marquee_client"
    made = done(
        "openapi-python-client",
        "generate",
        "--path",
        document,
        "--meta",
        "none",
        "--output-path",
        generated,
        cwd=document.parent,
    )
    assert "Unable to" not in made, made
    assert "endpoint" not in made, made
    shutil.copy(SOURCES / "buy.py", document.parent)
    done("mypy", "--strict", "--follow-imports", "silent", "buy.py", cwd=document.parent)
    visit = done(
        sys.executable, "buy.py", client.stack_info["gateway"], client.simulator, showtime, cwd=document.parent
    )
    assert visit.startswith("bkg_")


if INSTALLED.is_dir():

    async def test_a_client_generated_in_typescript_buys_two_seats_and_cancels_them(
        client: StackClient, document: Path, showtime: str
    ) -> None:
        folder = document.parent
        for name in ("buy.ts", "tsconfig.json", "package.json"):
            shutil.copy(SOURCES / name, folder)
        (folder / "node_modules").symlink_to(INSTALLED)
        done("node_modules/.bin/openapi-typescript", document, "--output", "marquee.d.ts", cwd=folder)
        done("node_modules/.bin/tsc", "--project", "tsconfig.json", cwd=folder)
        visit = done(
            "node",
            "out/buy.js",
            cwd=folder,
            GATEWAY=client.stack_info["gateway"],
            PROVIDER=client.simulator,
            SHOWTIME=showtime,
        )
        assert '"status":"cancelled"' in visit
