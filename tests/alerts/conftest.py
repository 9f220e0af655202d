"""A whole stack of its own under a real Prometheus."""

import os
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.alerts import runbooks
from tests.alerts.prometheus import Prometheus
from tests.conftest import Stack, until

from stack.buyer import StackClient, connected

SETTINGS = {
    "HOLD_SECONDS": "600",
    "PAYMENT_SECONDS": "300",
    "REFUND_UNANSWERED_SECONDS": "5",
    "RAZORPAY_ACCEPTED_DIFFERENCES": "",
}


Figures = dict[str, dict[str, float]]
FIGURES = pytest.StashKey[Figures]()
"""By alert, how many seconds after its fault it fired, and after its runbook's first command it had cleared."""


@dataclass(slots=True)
class Watch:
    """The stack, who calls it, and who looks on."""

    stack: Stack
    client: StackClient
    prometheus: Prometheus
    figures: Figures
    _since: float | None = field(default=None, init=False)
    _names: dict[str, str] = field(default_factory=dict, init=False)

    async def fires(self, alert: str, **labels: str) -> None:
        """Return when the alert fires with these labels. The first call of a story is where its fault has been made."""
        self._since = self._since or time.monotonic()
        await until(lambda: self._is_firing(alert, labels), seconds=300)
        self._names[alert] = " ".join([alert, *labels.values()])
        self._note(alert, "fires")

    async def clears(self, alert: str, **labels: str) -> None:
        """Return when none with these labels fires."""
        await until(lambda: not self._is_firing(alert, labels), seconds=300)
        self._note(alert, "clears")

    async def read_again(self) -> None:
        """Return when the gateway's metrics were read once more: a rate is of what changes between two readings."""
        before = self.prometheus.last_read("gateway")
        await until(lambda: self.prometheus.last_read("gateway") > before)

    def follow(self, alert: str, case: str = "", **words: str) -> str:
        """Run the commands of its runbook."""
        self._since = time.monotonic()
        return runbooks.follow(self.stack, alert, case, **words)

    def _is_firing(self, alert: str, labels: dict[str, str]) -> bool:
        wanted = {"alertname": alert, **labels}
        return any(wanted.items() <= firing.items() for firing in self.prometheus.firing())

    def _note(self, alert: str, what: str) -> None:
        self.figures.setdefault(self._names[alert], {})[what] = time.monotonic() - (self._since or 0)


def pytest_configure(config: pytest.Config) -> None:
    """The figures of this run."""
    config.stash[FIGURES] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What each alert took."""
    terminalreporter.section(
        "alerts: seconds from the fault until it fires, from the runbook's first command until it clears"
    )
    for alert, seconds in config.stash[FIGURES].items():
        took = (f"{seconds[what]:.0f}" if what in seconds else "-" for what in ("fires", "clears"))
        terminalreporter.write_line("{:<60}{:>6}{:>6}".format(alert, *took))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its own, since it is broken again and again."""
    running = Stack(tmp_path_factory.mktemp("stack"))
    running.environment.update(SETTINGS)
    running.up()
    try:
        yield running
    finally:
        running.verb("down")


@pytest.fixture(scope="session")
def prometheus(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    server = Prometheus(tmp_path_factory.mktemp("prometheus"), stack)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
async def watch(stack: Stack, prometheus: Prometheus, pytestconfig: pytest.Config) -> AsyncIterator[Watch]:
    """Each story begins with a stack that is whole, whatever became of the one before."""
    for pid in _pids(stack.stack_info):
        os.kill(pid, signal.SIGCONT)
    stack.up()
    async with connected(stack.stack_info) as client:
        yield Watch(stack, client, prometheus, pytestconfig.stash[FIGURES])


def _pids(stack_info: Mapping[str, Any]) -> Iterator[int]:
    """Of our processes and the simulators."""
    yield from (replica["pid"] for replicas in stack_info["services"].values() for replica in replicas)
    yield from stack_info["pids"].values()
