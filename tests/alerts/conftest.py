"""A whole stack of its own under a real Prometheus."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

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


@dataclass(slots=True)
class Watch:
    """The stack, who calls it, and who looks on."""

    stack: Stack
    client: StackClient
    prometheus: Prometheus

    async def fires(self, alert: str, **labels: str) -> None:
        """Return when the alert fires with these labels."""
        await until(lambda: self._is_firing(alert, labels), seconds=300)

    async def clears(self, alert: str, **labels: str) -> None:
        """Return when none with these labels fires."""
        await until(lambda: not self._is_firing(alert, labels), seconds=300)

    def follow(self, alert: str, case: str = "", **words: str) -> str:
        """Run the commands of its runbook."""
        return runbooks.follow(self.stack, alert, case, **words)

    def _is_firing(self, alert: str, labels: dict[str, str]) -> bool:
        wanted = {"alertname": alert, **labels}
        return any(wanted.items() <= firing.items() for firing in self.prometheus.firing())


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
async def watch(stack: Stack, prometheus: Prometheus) -> AsyncIterator[Watch]:
    async with connected(stack.stack_info) as client:
        yield Watch(stack, client, prometheus)
