"""Settle: read payments from their provider and record what it says. The only way to paid."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from chassis.logs import logger
from contracts.ids import is_id
from payment.advance import POLL
from payment.domain import Attempt, Difference, Fact, Facts, ProviderName, SeenCapture, SeenRefund
from payment.owed import amount_refunded
from payment.payment import Payment
from payment.schedule import RetryIntervals
from payment.usecases.differences import difference_of
from payment.usecases.orders import order_amount, order_fact
from payment.usecases.ports import Foreign, ForeignOrders, Payments
from payment.usecases.provider import No, Provider, ProviderOrder, ProviderPayment, ProviderRefund, Yes
from payment.usecases.recording import Recorder

log = logger(__name__)
Settled = Literal["settled", "waiting", "unmatched", "foreign", "lost", "unavailable"]
"""`waiting`: the bank has not answered the payer yet. `unmatched`: the provider does not know it. `foreign` and `lost`:
it is known not to be ours, and is not asked for again. `unavailable`: the
provider cannot be asked now."""


class Settlement:
    """Settles single payments, whole orders and refunds at one provider."""

    def __init__(
        self,
        payments: Payments,
        recorder: Recorder,
        foreign: ForeignOrders,
        provider: Provider,
        intervals: RetryIntervals,
    ) -> None:
        self.provider = provider
        self._payments, self._recorder, self._foreign = payments, recorder, foreign
        self._intervals = intervals

    async def settle_payment(self, provider_payment_id: str) -> Settled:
        """Settle one payment at the provider."""
        match await self.provider.payment(provider_payment_id):
            case Yes(seen):
                payment = await self._payment_of(seen)
                return await self._apply(payment, [seen]) if isinstance(payment, Payment) else payment
            case No(kind="not_found"):
                return "unmatched"
            case _:
                return "unavailable"

    async def settle_listed(self, seen: ProviderPayment) -> Settled:
        """Settle a payment as the provider's list has it. One whose payer's bank is silent is polled again soon."""
        payment = await self._payment_of(seen)
        if not isinstance(payment, Payment):
            return payment
        complete = await self._with_offers(payment, [seen])
        settled = "unavailable" if complete is None else await self._apply(payment, complete)
        soon = datetime.now(UTC) + self._intervals.watch
        if settled == "waiting" and any(entry.task == POLL and entry.at > soon for entry in payment.schedule):
            await self._recorder.record(payment.facts.payment_id, moved={POLL: soon})
        return settled

    async def settle_order(self, order_id: str) -> Settled:
        """Settle every payment of an order."""
        payment = await self._of_order(order_id)
        if not isinstance(payment, Payment):
            return payment
        outcome = await self.provider.payments_of(order_id)
        seen = await self._with_offers(payment, outcome.value) if isinstance(outcome, Yes) else None
        return "unavailable" if seen is None else await self._apply(payment, seen)

    async def settle_refunds(self, provider_payment_id: str) -> Settled:
        """Record every refund the provider has of a capture of ours."""
        payment = await self._payments.of_capture(provider_payment_id)
        if payment is None:
            # Its capture may not have been seen yet; settling it reads its refunds too.
            return await self.settle_payment(provider_payment_id)
        outcome = await self.provider.refunds_of(provider_payment_id)
        if not isinstance(outcome, Yes):
            return "unavailable"
        await self._recorder.record(payment.facts.payment_id, *map(refund_fact, outcome.value))
        return "settled"

    async def _with_offers(
        self, payment: Payment, listed: Sequence[ProviderPayment]
    ) -> Sequence[ProviderPayment] | None:
        """The payments, new ones that are less than their order read one by one: lists do not tell of offers.

        None when one cannot be read: a capture is matched once and for all.
        """
        complete, known = [], {capture.capture_id for capture in payment.facts.captures}
        for seen in listed:
            order = payment.facts.order(seen.order_id)
            is_less = seen.status == "captured" and order is not None and seen.amount < order.amount
            if is_less and seen.payment_id not in known:
                outcome = await self.provider.payment(seen.payment_id)
                if not isinstance(outcome, Yes):
                    return None
                complete.append(outcome.value)
            else:
                complete.append(seen)
        return complete

    async def _apply(self, payment: Payment, payments: Sequence[ProviderPayment]) -> Settled:
        """Record what payments of ours tell, and read the refunds of captures that have others than we know."""
        payment_id = payment.facts.payment_id
        is_authorized = any(seen.status == "authorized" for seen in payments)
        soon = {POLL: datetime.now(UTC) + self._intervals.poll} if is_authorized else {}
        facts = [fact for seen in payments if (fact := self._fact(payment, seen)) is not None]
        if facts:
            payment = await self._recorder.record(payment_id, *facts, moved=soon)
        settled: Settled = "waiting" if any(seen.status == "created" for seen in payments) else "settled"
        for seen in payments:
            if seen.status == "captured" and seen.refunded != amount_refunded(payment.facts, seen.payment_id):
                settled = await self.settle_refunds(seen.payment_id)
        return settled

    def _fact(self, payment: Payment, seen: ProviderPayment) -> Fact | None:
        order = payment.facts.order(seen.order_id)
        difference = difference_of(order, seen, self.provider.accepted_differences) if order else None
        return payment_fact(self.provider.name, seen, difference)

    async def _payment_of(self, seen: ProviderPayment) -> Payment | Settled:
        payment = await self._of_order(seen.order_id) if seen.order_id else "foreign"
        if payment == "foreign":
            await self._foreign.add(self.provider.name, seen.payment_id, "foreign")
        return payment

    async def _of_order(self, order_id: str) -> Payment | Settled:
        """Our payment of the order; an order whose answer was lost is recognised by its receipt."""
        payment = await self._payments.of_order(order_id)
        if payment is not None:
            return payment
        known = (await self._foreign.among(self.provider.name, {order_id})).get(order_id)
        if known is not None:
            return known
        match await self.provider.order(order_id):
            case Yes(order):
                return await self._adopted(order)
            case No(kind="not_found"):
                return "unmatched"
            case _:
                return "unavailable"

    async def _adopted(self, order: ProviderOrder) -> Payment | Settled:
        """The payment is stored before its order is opened: what fits none is not ours."""
        payment = await self._payments.find(order.receipt) if is_id("pay", order.receipt) else None
        sale = payment.facts.sale if payment else None
        if sale is not None and order_amount(sale) == (order.amount, order.currency):
            return await self._recorder.record(order.receipt, order_fact(self.provider.name, order))
        kind: Foreign = "lost" if is_id("pay", order.receipt) else "foreign"
        await self._foreign.add(self.provider.name, order.order_id, kind)
        if kind == "lost":
            log.error("no payment here has the receipt of an order", order_id=order.order_id, receipt=order.receipt)
        return kind


Settlements = Mapping[ProviderName, Settlement]
"""One for each provider that is on."""


def is_recorded(facts: Facts, seen: ProviderPayment) -> bool:
    """Whether a payment as it is now at the provider is in our books."""
    if seen.status == "captured":
        return any(capture.capture_id == seen.payment_id for capture in facts.captures)
    return any((attempt.attempt_id, attempt.status) == (seen.payment_id, seen.status) for attempt in facts.attempts)


def payment_fact(provider: ProviderName, seen: ProviderPayment, difference: Difference | None) -> Fact | None:
    """What a payment at the provider tells; one that was only begun tells nothing."""
    match seen.status:
        case "created":
            return None
        case "captured":
            return SeenCapture(
                provider=provider,
                capture_id=seen.payment_id,
                order_id=seen.order_id,
                amount=seen.amount,
                currency=seen.currency,
                captured_at=seen.at,
                refunded_before=seen.refunded,
                difference=difference,
            )
        case "failed" | "authorized" | "lapsed":
            reason = None if seen.status == "authorized" else seen.reason or seen.status
            return Attempt(
                provider=provider, attempt_id=seen.payment_id, order_id=seen.order_id, status=seen.status, reason=reason
            )


def refund_fact(refund: ProviderRefund) -> SeenRefund:
    """A refund that exists at the provider."""
    return SeenRefund(
        provider_refund_id=refund.refund_id,
        key=refund.key,
        capture_id=refund.payment_id,
        amount=refund.amount,
        currency=refund.currency,
        outcome=refund.outcome,
        made_at=refund.at,
    )
