"""Settle: read payments from their provider and record what it says. The only way to paid."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from chassis.logs import logger
from contracts.ids import is_id
from payment.advance import POLL
from payment.domain import (
    Attempt,
    ClosedOrder,
    Difference,
    Fact,
    Facts,
    ProviderName,
    SeenCapture,
    SeenDispute,
    SeenRefund,
    UnknownOrder,
)
from payment.owed import amount_refunded
from payment.payment import Payment
from payment.schedule import RetryIntervals
from payment.usecases.differences import difference_of
from payment.usecases.orders import order_amount, order_facts
from payment.usecases.ports import Foreign, ForeignOrders, Payments
from payment.usecases.provider import (
    Hint,
    No,
    Provider,
    ProviderDispute,
    ProviderOrder,
    ProviderPayment,
    ProviderRefund,
    Yes,
)
from payment.usecases.recorded import has_hinted
from payment.usecases.recording import Recorder
from payment.usecases.single_flight import SingleFlight
from payment.usecases.written import is_sealed, written_sale

log = logger(__name__)
Settled = Literal["settled", "waiting", "unmatched", "foreign", "lost", "unavailable"]
"""`waiting`: a payment is under way there. `unmatched`: the provider does not know it. `foreign` and `lost`:
it is known not to be ours, and is not asked for again. `unavailable`: the
provider cannot be asked now."""


@dataclass(frozen=True, slots=True)
class Settling:
    """How it went, and the payment of ours that it is about, if it is known, as it is afterwards."""

    settled: Settled
    payment: Payment | None = None


IsEnough = Callable[[Facts], bool]
"""Whether the books have all that a caller wants to know."""


class Settlement:
    """Settles single payments, whole orders and refunds at one provider.

    What the books have already is not asked for, and callers who come together for one order ask once.
    """

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
        self._flights: SingleFlight[Settling] = SingleFlight()

    async def settle_hint(self, hint: Hint) -> Settled | Literal["ignored"]:
        """Settle what a webhook is about."""

        def is_enough(facts: Facts) -> bool:
            return has_hinted(facts, hint)

        match hint:
            case Hint(subject="dispute", dispute_id=str(dispute_id)):
                return await self.reread_dispute(dispute_id)
            case Hint(subject="refunds", payment_id=str(payment_id)):
                return (await self.settle_refunds(payment_id, hint.order_id, is_enough)).settled
            case Hint(subject="payment" | "order", payment_id=str(payment_id)):
                return (await self.settle_payment(payment_id, hint.order_id, is_enough)).settled
            case Hint(subject="order", order_id=str(order_id)):
                return (await self.settle_order(order_id, is_enough)).settled
            case _:
                return "ignored"

    async def settle_payment(self, provider_payment_id: str, order_id: str | None, is_enough: IsEnough) -> Settling:
        """Settle one payment at the provider. `order_id` is the order that it should be on."""

        async def ask() -> Settling:
            known = await self._payments.of_order(order_id) if order_id else None
            if known is not None and is_enough(known.facts):
                return Settling("settled", known)
            if known is None and (kind := await self._resting(order_id, provider_payment_id)):
                return Settling(kind)
            match await self.provider.payment(provider_payment_id):
                case Yes(seen):
                    is_on_it = known is not None and known.facts.order(seen.order_id) is not None
                    payment = known if known is not None and is_on_it else await self._payment_of(seen)
                    return await self._apply(payment, [seen]) if isinstance(payment, Payment) else Settling(payment)
                case No(kind="not_found"):
                    return Settling("unmatched")
                case _:
                    return Settling("unavailable", known)

        return await self._once(order_id or provider_payment_id, provider_payment_id, ask, is_enough)

    async def settle_listed(self, seen: ProviderPayment) -> Settled:
        """Settle a payment as the provider's list has it. While its order is polled, one whose
        payer's bank is silent is looked at soon; later the list shows it as it grows older."""
        payment = await self._payment_of(seen)
        if not isinstance(payment, Payment):
            return payment
        complete = await self._with_offers(payment, [seen])
        settled = "unavailable" if complete is None else (await self._apply(payment, complete)).settled
        soon = datetime.now(UTC) + self._intervals.watch
        if settled == "waiting" and any(entry.task == POLL and entry.at > soon for entry in payment.schedule):
            await self._recorder.record(payment.facts.payment_id, moved={POLL: soon})
        return settled

    async def settle_order(self, order_id: str, is_enough: IsEnough) -> Settling:
        """Settle every payment of an order."""

        async def ask() -> Settling:
            payment = await self._of_order(order_id)
            if not isinstance(payment, Payment):
                return Settling(payment)
            if is_enough(payment.facts):
                return Settling("settled", payment)
            outcome = await self.provider.payments_of(order_id)
            seen = await self._with_offers(payment, outcome.value) if isinstance(outcome, Yes) else None
            return Settling("unavailable", payment) if seen is None else await self._apply(payment, seen)

        return await self._once(order_id, order_id, ask, is_enough)

    async def settle_refunds(self, provider_payment_id: str, order_id: str | None, is_enough: IsEnough) -> Settling:
        """Record every refund the provider has of a capture of ours."""

        async def ask() -> Settling:
            payment = await self._payments.of_capture(provider_payment_id)
            if payment is None:
                # Its capture may not have been seen yet; settling it reads its refunds too.
                return await self.settle_payment(provider_payment_id, order_id, is_enough)
            if is_enough(payment.facts):
                return Settling("settled", payment)
            return await self._refunds(payment, provider_payment_id)

        key = f"refunds of {provider_payment_id}"
        return await self._once(key, key, ask, is_enough)

    async def reread_refunds(self, provider_payment_id: str) -> Settled:
        """Record every refund of a capture whose refunds are not in the books as a list has them."""
        return (await self.settle_refunds(provider_payment_id, None, lambda _: False)).settled

    async def reread_dispute(self, dispute_id: str) -> Settled:
        """Record a dispute as the provider has it now."""
        match await self.provider.dispute(dispute_id):
            case Yes(seen):
                return await self.settle_dispute(seen)
            case No(kind="not_found"):
                return "unmatched"
            case _:
                return "unavailable"

    async def settle_dispute(self, seen: ProviderDispute) -> Settled:
        """Record a dispute of a capture of ours; the capture is settled first where it is not known yet."""
        payment = await self._payments.of_capture(seen.payment_id)
        if payment is None:
            settling = await self.settle_payment(seen.payment_id, None, lambda _: False)
            payment = settling.payment
            if payment is None:
                return settling.settled
        await self._recorder.record(payment.facts.payment_id, dispute_fact(seen))
        return "settled"

    async def _once(
        self, key: str, question: str, ask: Callable[[], Awaitable[Settling]], is_enough: IsEnough
    ) -> Settling:
        def tells_enough(settling: Settling) -> bool:
            return settling.payment is not None and is_enough(settling.payment.facts)

        return await self._flights.run(key, question, ask, tells_enough)

    async def _refunds(self, payment: Payment, capture_id: str) -> Settling:
        outcome = await self.provider.refunds_of(capture_id)
        if not isinstance(outcome, Yes):
            return Settling("unavailable", payment)
        return Settling(
            "settled", await self._recorder.record(payment.facts.payment_id, *map(refund_fact, outcome.value))
        )

    async def _with_offers(
        self, payment: Payment, listed: Sequence[ProviderPayment]
    ) -> Sequence[ProviderPayment] | None:
        """The payments, new ones of another amount than their order read one by one: lists do not tell of offers, or
        of the fee from the start.

        None when one cannot be read: a capture is matched once and for all.
        """
        complete, known = [], {capture.capture_id for capture in payment.facts.captures}
        for seen in listed:
            order = payment.facts.order(seen.order_id)
            is_other = seen.status == "captured" and order is not None and seen.amount != order.amount
            if is_other and seen.payment_id not in known:
                outcome = await self.provider.payment(seen.payment_id)
                if not isinstance(outcome, Yes):
                    return None
                complete.append(outcome.value)
            else:
                complete.append(seen)
        return complete

    async def _apply(self, payment: Payment, payments: Sequence[ProviderPayment]) -> Settling:
        """Record what payments of ours tell, and read the refunds of captures that have others than we know."""
        is_authorized = any(seen.status in {"authorized", "processing"} for seen in payments)
        soon = {POLL: datetime.now(UTC) + min(self._intervals.poll, self._intervals.watch)} if is_authorized else {}
        facts = [fact for seen in payments for fact in self._facts(payment, seen)]
        if facts:
            payment = await self._recorder.record(payment.facts.payment_id, *facts, moved=soon)
        is_under_way = is_authorized or any(seen.status == "created" and not seen.order_is_closed for seen in payments)
        settling = Settling("waiting" if is_under_way else "settled", payment)
        for seen in payments:
            if seen.status == "captured" and seen.refunded != amount_refunded(payment.facts, seen.payment_id):
                settling = await self._refunds(payment, seen.payment_id)
        return settling

    def _facts(self, payment: Payment, seen: ProviderPayment) -> Iterator[Fact]:
        order = payment.facts.order(seen.order_id)
        difference = difference_of(order, seen, self.provider.accepted_differences) if order else None
        fact = payment_fact(self.provider.name, seen, difference)
        if fact is not None:
            yield fact
        if seen.order_is_closed:
            yield ClosedOrder(order_id=seen.order_id)

    async def _payment_of(self, seen: ProviderPayment) -> Payment | Settled:
        payment = await self._of_order(seen.order_id) if seen.order_id else "foreign"
        if payment == "foreign":
            await self._foreign.add(self.provider.name, seen.payment_id, "foreign")
        return payment

    async def _resting(self, *provider_ids: str | None) -> Foreign | None:
        """What these are, where one of them is known not to be ours."""
        known = await self._foreign.among(self.provider.name, filter(None, provider_ids))
        return next(iter(known.values()), None)

    async def _of_order(self, order_id: str) -> Payment | Settled:
        """Our payment of the order; an order whose answer was lost is recognised by its receipt."""
        payment = await self._payments.of_order(order_id)
        if payment is not None:
            return payment
        if kind := await self._resting(order_id):
            return kind
        match await self.provider.order(order_id):
            case Yes(order):
                return await self._adopted(order)
            case No(kind="not_found"):
                return "unmatched"
            case _:
                return "unavailable"

    async def _adopted(self, order: ProviderOrder) -> Payment | Settled:
        """The payment is stored before its order is opened. Where there is none and the order bears our seal, our books
        are older than it, from a backup: its sale is read from it. What is paid on a sealed order whose sale cannot be
        known goes back. Any other order is not ours, and a case where its receipt could be."""
        payment = await self._payments.find(order.receipt) if is_id("pay", order.receipt) else None
        sale = (payment.facts.sale if payment else None) or written_sale(order, self.provider.seal_keys)
        if sale is not None and order_amount(sale, self.provider) == (order.amount, order.currency):
            return await self._recorder.record(order.receipt, sale, *order_facts(self.provider, order))
        if is_sealed(order, self.provider.seal_keys):
            log.error("the sale of an order of ours is not known", order_id=order.order_id, receipt=order.receipt)
            return await self._recorder.record(order.receipt)
        kind: Foreign = "lost" if is_id("pay", order.receipt) else "foreign"
        if kind == "lost":
            log.error("no payment here has the receipt of an order", order_id=order.order_id, receipt=order.receipt)
            await self._recorder.record(order.receipt, _unknown(self.provider.name, order))
        await self._foreign.add(self.provider.name, order.order_id, kind)
        return kind


def _unknown(provider: ProviderName, order: ProviderOrder) -> UnknownOrder:
    return UnknownOrder(provider=provider, order_id=order.order_id, amount=order.amount, currency=order.currency)


Settlements = Mapping[ProviderName, Settlement]
"""One for each provider that is on."""


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
        case "processing" | "failed" | "authorized" | "lapsed":
            came_to_nothing = seen.status in {"failed", "lapsed"}
            reason = seen.reason or seen.status if came_to_nothing else None
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


def dispute_fact(dispute: ProviderDispute) -> SeenDispute:
    """A dispute that exists at the provider."""
    return SeenDispute(
        dispute_id=dispute.dispute_id,
        capture_id=dispute.payment_id,
        amount=dispute.amount,
        currency=dispute.currency,
        status=dispute.status,
        opened_at=dispute.at,
        reason=dispute.reason,
        respond_by=dispute.respond_by,
    )
