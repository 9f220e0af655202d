"""Ports of this test, given back afterwards; and waiting for what other processes do."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from stack.ports import PortClaims

SECONDS = 120  # only keeps a test from hanging
T = TypeVar("T")


def eventually(condition: Callable[[], T | None]) -> T:
    """The first true answer; others get the processor meanwhile."""
    deadline = time.monotonic() + SECONDS
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return answer


@pytest.fixture
def ports() -> Iterator[PortClaims]:
    claims = PortClaims()
    yield claims
    claims.release()


@pytest.fixture
def other_ports() -> Iterator[PortClaims]:
    """Those of a second stack."""
    claims = PortClaims()
    yield claims
    claims.release()
