"""A payment as the set of facts recorded about it: pure values, without a clock. What follows is in `advance`.

Amounts are in minor units of their currency.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.ids import BookingId, PaymentId, TheaterId, UserId, counter_customer_of
from contracts.money import MinorUnits
from contracts.payment import DisputeStatus, Tender
from contracts.sale import Contact, Sale

CaptureMatch = Literal["winner", "extra", "mismatch"]
"""How a capture fits what was asked for. `winner`: it pays for the booking. `extra`: it fits, but another was first, or
part of it had gone back. `mismatch`: amount, currency or order differ. All but the winner go back."""
RefundOutcome = Literal["pending", "processed", "failed"]
ProviderName = str
"""A provider's word in settings, documents and events."""
Reason = Literal["fee", "offer"]
FREE: ProviderName = "free"
"""Stands for the provider of a sale that costs nothing: nobody is asked for money."""
COUNTER: ProviderName = "counter"
"""Stands for the provider of what is sold at the counter: its books are the payments alone."""


class Value(BaseModel):
    """A frozen value that also reads documents written by a newer version."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Order(Value):
    """An order the provider opened for the payment; `cancellable`: it can be closed there when the hold has ended."""

    provider: ProviderName
    order_id: str
    receipt: str
    amount: int
    currency: str
    created_at: datetime
    cancellable: bool = False


class ClosedOrder(Value):
    """Nothing can be paid on the order any more, says its provider."""

    order_id: str


class HoldExtended(Value):
    """The seats are held until then, or longer."""

    until: datetime


class HoldEnded(Value):
    """The seats are held no longer. `at` is when that was heard here."""

    at: datetime


class Attempt(Value):
    """A payment that a guest tried at the provider and that brought no money, as seen once: seen again with another
    status it is another fact."""

    provider: ProviderName
    attempt_id: str
    order_id: str
    status: Literal["processing", "failed", "authorized", "lapsed"]
    reason: str | None = None


class Difference(Value):
    """By how much a capture is more (or, below 0, less) than its order, where the provider explains it.

    `fee`: the payer bore its fee. `offer`: an offer took off a discount. `accepted`: the account is set up for it.
    """

    amount: int
    reason: Reason
    accepted: bool


class CounterTerms(Value):
    """How a sale is paid at the counter, and by whom it is sold: `received` is what was handed over in cash,
    `reference` the terminal's for what a card paid, `contact` where the ticket goes."""

    tender: Tender
    sold_by: UserId
    received: MinorUnits | None = None
    reference: str | None = None
    contact: Contact | None = None


class SeenCapture(Value):
    """Money that the provider took, as it says. So much of it had gone back when it was first seen: `refunded_before`.

    A sale that costs nothing has one of amount 0, without an order. One of the counter has its `counter` terms.
    """

    provider: ProviderName
    capture_id: str
    order_id: str | None
    amount: int
    currency: str
    captured_at: datetime
    refunded_before: int = 0
    difference: Difference | None = None
    counter: CounterTerms | None = None


class Capture(SeenCapture):
    """A capture as matched with what was asked for. That is done once, when it is recorded, and never again."""

    match: CaptureMatch


class RefundRequest(Value):
    """Booking wants this much of this capture to go back, once under this key."""

    key: str
    capture_id: str
    amount: int
    currency: str
    reason: str


class SeenRefund(Value):
    """A refund that exists at the provider, as seen once: seen again with another outcome it is another fact. `key` is
    None when it bears none of ours."""

    provider_refund_id: str
    key: str | None
    capture_id: str
    amount: int
    currency: str
    outcome: RefundOutcome
    made_at: datetime


class SeenDispute(Value):
    """A payer's claim at their bank on a capture, as seen once: seen again with another status it is another fact.

    `respond_by`: until then the bank takes evidence.
    """

    dispute_id: str
    capture_id: str
    amount: int
    currency: str
    status: DisputeStatus
    opened_at: datetime
    reason: str | None = None
    respond_by: datetime | None = None


class Drift(Value):
    """The provider's books differed from ours: of a capture or refund, `about`, in its amount, or of a capture in how
    much of it had gone back."""

    about: str
    capture_id: str
    what: Literal["amount", "refunded"]
    ours: int
    at_provider: int
    currency: str


class Refusal(Value):
    """The provider refused a refund of this amount under this key; None means all that was requested.

    `final`: asking again for as much is of no use, unless a refund of the capture fails afterwards and its money is
    there again; `failed_before` is how many had failed by then.
    """

    key: str
    detail: str
    final: bool = False
    amount: int | None = None
    failed_before: int = 0


class Decided(Value):
    """Booking has answered on this capture (confirmed, or refused what was free): it is announced no more."""

    capture_id: str


class Overdue(Value):
    """Booking has owed its answer on this capture for too long. Who looked at the clock records it: `advance` has
    none."""

    capture_id: str


class Cancelled(Value):
    """The booking was ended by its guest or the theater. `at` is when that was heard here, `after` are the ids of the
    refunds by hand that were known by then."""

    reason: str
    at: datetime
    after: tuple[str, ...] = ()


class CaseClosed(Value):
    """A person closed a case, and why."""

    case_id: str
    note: str
    user_id: str
    at: datetime


class UnknownOrder(Value):
    """An order at the provider with this payment's id as its receipt and without our seal: no sale of ours fits it."""

    provider: ProviderName
    order_id: str
    amount: int
    currency: str


class PollingEnded(Value):
    """The orders are so old that nothing more is expected of them."""


Fact = (
    Sale
    | Order
    | ClosedOrder
    | HoldExtended
    | HoldEnded
    | Attempt
    | SeenCapture
    | RefundRequest
    | SeenRefund
    | SeenDispute
    | Drift
    | Refusal
    | Decided
    | Overdue
    | Cancelled
    | CaseClosed
    | UnknownOrder
    | PollingEnded
)


class Facts(Value):
    """All that is known of a payment. The tuples are sets: their order means nothing."""

    payment_id: PaymentId
    sale: Sale | None = None
    orders: tuple[Order, ...] = ()
    closed_orders: tuple[str, ...] = ()
    hold_until: datetime | None = None
    hold_ended_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    captures: tuple[Capture, ...] = ()
    refund_requests: tuple[RefundRequest, ...] = ()
    refunds_seen: tuple[SeenRefund, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    disputes: tuple[SeenDispute, ...] = ()
    drifts: tuple[Drift, ...] = ()
    decided: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    cancelled: Cancelled | None = None
    closings: tuple[CaseClosed, ...] = ()
    unknown_orders: tuple[UnknownOrder, ...] = ()
    polling_ended: bool = False

    @property
    def booking_id(self) -> BookingId:
        """A payment and its booking share the hold's own part of the id."""
        return BookingId(f"bkg_{self.payment_id[4:]}")

    @property
    def theater_id(self) -> TheaterId | None:
        """Where the show is, if the sale is known."""
        return self.sale.theater_id if self.sale else None

    @property
    def winner(self) -> Capture | None:
        """The capture that pays for the booking."""
        return next((capture for capture in self.captures if capture.match == "winner"), None)

    @property
    def counter(self) -> CounterTerms | None:
        """How it was sold at the counter, if it was."""
        return self.winner.counter if self.winner else None

    def payer_of(self, capture_id: str) -> UserId | None:
        """Whose money a capture is, where the sale is known; at the counter nobody's."""
        if self.sale is None:
            return None
        is_of_counter = self.counter is not None and self.winner is not None and self.winner.capture_id == capture_id
        return counter_customer_of(self.booking_id) if is_of_counter else self.sale.user_id

    def order(self, order_id: str | None) -> Order | None:
        """The order of this id, when it is one of the payment's."""
        return next((order for order in self.orders if order.order_id == order_id), None)

    def order_at(self, provider: ProviderName) -> Order | None:
        """The first order at a provider that is not closed."""
        orders = (order for order in self.orders_at(provider) if order.order_id not in self.closed_orders)
        return min(orders, key=lambda order: order.created_at, default=None)

    def orders_at(self, provider: ProviderName) -> list[Order]:
        """All orders at a provider, closed ones too."""
        return [order for order in self.orders if order.provider == provider]

    @property
    def newest_order(self) -> Order | None:
        """The order that was opened last."""
        return max(self.orders, key=lambda order: order.created_at, default=None)

    def provider_of(self, capture_id: str) -> ProviderName | None:
        """Who has the money of a capture; of one that was not seen yet, who was asked for money last."""
        capture = next((capture for capture in self.captures if capture.capture_id == capture_id), self.newest_order)
        return capture.provider if capture else None


def is_ours(key: str | None) -> bool:
    """Whether a refund's key is one that booking or payment has made."""
    return key is not None and key.startswith("refund_")


_T = TypeVar("_T")


def latest(values: Iterable[_T], *, identity: Callable[[_T], str], rank: Callable[[_T], int]) -> list[_T]:
    """One value for each identity: the one of the highest rank, for what it tells of has got so far."""
    return list({identity(value): value for value in sorted(values, key=rank)}.values())
