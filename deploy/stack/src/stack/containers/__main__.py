"""`make compose-test`: build the images, bring the system up, sell, audit, scale and restart it under load, take it
down. Ends with 1 where a call failed that no retry healed, a sale was lost, or an image is too large."""

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from stack.buyer import connected
from stack.containers import papers
from stack.containers.debian import ensure_base
from stack.containers.engine import Engine, EngineError, engine
from stack.containers.load import Sales, selling
from stack.containers.system import OURS, ROOT, SERVERS, SIMULATORS, System, settings
from stack.install import InstallError
from stack.ports import PortClaims

Json = Any
IMAGES = ROOT / ".stack-containers"
OFFICIAL = "redis:8"
LARGEST_BYTES = 150_000_000
SCALED = ("seating", "booking")


def main() -> int:
    """Returns the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with engine(IMAGES) as running:
            return _prove(running)
    except (EngineError, InstallError) as error:
        print(f"compose-test: {error}", file=sys.stderr)
        return 1


def _prove(running: Engine) -> int:
    with _stage("base"):
        base = None if running.can_pull(OFFICIAL) else ensure_base(running)
    print(f"  built on {base}, for no image can be pulled" if base else "  the official images", flush=True)
    with tempfile.TemporaryDirectory(prefix="marquee-containers-") as folder:
        ports = PortClaims()
        chosen = settings(Path(folder), ports)
        system = System(running, chosen, base)
        with _stage("build"):
            system.compose("build")
        too_large = _sizes(system)
        ports.release()  # the engine takes them
        try:
            with _stage("up"):
                system.compose("up", "-d")
                system.await_ready()
            return 1 if _used(system, Path(folder)) or too_large else 0
        finally:
            with _stage("down"):
                system.compose("down", "--volumes", "--remove-orphans")


def _sizes(system: System) -> list[str]:
    """Print each image's own layers, without those of its base; which are too large."""
    shared = len(system.engine.layers(system.base or "python:3.11-slim"))
    own = {
        name: sum(system.engine.layers(f"marquee-{name}:{system.settings['VERSION']}")[:-shared])
        for name in (*OURS, "simulators")
    }
    for name, size in own.items():
        print(f"  marquee-{name}: {size / 1e6:.0f} MB beyond its base", flush=True)
    return [name for name, size in own.items() if size > LARGEST_BYTES]


def _used(system: System, folder: Path) -> list[str]:
    """Everything that is done with the running system; what went wrong, a line each, which is printed too."""
    wrong = _command(system, folder, "demo_data") + _command(system, folder, "demo")
    with _stage("papers, mails and SMS in three scripts"):
        wrong += asyncio.run(_papers(system.stack_info()))
    wrong += asyncio.run(_under_load(system))
    wrong += _command(system, folder, "audit")
    for line in wrong:
        print(f"FAILED  {line}", flush=True)
    return wrong


def _command(system: System, folder: Path, name: str) -> list[str]:
    """Run one of the stack's commands on this system; a line where it failed."""
    with _stage(name):
        done = system.run_on(folder, f"stack.{name}")
        print(done.stdout + done.stderr, flush=True)
    return [f"{name} ended with {done.returncode}"] if done.returncode else []


async def _papers(stack_info: Json) -> list[str]:
    async with connected(stack_info) as client:
        return await papers.faults(client)


async def _under_load(system: System) -> list[str]:
    async with selling(system.stack_info()) as sales:
        for replicas in (3, 1):
            await _step(sales, f"scale to {replicas}", partial(_scale, system, replicas))
        for service in (*OURS, *SIMULATORS, *SERVERS):
            await _step(sales, f"restart {service}", partial(_restart, system, service))
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(sales.client.answers.items()))
    print(f"{len(sales.confirmed)} sales confirmed; answers {statuses}; unanswered {dict(sales.client.unanswered)}")
    return sales.failures


def _scale(system: System, replicas: int) -> None:
    system.compose(
        "up", "-d", "--no-recreate", *(part for name in SCALED for part in ("--scale", f"{name}={replicas}"))
    )
    system.await_ready()
    for name in SCALED:
        containers = system.containers(name)
        if len(containers) != replicas:
            raise EngineError(f"{name} has {len(containers)} containers and not {replicas}")
        for container in containers:
            system.await_calls(container)


def _restart(system: System, service: str) -> None:
    system.compose("restart", service)
    system.await_ready()


async def _step(sales: Sales, what: str, step: Callable[[], None]) -> None:
    """One change of the system, and sales before and after it: the next one begins when sales go on."""
    before, started = (len(sales.confirmed), time.monotonic())
    await asyncio.to_thread(step)
    took = time.monotonic() - started
    try:
        await sales.go_on()
    except TimeoutError:
        sales.failures.append(f"after {what} no sales went on")
    print(f"  {what}: {took:.1f} s, {len(sales.confirmed) - before} sales meanwhile", flush=True)


@contextmanager
def _stage(what: str) -> Iterator[None]:
    """Says how long the block took."""
    started = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
