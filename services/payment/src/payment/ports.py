"""What the use cases need of the world, and how every call to a provider ends: yes, no or unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from payment.domain import ProviderName, RefundOutcome

T = TypeVar("T")
PAGE = 100
"""How many entries a page of a list has; a shorter one is the last."""
PaymentStatus = Literal["created", "failed", "authorized", "captured", "lapsed"]


@dataclass(frozen=True, slots=True)
class Yes(Generic[T]):
    """It was done, or this is how it is."""

    value: T


@dataclass(frozen=True, slots=True)
class No:
    """It was not done. `final`: asking again is of no use; `unreachable` and `throttled` say nothing about the ask.

    `field`: which value of the request it was refused for, where the provider names one.
    """

    detail: str
    kind: Literal["refused", "not_found", "unreachable", "throttled"] = "refused"
    final: bool = False
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been done: to be looked up, never to be taken for a no."""

    detail: str


Outcome = Yes[T] | No | Unknown


@dataclass(frozen=True, slots=True)
class ProviderOrder:
    """An order as the provider has it."""

    order_id: str
    receipt: str
    amount: int
    currency: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider has it now. `lapsed`: authorized once, never captured, given back.

    `fee` is the provider's own, tax included, once it is captured; `offer_ids` are offers of the account that took
    something off.
    """

    payment_id: str
    order_id: str
    amount: int
    currency: str
    status: PaymentStatus
    at: datetime
    refunded: int = 0
    reason: str | None = None
    fee: int | None = None
    payer_bears_fee: bool = False
    offer_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider has it; `key` is ours, when it bears one."""

    refund_id: str
    payment_id: str
    key: str | None
    amount: int
    currency: str
    outcome: RefundOutcome
    at: datetime


class Provider(Protocol):
    """A payment provider. No call raises for what the provider or the network does."""

    name: ProviderName

    async def open_order(
        self, receipt: str, amount: int, currency: str, notes: Mapping[str, str]
    ) -> Outcome[ProviderOrder]:
        """Open an order; not idempotent at the provider: look the receipt up first when in doubt."""

    async def orders_of(self, receipt: str) -> Outcome[Sequence[ProviderOrder]]:
        """Orders that bear the receipt."""

    async def order(self, order_id: str) -> Outcome[ProviderOrder]:
        """One order."""

    async def payment(self, payment_id: str) -> Outcome[ProviderPayment]:
        """One payment, with its offers."""

    async def payments_of(self, order_id: str) -> Outcome[Sequence[ProviderPayment]]:
        """Every payment tried on the order; offers may be missing."""

    async def payments_since(self, start: datetime, skip: int) -> Outcome[Sequence[ProviderPayment]]:
        """A page of all payments made since then, whosever orders they are on; offers may be missing."""

    async def refunds_since(self, start: datetime, skip: int) -> Outcome[Sequence[ProviderRefund]]:
        """A page of all refunds made since then, by whomever."""

    async def refund(self, payment_id: str, key: str, number: int, amount: int) -> Outcome[ProviderRefund]:
        """Refund so much, once per key and number: a repeat gives the same refund."""

    async def refunds_of(self, payment_id: str) -> Outcome[Sequence[ProviderRefund]]:
        """Every refund of the payment, by whomever."""
