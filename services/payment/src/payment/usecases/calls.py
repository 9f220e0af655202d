"""What was asked of providers about single payments, for support: noted beside each call, and stored with the payment's
next write."""

import time
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from chassis.telemetry import trace_id
from payment.domain import Facts, ProviderName
from payment.usecases.provider import (
    No,
    Outcome,
    Provider,
    ProviderDispute,
    ProviderOrder,
    ProviderPayment,
    ProviderRefund,
    Providers,
    Unknown,
    Webhook,
    Yes,
)

T = TypeVar("T")
_MOST = 2_000  # that wait for a write: a process whose store is away forgets the oldest


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `about` is the provider's id of an order or payment, or our receipt; `outcome` says yes, no or unknown,
    and why."""

    about: str
    at: datetime
    provider: ProviderName
    name: str
    outcome: str
    milliseconds: int
    trace_id: str | None = None


class Calls:
    """The calls that no write has taken along yet."""

    def __init__(self) -> None:
        self._waiting: list[Call] = []

    def note(self, call: Call) -> None:
        """It waits for a write."""
        self._waiting.append(call)
        del self._waiting[:-_MOST]

    def about(self, ids: Collection[str]) -> list[Call]:
        """Those about any of these."""
        return [call for call in self._waiting if call.about in ids]

    def older_than(self, age: timedelta) -> list[Call]:
        """Those that no write came for."""
        until = datetime.now(UTC) - age
        return [call for call in self._waiting if call.at < until]

    def remove(self, stored: Sequence[Call]) -> None:
        """They are stored."""
        self._waiting = [call for call in self._waiting if not any(call is each for each in stored)]


def ids_in(facts: Facts) -> set[str]:
    """What calls about a payment are about: its receipt, orders, captures and attempts."""
    ids = {facts.payment_id, *(order.order_id for order in facts.orders)}
    return ids | {capture.capture_id for capture in facts.captures} | {seen.attempt_id for seen in facts.attempts}


class NotedProvider:
    """A provider whose calls about single payments are noted; lists of all payments are about none."""

    def __init__(self, provider: Provider, calls: Calls) -> None:
        self._provider, self._calls, self.name = provider, calls, provider.name
        self.accepted_differences, self.closes_orders = provider.accepted_differences, provider.closes_orders
        self.seal_keys = provider.seal_keys
        self.least_amount, self.payable, self.offer = provider.least_amount, provider.payable, provider.offer
        self.proven_payment, self.page_values = provider.proven_payment, provider.page_values
        self.payments_between, self.refunds_between = provider.payments_between, provider.refunds_between
        self.disputes_between = provider.disputes_between

    def webhook(self, raw: bytes, headers: Mapping[str, str]) -> Webhook | None:
        return self._provider.webhook(raw, headers)

    async def open_order(
        self, receipt: str, number: int, amount: int, currency: str, notes: Mapping[str, str]
    ) -> Outcome[ProviderOrder]:
        call = self._provider.open_order(receipt, number, amount, currency, notes)
        return await self._noted("open_order", receipt, call)

    async def close_order(self, order_id: str) -> Outcome[bool]:
        return await self._noted("close_order", order_id, self._provider.close_order(order_id))

    async def orders_of(self, receipt: str) -> Outcome[Sequence[ProviderOrder]]:
        return await self._noted("orders_of", receipt, self._provider.orders_of(receipt))

    async def order(self, order_id: str) -> Outcome[ProviderOrder]:
        return await self._noted("order", order_id, self._provider.order(order_id))

    async def payment(self, payment_id: str) -> Outcome[ProviderPayment]:
        return await self._noted("payment", payment_id, self._provider.payment(payment_id))

    async def payments_of(self, order_id: str) -> Outcome[Sequence[ProviderPayment]]:
        return await self._noted("payments_of", order_id, self._provider.payments_of(order_id))

    async def refund(
        self, payment_id: str, key: str, number: int, amount: int, currency: str
    ) -> Outcome[ProviderRefund]:
        call = self._provider.refund(payment_id, key, number, amount, currency)
        return await self._noted("refund", payment_id, call)

    async def refunds_of(self, payment_id: str) -> Outcome[Sequence[ProviderRefund]]:
        return await self._noted("refunds_of", payment_id, self._provider.refunds_of(payment_id))

    async def dispute(self, dispute_id: str) -> Outcome[ProviderDispute]:
        """Noted as about the payment that is disputed."""
        started, at = time.perf_counter(), datetime.now(UTC)
        outcome = await self._provider.dispute(dispute_id)
        if isinstance(outcome, Yes):
            self._note("dispute", outcome.value.payment_id, outcome, at, started)
        return outcome

    async def _noted(self, name: str, about: str, call: Awaitable[Outcome[T]]) -> Outcome[T]:
        started, at = time.perf_counter(), datetime.now(UTC)
        outcome = await call
        self._note(name, about, outcome, at, started)
        return outcome

    def _note(self, name: str, about: str, outcome: Outcome[Any], at: datetime, started: float) -> None:
        milliseconds = round(1_000 * (time.perf_counter() - started))
        self._calls.note(Call(about, at, self.name, name, _word(outcome), milliseconds, trace_id()))


def noted(providers: Providers, calls: Calls) -> Providers:
    """The providers, with their calls noted."""
    return {name: NotedProvider(provider, calls) for name, provider in providers.items()}


def _word(outcome: Outcome[Any]) -> str:
    match outcome:
        case No(detail, kind):
            return f"no ({kind}: {detail})"
        case Unknown(detail):
            return f"unknown ({detail})"
    return "yes"
