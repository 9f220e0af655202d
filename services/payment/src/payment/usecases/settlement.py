"""Settle: read payments from the provider and record what it says. The only way to paid."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Literal

from chassis.logs import logger
from contracts.ids import is_id
from payment import metrics
from payment.advance import POLL
from payment.cases import SETTING
from payment.domain import Attempt, Difference, Fact, Facts, ProviderName, Reason, SeenCapture, SeenRefund
from payment.foreign import Foreign, ForeignOrders
from payment.owed import amount_refunded
from payment.ports import No, Provider, ProviderOrder, ProviderPayment, ProviderRefund, Yes
from payment.schedule import RetryIntervals
from payment.store import Payment, Payments
from payment.usecases.differences import difference_of
from payment.usecases.orders import asked_for, order_fact

log = logger(__name__)
Settled = Literal["settled", "waiting", "unmatched", "foreign", "lost", "later"]
"""`waiting`: the bank has not answered the payer yet. `unmatched`: the provider does not know it. `foreign` and `lost`:
it is known not to be ours, and is not asked for again. `later`: the provider cannot be asked."""
_CONFIRM_SECONDS = 2.5


class Settlement:
    """Settles single payments, whole orders and refunds."""

    def __init__(
        self,
        payments: Payments,
        provider: Provider,
        foreign: ForeignOrders,
        intervals: RetryIntervals,
        accepted: frozenset[Reason],
    ) -> None:
        self._payments, self._provider, self._intervals = payments, provider, intervals
        self._foreign, self._accepted = foreign, accepted

    async def payment(self, provider_payment_id: str) -> Settled:
        """Settle one payment at the provider."""
        match await self._provider.payment(provider_payment_id):
            case Yes(seen):
                payment = await self._payment_of(seen)
                return await self._apply(payment, [seen]) if isinstance(payment, Payment) else payment
            case No(kind="not_found"):
                return "unmatched"
            case _:
                return "later"

    async def listed(self, seen: ProviderPayment) -> Settled:
        """Settle a payment as the provider's list has it. One whose payer's bank is silent is looked at again soon."""
        payment = await self._payment_of(seen)
        if not isinstance(payment, Payment):
            return payment
        whole = await self._with_offers(payment, [seen])
        settled = "later" if whole is None else await self._apply(payment, whole)
        soon = datetime.now(UTC) + self._intervals.watch
        if settled == "waiting" and any(entry.task == POLL and entry.at > soon for entry in payment.schedule):
            await self._payments.record(payment.facts.payment_id, moved={POLL: soon})
        return settled

    async def confirm(self, payment: Payment, provider_payment_id: str) -> tuple[Payment, bool]:
        """Settle one payment that Checkout vouched for; the newest state, and whether the provider was heard on it."""
        heard = provider_payment_id in [capture.capture_id for capture in payment.facts.captures]
        if not heard:
            async with _deadline(_CONFIRM_SECONDS):
                heard = await self.payment(provider_payment_id) != "later"
        return await self._payments.find(payment.facts.payment_id) or payment, heard

    async def order(self, order_id: str) -> Settled:
        """Settle every payment of an order."""
        payment = await self._of_order(order_id)
        if not isinstance(payment, Payment):
            return payment
        outcome = await self._provider.payments_of(order_id)
        seen = await self._with_offers(payment, outcome.value) if isinstance(outcome, Yes) else None
        return "later" if seen is None else await self._apply(payment, seen)

    async def refunds(self, provider_payment_id: str) -> Settled:
        """Record every refund the provider has of a capture of ours."""
        payment = await self._payments.of_capture(provider_payment_id)
        if payment is None:
            # Its capture may not have been seen yet; settling it reads its refunds too.
            return await self.payment(provider_payment_id)
        outcome = await self._provider.refunds_of(provider_payment_id)
        if not isinstance(outcome, Yes):
            return "later"
        await self._payments.record(payment.facts.payment_id, *map(refund_fact, outcome.value))
        return "settled"

    async def _with_offers(
        self, payment: Payment, listed: Sequence[ProviderPayment]
    ) -> Sequence[ProviderPayment] | None:
        """The payments, new ones that are less than their order read one by one; None when one cannot be read: the
        verdict on a capture is given once."""
        seen, known = list(listed), {capture.capture_id for capture in payment.facts.captures}
        for place, one in enumerate(seen):
            order = payment.facts.order(one.order_id)
            less = one.status == "captured" and order is not None and one.amount < order.amount
            if less and one.payment_id not in known:
                outcome = await self._provider.payment(one.payment_id)
                if not isinstance(outcome, Yes):
                    return None
                seen[place] = outcome.value
        return seen

    async def _apply(self, payment: Payment, seen: Sequence[ProviderPayment]) -> Settled:
        payment_id = payment.facts.payment_id
        waiting = any(one.status == "authorized" for one in seen)
        soon = {POLL: datetime.now(UTC) + self._intervals.poll} if waiting else {}
        facts = [fact for one in seen if (fact := self._fact(payment, one)) is not None]
        if facts:
            payment = await self._payments.record(payment_id, *facts, moved=soon)
            _alarm(payment)
        settled: Settled = "waiting" if any(one.status == "created" for one in seen) else "settled"
        for one in seen:
            if one.status == "captured" and one.refunded != amount_refunded(payment.facts, one.payment_id):
                settled = await self.refunds(one.payment_id)
        return settled

    def _fact(self, payment: Payment, seen: ProviderPayment) -> Fact | None:
        order = payment.facts.order(seen.order_id)
        difference = difference_of(order, seen, self._accepted) if order else None
        return payment_fact(self._provider.name, seen, difference)

    async def _payment_of(self, seen: ProviderPayment) -> Payment | Settled:
        payment = await self._of_order(seen.order_id) if seen.order_id else "foreign"
        if payment == "foreign":
            await self._foreign.add(seen.payment_id, "foreign")
        return payment

    async def _of_order(self, order_id: str) -> Payment | Settled:
        """Our payment of the order; an order whose answer was lost is recognised by its receipt."""
        payment = await self._payments.of_order(order_id)
        if payment is not None:
            return payment
        known = (await self._foreign.among({order_id})).get(order_id)
        if known is not None:
            return known
        match await self._provider.order(order_id):
            case Yes(order):
                return await self._adopted(order)
            case No(kind="not_found"):
                return "unmatched"
            case _:
                return "later"

    async def _adopted(self, order: ProviderOrder) -> Payment | Settled:
        """The payment is stored before its order is opened: what fits none is not ours."""
        payment = await self._payments.find(order.receipt) if is_id("pay", order.receipt) else None
        sale = payment.facts.sale if payment else None
        if sale is not None and asked_for(sale) == (order.amount, order.currency):
            return await self._payments.record(order.receipt, order_fact(self._provider, order))
        kind: Foreign = "lost" if is_id("pay", order.receipt) else "foreign"
        await self._foreign.add(order.order_id, kind)
        if kind == "lost":
            log.error("no payment here has the receipt of an order", order_id=order.order_id, receipt=order.receipt)
        return kind


@asynccontextmanager
async def _deadline(seconds: float) -> AsyncIterator[None]:
    """Give the block so long and no longer; what it had not finished is left to the reconciler."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            yield


def is_recorded(facts: Facts, seen: ProviderPayment) -> bool:
    """Whether a payment as it is now at the provider is in our books."""
    if seen.status == "captured":
        return any(capture.capture_id == seen.payment_id for capture in facts.captures)
    return any((attempt.attempt_id, attempt.status) == (seen.payment_id, seen.status) for attempt in facts.attempts)


def _alarm(payment: Payment) -> None:
    """What this very write recorded and is not what was asked for: a metric, and a line in the log."""
    known = {capture.capture_id for capture in payment.before.captures} if payment.before else set()
    for capture in payment.facts.captures:
        if capture.verdict == "mismatch" and capture.capture_id not in known:
            reason = capture.difference.reason if capture.difference else "unexplained"
            metrics.NOT_ACCEPTED.labels(reason).inc()
            log.error(
                "a capture is not what was asked for and goes back",
                payment_id=payment.facts.payment_id,
                capture_id=capture.capture_id,
                amount=capture.amount,
                reason=reason,
                setting=f"{SETTING}={reason} accepts it" if capture.difference else None,
            )


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
