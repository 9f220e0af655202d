"""Ports of this test, given back afterwards."""

from collections.abc import Iterator

import pytest
from stack.ports import PortClaims


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
