"""The port to providers of payment, all that differs between them; how every call ends: yes, no or unknown.

A fake in the tests shares one contract suite with each adapter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from contracts.payment import DisputeStatus
from payment.domain import Order, ProviderName, Reason, RefundOutcome

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Yes(Generic[T]):
    """It was done, or this is how it is."""

    value: T


@dataclass(frozen=True, slots=True)
class No:
    """It was not done. `final`: asking again is of no use; `unreachable` and `throttled` say nothing about the ask, and
    `closed` that nothing can be paid any more on the order in question.

    `field`: which value of the request it was refused for, where the provider names one.
    """

    detail: str
    kind: Literal["refused", "not_found", "closed", "unreachable", "throttled"] = "refused"
    final: bool = False
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been done: to be looked up, never to be taken for a no."""

    detail: str


Outcome = Yes[T] | No | Unknown


@dataclass(frozen=True, slots=True)
class ProviderOrder:
    """An order as the provider has it; nothing can be paid on one that is closed. `notes` were written into it when it
    was opened. Amounts here and below are in minor units."""

    order_id: str
    receipt: str
    amount: int
    currency: str
    created_at: datetime
    is_closed: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider has it now. `created`: begun, the payer has something left to do. `processing`: the
    payer's bank has. `lapsed`: authorized once, never captured, given back.

    `order_is_closed`: nothing can be paid any more on its order. `fee` is the provider's own, tax included, once it is
    captured; `offer_ids` are offers of the account that took something off. `order_id` is empty where it is on none.
    """

    payment_id: str
    order_id: str
    amount: int
    currency: str
    status: Literal["created", "processing", "failed", "authorized", "captured", "lapsed"]
    at: datetime
    refunded: int = 0
    reason: str | None = None
    fee: int | None = None
    payer_bears_fee: bool = False
    offer_ids: tuple[str, ...] = ()
    order_is_closed: bool = False


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


@dataclass(frozen=True, slots=True)
class ProviderDispute:
    """A payer's claim at their bank on a payment, as the provider has it. `won`: by us."""

    dispute_id: str
    payment_id: str
    amount: int
    currency: str
    status: DisputeStatus
    at: datetime
    reason: str | None = None
    respond_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list; `next` asks for the part after it and is None at the end."""

    items: Sequence[T]
    next: str | None = None


Subject = Literal["payment", "order", "refunds", "dispute"]


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook is about: `subject` says what to settle, None that it is about nothing of ours.

    What it tells of a payment or a refund is never recorded: the provider is asked, unless that is recorded already.
    `event` is the provider's name for it; `order_is_closed`: nothing can be paid any more on the order.
    """

    event: str
    subject: Subject | None = None
    payment_id: str | None = None
    order_id: str | None = None
    payment_status: Literal["failed", "authorized", "captured"] | None = None
    refund_id: str | None = None
    refund_outcome: RefundOutcome | None = None
    dispute_id: str | None = None
    order_is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook that the provider signed. `event_id` is the same for each delivery of one event; `hint` is None where
    it cannot be read. `is_of_account`: False where it says that it is of another account, or of the other mode, than
    the keys here."""

    event_id: str
    hint: Hint | None
    is_of_account: bool = True


class Provider(Protocol):
    """A provider of payment: all that differs between them. No call raises for what the provider or network does."""

    name: ProviderName
    accepted_differences: frozenset[Reason]
    """For which reasons a capture may be more or less than its order in this account."""
    closes_orders: bool
    """Whether an order can be closed, so that nothing is paid on it any more."""
    seal_keys: Sequence[str]
    """Secrets of this house at the provider, today's first: what is written into an order is sealed with it."""

    def least_amount(self, currency: str) -> int:
        """The least amount an order may have."""

    def payable(self, amount: int, currency: str) -> int:
        """The most that an order for this amount can ask for: digits that it does not take are left off."""

    def offer(self) -> Mapping[str, str]:
        """What a page needs before it has an order: public names and values of the account."""

    async def page_values(self, order: Order) -> Outcome[Mapping[str, str]]:
        """What a page needs, beside amount and currency, to have an order paid: public names and values. `No` of the
        kind `closed` where nothing can be paid on it any more."""

    def proven_payment(self, order: Order, proof: Mapping[str, str]) -> str | None:
        """The provider's id of the payment that a page says was made on the order; None where its proof does not fit.

        A proof is what the provider's checkout handed to the page, as it came.
        """

    def webhook(self, raw: bytes, headers: Mapping[str, str]) -> Webhook | None:
        """Read a webhook; None where it was not signed by the provider. `headers` are looked up in lower case."""

    async def open_order(
        self, receipt: str, number: int, amount: int, currency: str, notes: Mapping[str, str]
    ) -> Outcome[ProviderOrder]:
        """Open the receipt's order of this number, from 1: the one before is closed by then. Not idempotent at every
        provider: look the receipt up first when in doubt."""

    async def close_order(self, order_id: str) -> Outcome[bool]:
        """Have nothing paid on an order any more. Yes(False): it cannot be closed, for it is paid or is being paid.

        Never asked of a provider that closes no orders.
        """

    async def orders_of(self, receipt: str) -> Outcome[Sequence[ProviderOrder]]:
        """Orders that bear the receipt."""

    async def order(self, order_id: str) -> Outcome[ProviderOrder]:
        """One order."""

    async def payment(self, payment_id: str) -> Outcome[ProviderPayment]:
        """One payment, with its offers."""

    async def payments_of(self, order_id: str) -> Outcome[Sequence[ProviderPayment]]:
        """Every payment tried on the order; offers may be missing."""

    async def payments_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderPayment]]:
        """A part of all payments begun between these times, both seconds included, the newest first, whosever orders
        they are on; as they are now. Offers may be missing. What cannot be understood is left out, and said in the
        log."""

    async def refunds_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderRefund]]:
        """As `payments_between`, of all refunds, by whomever."""

    async def refund(
        self, payment_id: str, key: str, number: int, amount: int, currency: str
    ) -> Outcome[ProviderRefund]:
        """Refund so much, once per key and number: a repeat gives the same refund."""

    async def refunds_of(self, payment_id: str) -> Outcome[Sequence[ProviderRefund]]:
        """Every refund of the payment, by whomever."""

    async def dispute(self, dispute_id: str) -> Outcome[ProviderDispute]:
        """One dispute."""

    async def disputes_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderDispute]]:
        """As `payments_between`, of all disputes opened."""


Providers = Mapping[ProviderName, Provider]
"""Those that are on in this process."""
