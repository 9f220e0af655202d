"""HTTP bodies of this service."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.contacts import Email, Phone
from chassis.problems import InvalidInput
from chassis.text import Line, Paragraph
from contracts.ids import UserId
from contracts.money import Currency, MinorUnits
from contracts.payment import Tender
from contracts.sale import Contact, Sale
from payment.advance import Consequences, Status, difference_of, latest_attempts
from payment.cases import Kind, next_step
from payment.counter import change_of, counter_amount
from payment.domain import COUNTER, FREE, CounterTerms, Facts, ProviderName
from payment.owed import RefundStatus
from payment.payment import OpenedCase, Payment
from payment.usecases.confirmation import Confirmation
from payment.usecases.counter import CounterSale
from payment.usecases.provider import Providers

_REASONS: list[JsonValue] = [
    "by_guest",
    "by_hand",
    "by_theater",
    "seats_lost",
    "second_payment",
    "showtime_cancelled",
    "too_late",
    "wrong_amount",
]  # those of bookings, and our own
ReceivedAmount = Annotated[int, Field(strict=True, ge=0, le=10**12, description="minor units")]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]


class RefundView(ResponseBody):
    """A refund, as its owner sees it."""

    amount: MinorUnits
    currency: Currency
    status: RefundStatus
    reason: Annotated[str, Field(json_schema_extra={"enum": _REASONS})]


class DifferenceView(ResponseBody):
    """By how much more, or below 0 less, was captured than the sale's total, and why."""

    amount: int
    reason: Literal["fee", "offer", "rounding"]


class PaymentView(ResponseBody):
    """A payment, as its owner sees it; `failed` may still become `succeeded`. One at the counter has a `tender`."""

    id: str
    provider: ProviderName
    provider_ref: Absent[str] = None
    tender: Absent[Tender] = None
    booking_id: str
    amount: MinorUnits
    currency: Currency
    status: Status
    refunds: tuple[RefundView, ...]
    difference: Absent[DifferenceView] = None

    @staticmethod
    def of(payment: Payment, sale: Sale, default: ProviderName) -> "PaymentView":
        """`providerRef` is the capture once there is one, the order before; `default` is who would be asked."""
        facts, consequences = payment.facts, payment.consequences
        provider, reference = _reference(facts) or (default, None)
        difference = difference_of(sale, facts.winner) if facts.winner else None
        return PaymentView(
            id=facts.payment_id,
            provider=provider,
            provider_ref=reference,
            tender=facts.counter.tender if facts.counter else None,
            booking_id=sale.booking_id,
            amount=counter_amount(sale, facts.counter) if facts.counter else sale.quote.total,
            currency=sale.quote.currency,
            status=consequences.status,
            refunds=_refunds(consequences),
            difference=DifferenceView(**difference.model_dump()) if difference else None,
        )


def _reference(facts: Facts) -> tuple[ProviderName, str | None] | None:
    """Who was asked for the money, and the provider's id of what is known there."""
    if facts.winner is not None:
        return facts.winner.provider, facts.winner.capture_id if facts.winner.provider not in {FREE, COUNTER} else None
    newest = facts.newest_order
    order = facts.order_at(newest.provider) or newest if newest else None  # the one that a page gets, or got
    return (order.provider, order.order_id) if order else None


def _refunds(consequences: Consequences) -> tuple[RefundView, ...]:
    """Nothing goes back under the key of one that was made by hand in full: that one stands for it."""
    return tuple(
        RefundView(amount=refund.amount, currency=refund.currency, status=refund.status, reason=refund.reason)
        for refund in consequences.refunds
        if refund.amount
    )


class CaseView(ResponseBody):
    """Something that needs a person, while it has no `closedAt`. `amount` is what is in doubt."""

    id: str
    kind: Annotated[Kind, Field(json_schema_extra={"x-extensible-enum": True})]
    booking_id: str
    payment_id: str
    amount: MinorUnits
    currency: Currency
    detail: str
    next_step: str
    opened_at: datetime
    closed_at: Absent[datetime] = None
    note: Absent[str] = None

    @staticmethod
    def of(payment_id: str, case: OpenedCase) -> "CaseView":
        """Everything there is to know of it."""
        booking_id = f"bkg_{payment_id.removeprefix('pay_')}"
        return CaseView(
            id=case.id,
            kind=case.kind,
            booking_id=booking_id,
            payment_id=payment_id,
            amount=case.amount,
            currency=case.currency,
            detail=case.detail,
            next_step=next_step(case, booking_id),
            opened_at=case.opened_at,
            closed_at=case.closed_at,
            note=case.note,
        )


class CustomerBody(RequestBody):
    """Who buys at the counter, as far as they say: where this ticket goes, and nothing else."""

    name: Annotated[str, Field(min_length=1, max_length=100), Line] | None = None
    email: Email | None = None
    phone: Phone | None = None


class CounterSaleBody(RequestBody):
    """How a hold is paid at the counter. `received` is the cash that was handed over, the exact amount where it is left
    out; `reference` the card terminal's, which a sale by card needs."""

    hold_id: ShortText
    tender: Tender
    received: ReceivedAmount | None = None
    reference: Annotated[str, Field(min_length=1, max_length=100), Line] | None = None
    customer: CustomerBody | None = None

    def terms(self, sold_by: str) -> CounterTerms:
        """As they are recorded: what does not belong to the tender is left out. Raises `InvalidInput`."""
        if self.tender == "card_terminal" and self.reference is None:
            raise InvalidInput("reference", "a sale by card has the terminal's reference")
        given = self.customer.model_dump(exclude_none=True) if self.customer else {}
        return CounterTerms(
            tender=self.tender,
            sold_by=UserId(sold_by),
            received=self.received if self.tender == "cash" else None,
            reference=self.reference,
            contact=Contact(**given) if given else None,
        )


class CounterSaleView(ResponseBody):
    """A sale at the counter. `change` is what goes back of the cash that was received."""

    payment_id: str
    booking_id: str
    provider: Literal["counter"] = "counter"
    tender: Tender
    amount: MinorUnits
    currency: Currency
    change: Absent[MinorUnits] = None

    @staticmethod
    def of(sold: CounterSale) -> "CounterSaleView":
        """As it was recorded."""
        capture = sold.capture
        return CounterSaleView(
            payment_id=sold.sale.payment_id,
            booking_id=sold.sale.booking_id,
            tender=sold.terms.tender,
            amount=capture.amount,
            currency=capture.currency,
            change=change_of(sold.terms, capture.amount),
        )


class ProviderView(ResponseBody):
    """A provider that is on, and what a page needs to load its checkout: public values alone."""

    provider: ProviderName
    key_id: Absent[str] = None
    publishable_key: Absent[str] = None
    checkout_url: Absent[str] = None


class ProvidersView(ResponseBody):
    """What may be paid with. `default` is what a page offers first."""

    default: ProviderName
    items: list[ProviderView]

    @staticmethod
    def of(providers: Providers, default: ProviderName) -> "ProvidersView":
        """The default comes first."""
        names = sorted(providers, key=lambda name: (name != default, name))
        return ProvidersView(
            default=default, items=[ProviderView(provider=name, **providers[name].offer()) for name in names]
        )


class CloseCaseBody(RequestBody):
    """Why it needs nobody any more."""

    note: Annotated[str, Field(min_length=1, max_length=1000), Paragraph]


class SettleBody(RequestBody):
    """The order that was paid, and what its provider's checkout handed to the page."""

    order_id: ShortText
    proof: dict[ShortText, ShortText]


SettledStatus = Literal["succeeded", "failed", "pending", "authorized", "unknown"]


class SettleAnswer(BaseModel):
    """What is known of the payment after it was settled."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    sale: Sale
    payment_id: str
    status: SettledStatus
    capture_id: str | None

    @staticmethod
    def of(confirmation: Confirmation) -> "SettleAnswer":
        """What the winner says, or else the attempt that was asked about."""
        facts = confirmation.payment.facts
        return SettleAnswer(
            sale=confirmation.sale,
            payment_id=facts.payment_id,
            status="succeeded" if facts.winner else _status_of(facts, confirmation),
            capture_id=facts.winner.capture_id if facts.winner else None,
        )


def _status_of(facts: Facts, confirmation: Confirmation) -> SettledStatus:
    which = confirmation.attempt_id  # an attempt, or an order that has one payment at most
    statuses = {attempt.status for attempt in latest_attempts(facts) if which in {attempt.attempt_id, attempt.order_id}}
    if statuses:
        return "failed" if statuses.isdisjoint({"processing", "authorized"}) else "authorized"
    if any(capture.capture_id == confirmation.attempt_id for capture in facts.captures):
        return "failed"  # another amount than the order's: it goes back
    return "pending" if confirmation.provider_answered else "unknown"
