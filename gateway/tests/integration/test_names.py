"""Replicas that are found by name: calls go to all that DNS names, and to none that it names no more."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from gateway.tests.conftest import Build, Service

from stack.ports import PortClaims
from stack.waiting import until

NAME = "catalog.test"


class Addresses:
    """What the system answers for `NAME`; other names are looked up as ever."""

    def __init__(self, ask_system: Callable[..., Any]) -> None:
        self._ask_system = ask_system
        self.hosts: list[str] = []

    def getaddrinfo(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != NAME:
            return self._ask_system(host, port, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.hosts]


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    addresses = Addresses(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", addresses.getaddrinfo)
    return addresses


@pytest.fixture
async def two_hosts() -> AsyncIterator[list[Service]]:
    """A service on two hosts of this machine, at one port as containers have it."""
    async with AsyncExitStack() as stack:
        ports = PortClaims()
        stack.callback(ports.release)
        port = ports.claim()
        services = [Service(port, host=host) for host in ("127.0.0.1", "127.0.0.2")]
        for service in services:
            await service.start()
            stack.push_async_callback(service.stop)
        yield services


async def test_calls_go_to_every_address_of_a_name_and_leave_one_that_is_gone(
    build: Build, two_hosts: list[Service], addresses: Addresses
) -> None:
    first, second = two_hosts
    addresses.hosts = [first.host]
    harness = await build(CATALOG_URL=f"http://{NAME}:{first.port}")

    async def movies() -> int:
        return (await harness.client.ask("GET", "/api/movies")).status

    assert await movies() == 200
    assert (len(first.requests), len(second.requests)) == (1, 0)
    addresses.hosts = [first.host, second.host]

    async def second_is_asked() -> bool:
        assert await movies() == 200
        return len(second.requests) > 0

    await until(second_is_asked)
    addresses.hosts = [second.host]  # as for a container that is ending: it still answers
    await until(lambda: not first.writers)
    before = len(first.requests)
    assert [await movies() for _ in range(4)] == [200] * 4
    assert len(first.requests) == before
