"""The simulators of Razorpay and Stripe, one of each for all tests of a run."""

from collections.abc import Iterator

import pytest
from services.payment.tests.simulator import SECRETS, Simulator, StripeSimulator

from simulators import process
from simulators.process import free_port


@pytest.fixture
def watched_services() -> tuple[str, ...]:
    return ("payment",)


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    service_port = free_port()
    running = process.razorpay(
        tmp_path_factory.mktemp("razorpay"), f"http://127.0.0.1:{service_port}/api/payments/webhook"
    )
    running.environment.update(SECRETS)
    running.start()
    yield Simulator(running.url, service_port)
    running.stop()


@pytest.fixture
async def simulator(simulator_process: Simulator) -> Simulator:
    await simulator_process.post("/reset")
    return simulator_process


@pytest.fixture(scope="session")
def stripe_process(tmp_path_factory: pytest.TempPathFactory, simulator_process: Simulator) -> Iterator[StripeSimulator]:
    """Its webhooks go to the same service."""
    service_port = simulator_process.service_port
    url = f"http://127.0.0.1:{service_port}/api/payments/webhook/stripe"
    running = process.stripe(tmp_path_factory.mktemp("stripe"), url)
    running.start()
    yield StripeSimulator(running.url, service_port)
    running.stop()


@pytest.fixture
async def stripe_simulator(stripe_process: StripeSimulator) -> StripeSimulator:
    await stripe_process.post("/reset")
    return stripe_process
