"""A simulator as a child process: how tests start, kill and start it again on the same books."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_READY_SECONDS = 120.0

KEY_ID = "rzp_test_MarqueeSim0001"
KEY_SECRET = "EnLs21M47BllR3X8PSFtjtbd"  # noqa: S105  # the secret of Razorpay's published signature example
WEBHOOK_SECRET = "whsecret"  # noqa: S105  # what the simulator and its users agree on, not a credential
TWILIO_ACCOUNT_SID = "AC00000000000000000000000000000001"
TWILIO_AUTH_TOKEN = "12345"  # noqa: S105  # the token of Twilio's published signature example
TWILIO_FROM = "+15005550006"
TWILIO_MESSAGING_SERVICE_SID = "MG00000000000000000000000000000001"

STRIPE_SECRET_KEY = "sk_test_MarqueeSim0001"  # noqa: S105  # as above
STRIPE_PUBLISHABLE_KEY = "pk_test_MarqueeSim0001"
STRIPE_WEBHOOK_SECRET = "whsec_test"  # noqa: S105  # as above

TMDB_TOKEN = "tmdb-read-token-of-the-simulator"  # noqa: S105  # as above


def free_port() -> int:
    """Below the range of outgoing connections, so that it is still free after a kill, and given to nobody else while
    this process lives: whoever asks for a port binds it later."""
    folder = Path(tempfile.gettempdir()) / f"marquee-simulators-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    while True:
        port = random.randrange(12000, 20000)
        claim = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)  # left open: the kernel gives it back
        with socket.socket() as probe, suppress(OSError):
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            probe.bind(("127.0.0.1", port))
            return port
        os.close(claim)


@dataclass(slots=True)
class Simulator:
    """`python -m simulators <name>`; ports and books stay the same over `kill` and `start`."""

    name: str
    state_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError when it ended instead."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        environment = os.environ | self.environment | {"PORT": str(self.port), "STATE_DIR": str(self.state_dir)}
        command = [sys.executable, "-m", "simulators", self.name]
        with (self.state_dir / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603  # our own
        self._wait()

    def kill(self) -> None:
        """As a crash would: SIGKILL, nothing is flushed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not come up: see {self.state_dir / self.name}.log")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1):  # noqa: S310  # always http on loopback
                return True
        except (urllib.error.URLError, OSError):
            return False


def razorpay(state_dir: Path, webhook_url: str | None = None) -> Simulator:
    environment = {
        "RAZORPAY_KEY_ID": KEY_ID,
        "RAZORPAY_KEY_SECRET": KEY_SECRET,
        "RAZORPAY_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    return Simulator("razorpay", state_dir, environment | ({"WEBHOOK_URL": webhook_url} if webhook_url else {}))


def stripe(state_dir: Path, webhook_url: str | None = None) -> Simulator:
    environment = {
        "STRIPE_SECRET_KEY": STRIPE_SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": STRIPE_PUBLISHABLE_KEY,
        "STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
    }
    return Simulator("stripe", state_dir, environment | ({"WEBHOOK_URL": webhook_url} if webhook_url else {}))


def mail(state_dir: Path, smtp_port: int) -> Simulator:
    return Simulator("mail", state_dir, {"SMTP_PORT": str(smtp_port)})


def twilio(state_dir: Path) -> Simulator:
    environment = {
        "TWILIO_ACCOUNT_SID": TWILIO_ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": TWILIO_AUTH_TOKEN,
        "TWILIO_FROM": TWILIO_FROM,
        "TWILIO_MESSAGING_SERVICE_SID": TWILIO_MESSAGING_SERVICE_SID,
    }
    return Simulator("twilio", state_dir, environment)


def tmdb(state_dir: Path) -> Simulator:
    return Simulator("tmdb", state_dir, {"TMDB_TOKEN": TMDB_TOKEN})
