"""The arithmetic and the matching that need no server."""

from __future__ import annotations

import pytest

from simulators.deliveries import Attempt, retry_seconds
from simulators.faults import Fault, Faults
from simulators.fees import fee_and_tax
from simulators.process import KEY_SECRET, WEBHOOK_SECRET
from simulators.razorpay.events import signature


@pytest.mark.parametrize(
    ("route", "method", "path", "fits"),
    [
        ("", "GET", "/v1/orders", True),
        ("/v1/orders", "GET", "/v1/orders/order_1/payments", True),
        ("POST /v1/orders", "POST", "/v1/orders", True),
        ("POST /v1/orders", "GET", "/v1/orders", False),
        ("/v1/payments/*/refund", "POST", "/v1/payments/pay_1/refund", True),
        ("/v1/payments/*/refund", "GET", "/v1/payments/pay_1/refunds", False),
        ("POST /v1/payments/{id}/refund", "POST", "/v1/payments/pay_1/refund", True),
        ("/v1/payments/:id/refund", "POST", "/v1/payments/pay_1/refund", True),
        ("/v1/refunds", "GET", "/v1/orders", False),
    ],
)
def test_a_route_is_a_prefix_or_a_glob_with_or_without_a_method(route: str, method: str, path: str, fits: bool) -> None:
    assert Fault(route=route, kind="hang").matches(method, path) is fits


def test_a_fault_is_used_up_and_the_next_one_takes_over() -> None:
    faults = Faults()
    faults.add(Fault(kind="hang", times=2))
    faults.add(Fault(kind="html"))
    kinds = [fault.kind for _ in range(4) if (fault := faults.take("GET", "/v1/orders"))]
    assert kinds == ["hang", "hang", "html", "html"]


def test_retries_grow_from_a_minute_and_broken_connections_are_tried_again_soon() -> None:
    refused = [Attempt(at=0, error="refused", quick=True)] * 5
    assert [retry_seconds(refused[:n]) for n in range(1, 6)] == [0.5, 1, 2, 4, 8]
    answered = [Attempt(at=0, status=500)] * 4
    assert [retry_seconds(answered[:n]) for n in range(1, 5)] == [60, 120, 240, 480]
    assert retry_seconds([*refused, *answered[:1]]) == 60


def test_the_fee_is_two_percent_and_its_tax() -> None:
    assert fee_and_tax(35400) == (835, 127)


def test_signatures_agree_with_the_published_vectors() -> None:
    checkout = signature(KEY_SECRET, "order_IEIaMR65cu6nz3|pay_IH4NVgf4Dreq1l")
    assert checkout == "0d4e745a1838664ad6c9c9902212a32d627d68e917290b0ad5f08ff4561bc50f"
    webhook = signature(WEBHOOK_SECRET, '{"entity":"event"}')
    assert webhook == "f1acb6d7bb5782644a8ee6f77b82715d4d98dbf3300f4ef13f7e81704f8f2e2b"


def test_a_rate_lets_so_many_calls_a_second_through() -> None:
    now = 100.0
    faults = Faults(lambda: now)
    faults.add(Fault(kind="rate", value=2, route="POST /v1/orders"))

    def call(method: str = "POST") -> tuple[str, float | None] | None:
        fault = faults.take(method, "/v1/orders")
        return None if fault is None else (fault.kind, fault.value)

    assert [call() for _ in range(4)] == [None, None, ("status", 429), ("status", 429)]
    assert call("GET") is None
    now += 1
    assert [call() for _ in range(3)] == [None, None, ("status", 429)]
