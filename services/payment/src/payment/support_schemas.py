"""What booking shows of a payment to who runs the theater: money that came, and money that went back."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from chassis.bodies import Absent, ResponseBody
from contracts.money import Currency, MinorUnits
from contracts.payment import Tender
from payment.advance import Status
from payment.counter import change_of
from payment.domain import COUNTER, FREE, Capture, Order, ProviderName
from payment.owed import RefundStatus, amount_refunded
from payment.payment import Payment
from payment.usecases.calls import Call


class MoneyView(ResponseBody):
    """One capture, or while there is none the newest order. Of the counter: who took the money, and how."""

    id: str
    provider: ProviderName
    provider_ref: Absent[str] = None
    tender: Absent[Tender] = None
    sold_by: Absent[str] = None
    received: Absent[MinorUnits] = None
    change: Absent[MinorUnits] = None
    reference: Absent[str] = None
    amount: MinorUnits
    currency: Currency
    status: Status
    at: datetime


class MoneyBackView(ResponseBody):
    """A refund, under its key."""

    key: str
    provider: Absent[ProviderName] = None
    amount: MinorUnits
    currency: Currency
    status: RefundStatus
    reason: str


class BooksView(ResponseBody):
    """All money of a booking, what pays for it first."""

    payments: list[MoneyView]
    refunds: list[MoneyBackView]

    @staticmethod
    def of(payment: Payment) -> "BooksView":
        """As the facts have it."""
        facts = payment.facts
        refunds = [
            MoneyBackView(
                **refund.model_dump(include={"key", "amount", "currency", "status", "reason"}),
                provider=facts.provider_of(refund.capture_id),
            )
            for refund in payment.consequences.refunds
            if refund.amount
        ]
        return BooksView(payments=list(_money(payment)), refunds=refunds)


class CallView(ResponseBody):
    """One call to a provider, how it ended, and how long it took."""

    at: datetime
    provider: ProviderName
    call: str
    outcome: str
    milliseconds: int
    trace_id: Absent[str] = None


class CallsView(ResponseBody):
    """The calls about a payment, oldest first."""

    items: list[CallView]

    @staticmethod
    def of(calls: Iterable[Call]) -> "CallsView":
        items = [
            CallView(
                at=call.at,
                provider=call.provider,
                call=call.name,
                outcome=call.outcome,
                milliseconds=call.milliseconds,
                trace_id=call.trace_id,
            )
            for call in sorted(calls, key=lambda call: call.at)
        ]
        return CallsView(items=items)


def _money(payment: Payment) -> Iterator[MoneyView]:
    captures = sorted(payment.facts.captures, key=lambda capture: (capture.match != "winner", capture.captured_at))
    for capture in captures:
        yield _captured(payment, capture)
    if not captures and (order := payment.facts.newest_order) is not None:
        yield _ordered(payment, order)


def _captured(payment: Payment, capture: Capture) -> MoneyView:
    terms = capture.counter
    at_counter = {**terms.model_dump(exclude={"contact"}), "change": change_of(terms, capture.amount)} if terms else {}
    return MoneyView(
        id=payment.facts.payment_id,
        provider=capture.provider,
        provider_ref=None if capture.provider in {FREE, COUNTER} else capture.capture_id,
        amount=capture.amount,
        currency=capture.currency,
        status=_status_of(payment, capture),
        at=capture.captured_at,
        **at_counter,
    )


def _status_of(payment: Payment, capture: Capture) -> Status:
    refunded = amount_refunded(payment.facts, capture.capture_id)
    if not refunded:
        return "succeeded"
    return "refunded" if refunded >= capture.amount else "partially_refunded"


def _ordered(payment: Payment, order: Order) -> MoneyView:
    return MoneyView(
        id=payment.facts.payment_id,
        provider=order.provider,
        provider_ref=order.order_id,
        amount=order.amount,
        currency=order.currency,
        status=payment.consequences.status,
        at=order.created_at,
    )
