"""Docker's engine: the one that runs here, else one of our own for as long as it is needed."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack import install
from stack.containers.network import left_as_it_was
from stack.install import Program

ENGINE = Program("/usr/sbin/dockerd", "docker.io", "DOCKER_HOST")
COMPOSE = Program("/usr/bin/docker-compose", "docker-compose", "a docker with its compose plugin")
START_SECONDS = 60
STOP_SECONDS = 60


class EngineError(Exception):
    """The engine, or what it was asked for, failed; the text is for a person."""


@dataclass(frozen=True)
class Engine:
    """A running engine. `environment` is what its clients are given."""

    environment: Mapping[str, str]
    compose_command: tuple[str, ...]

    def run(self, *command: str, stdin: int = subprocess.DEVNULL) -> str:
        """What a command says; raises `EngineError` with the end of its words where it fails."""
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=stdin or subprocess.DEVNULL,
        )
        if done.returncode:
            raise EngineError(f"{' '.join(command[:6])} … failed:\n{(done.stdout + done.stderr)[-3000:]}")
        return done.stdout

    def can_pull(self, image: str) -> bool:
        """Whether an image is here, or comes when it is asked for."""
        try:
            self.run("docker", "pull", "--quiet", image)
        except EngineError:
            return self.has(image)
        return True

    def has(self, image: str) -> bool:
        """Whether an image is here."""
        return bool(self.run("docker", "image", "ls", "--quiet", image).strip())

    def layers(self, image: str) -> list[int]:
        """Sizes of an image's layers in bytes, newest first."""
        lines = self.run("docker", "history", "--human=false", "--format", "{{json .}}", image).splitlines()
        return [int(json.loads(line)["Size"]) for line in lines]


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """The engine that answers here; where none does one of our own, which keeps its images in `folder` and ends with
    the block. Raises `EngineError`, or `InstallError` where Docker is missing and cannot be installed."""
    if shutil.which("docker") is None:
        install.ensure(ENGINE)
    if _answers(os.environ):
        yield Engine({**os.environ}, _compose(os.environ))
        return
    install.ensure(ENGINE)
    folder.mkdir(parents=True, exist_ok=True)
    socket = f"unix://{folder / 'docker.sock'}"
    # The classic builder: Debian's engine comes without another.
    environment = {**os.environ, "DOCKER_HOST": socket, "DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0"}
    with left_as_it_was(), _daemon(folder, socket) as daemon:
        _await_answer(daemon, environment, folder)
        yield Engine(environment, _compose(environment))


@contextmanager
def _daemon(folder: Path, socket: str) -> Iterator["subprocess.Popen[bytes]"]:
    """An engine for as long as the block."""
    with (folder / "dockerd.log").open("ab") as log:
        daemon = subprocess.Popen(
            [
                ENGINE.path,
                *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
                *("--pidfile", str(folder / "dockerd.pid"), "--host", socket),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours: containers are taken down first
        )
    try:
        yield daemon
    finally:
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def _answers(environment: Mapping[str, str]) -> bool:
    try:
        return subprocess.run(["docker", "info"], env=environment, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _compose(environment: Mapping[str, str]) -> tuple[str, ...]:
    plugin = subprocess.run(["docker", "compose", "version"], env=environment, capture_output=True, check=False)
    if plugin.returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose") is None:
        install.ensure(COMPOSE)
    return ("docker-compose",)


def _await_answer(daemon: "subprocess.Popen[bytes]", environment: Mapping[str, str], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(environment):
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise EngineError(f"dockerd did not start (it needs root): see {folder / 'dockerd.log'}")
        time.sleep(0.1)
