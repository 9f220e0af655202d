"""The system in containers: what compose is told, and where things are for demo, load and audit."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from stack import secrets
from stack.calls import answers
from stack.containers.engine import Engine, EngineError
from stack.ports import PortClaims
from stack.state import State
from stack.table import KEYS

ROOT = Path(__file__).parents[5]
PROJECT = "marquee-test"
OURS = ("identity", "catalog", "seating", "booking", "payment", "notify", "gateway")
SIMULATORS = ("razorpay", "stripe", "twilio", "tmdb", "mail")
SERVERS = ("mongo", "redis", "rabbitmq")
READY_SECONDS = 300
_METRICS = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/metrics').read().decode())"
_CALLED = re.compile(r'^marquee_http_requests_total\{.*route="/api/', re.MULTILINE)
_PORTS = (
    "PORT",
    *(f"{name.upper()}_PORT" for name in SIMULATORS),
    "AMQP_PORT",
    "MANAGEMENT_PORT",
    "MONGO_PORT",
    "REDIS_PORT",
)


@dataclass(frozen=True)
class System:
    """A project of compose. `settings` are its secrets and ports; `base` is the local image that all is built on, None
    where the official ones can be had."""

    engine: Engine
    settings: Mapping[str, str]
    base: str | None

    def compose(self, *arguments: str) -> str:
        """What compose says; raises `EngineError`."""
        files = [
            "docker-compose.yml",
            "deploy/compose/audit.yml",
            *(["deploy/compose/offline.yml"] if self.base else []),
        ]
        chosen = [part for file in files for part in ("-f", str(ROOT / file))]
        given = {**self.settings, **({"BASE": self.base} if self.base else {})}
        engine = Engine({**self.engine.environment, **given}, self.engine.compose_command)
        return engine.run(*engine.compose_command, "-p", PROJECT, *chosen, *arguments)

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.settings['PORT']}"

    def await_ready(self) -> float:
        """Return once every service is ready to sell; how many seconds that took. Raises `EngineError`."""
        started = time.monotonic()
        while not answers(f"{self.gateway}/readyz"):
            if time.monotonic() - started > READY_SECONDS:
                raise EngineError(f"not ready after {READY_SECONDS} s:\n{self.compose('ps')}\n{self._last_words()}")
            time.sleep(0.2)
        return time.monotonic() - started

    def _last_words(self) -> str:
        return self.compose("logs", "--no-color", "--tail", "8")

    def containers(self, service: str) -> list[str]:
        """The ids of a service's containers that run."""
        return self.compose("ps", "-q", service).split()

    def await_calls(self, container: str) -> None:
        """Return once a container has answered a call that came through the gateway. Raises `EngineError`."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._was_called(container):
            if time.monotonic() > deadline:
                raise EngineError(f"container {container} got no call in {READY_SECONDS} s")
            time.sleep(0.5)

    def _was_called(self, container: str) -> bool:
        try:
            return bool(_CALLED.search(self.engine.run("docker", "exec", container, "python", "-c", _METRICS)))
        except EngineError:  # it does not listen yet
            return False

    def stack_info(self) -> dict[str, Any]:
        """As `stack.json` says it of a stack without containers."""
        port, password = self.settings, self.settings["RABBITMQ_PASSWORD"]
        return {
            "gateway": self.gateway,
            "services": {},
            "servers": {
                "mongo": {"uri": f"mongodb://127.0.0.1:{port['MONGO_PORT']}/?directConnection=true"},
                "redis": {"url": f"redis://127.0.0.1:{port['REDIS_PORT']}"},
                "rabbitmq": {
                    "url": f"amqp://marquee:{password}@127.0.0.1:{port['AMQP_PORT']}/",
                    "management": f"http://marquee:{password}@127.0.0.1:{port['MANAGEMENT_PORT']}",
                },
            },
            "simulators": {name: f"http://127.0.0.1:{port[f'{name.upper()}_PORT']}" for name in KEYS},
            "mail": {"http": f"http://127.0.0.1:{port['MAIL_PORT']}"},
            "admin": {"email": port["ADMIN_EMAIL"], "password": port["ADMIN_PASSWORD"]},
        }

    def run_on(self, folder: Path, module: str) -> subprocess.CompletedProcess[str]:
        """One of the stack's commands, on this system."""
        State(folder).say(self.stack_info())
        environment = {**os.environ, "STACK_DIR": str(folder)}
        return subprocess.run(
            [sys.executable, "-m", module], env=environment, capture_output=True, text=True, check=False
        )


def settings(folder: Path, ports: PortClaims) -> dict[str, str]:
    """Secrets of the folder, and ports of this machine that are free; `PORT` where one is given."""
    wanted = {"PORT": int(os.environ.get("PORT") or 0)}
    claimed = {name: str(ports.claim(wanted.get(name) or None)) for name in _PORTS}
    broker = {"RABBITMQ_PASSWORD": token_hex(16), "RABBITMQ_SUBSCRIBER_PASSWORD": token_hex(16)}
    return {**secrets.load(folder, os.environ), **broker, **claimed, "RATE_LIMITS": "off", "VERSION": "test"}
