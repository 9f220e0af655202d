"""Each call to a provider about a single payment is noted: about what, how it ended, in whose trace."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.payment.tests.fake_provider import FakeProvider

from chassis.telemetry import continued, trace_id
from payment.usecases.calls import Call, Calls, NotedProvider
from payment.usecases.provider import Provider

SELDOM: dict[str, Callable[[Provider], Awaitable[Any]]] = {
    "orders_of": lambda provider: provider.orders_of("pay_receipt"),
    "order": lambda provider: provider.order("order_1"),
    "payment": lambda provider: provider.payment("pay_1"),
    "payments_of": lambda provider: provider.payments_of("order_1"),
    "close_order": lambda provider: provider.close_order("order_1"),
    "refund": lambda provider: provider.refund("pay_1", "refund_pay_1", 1, 100, "INR"),
    "refunds_of": lambda provider: provider.refunds_of("pay_1"),
}
NOW = datetime.now(UTC)
ABOUT = {"orders_of": "pay_receipt", "order": "order_1", "payments_of": "order_1", "close_order": "order_1"}


def waiting(calls: Calls) -> list[Call]:
    return calls.older_than(timedelta(seconds=-1))


@pytest.mark.parametrize("name", SELDOM)
async def test_a_call_is_noted_with_what_it_is_about_and_how_it_ended(name: str) -> None:
    fake, calls = FakeProvider(), Calls()
    with continued(None):
        outcome = await SELDOM[name](NotedProvider(fake, calls))
        (call,) = waiting(calls)
        assert call.trace_id == trace_id()
    assert outcome == await SELDOM[name](fake)
    assert (call.provider, call.name, call.about) == ("fake", name, ABOUT.get(name, "pay_1"))
    assert call.outcome.partition(" ")[0] == type(outcome).__name__.lower()


async def test_an_order_that_is_opened_is_about_its_receipt_and_an_answer_that_is_lost_is_unknown() -> None:
    fake, calls = FakeProvider(trouble={"open_order": "answer lost"}), Calls()
    provider = NotedProvider(fake, calls)
    for _ in range(2):
        await provider.open_order("pay_receipt", 1, 500, "INR", {})
    first, second = waiting(calls)
    assert first.about == second.about == "pay_receipt"
    assert (first.outcome.partition(" ")[0], second.outcome) == ("unknown", "yes")


async def test_lists_of_all_payments_are_about_none() -> None:
    calls, fake = Calls(), FakeProvider()
    provider = NotedProvider(fake, calls)
    await provider.payments_between(NOW, NOW, None)
    assert waiting(calls) == []


def test_what_is_stored_waits_no_more() -> None:
    calls = Calls()
    one, another = (Call(about, NOW, "fake", "order", "yes", 1) for about in "ab")
    calls.note(one)
    calls.note(another)
    calls.remove([one])
    assert calls.about({"a", "b"}) == [another]
