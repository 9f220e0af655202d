"""Open the one order of a hold at the provider, however many ask and whatever the provider's answers do."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from uuid_utils import uuid7

from chassis.logs import logger
from chassis.problems import Problem
from contracts.sale import Sale
from payment.amounts import least_amount, payable
from payment.domain import Order, free_capture
from payment.errors import AmountNotPayable, HoldExpired, HoldSold, ProviderError
from payment.ports import No, Outcome, Provider, ProviderOrder, Unknown, Yes
from payment.store import Payment, Payments

log = logger(__name__)
_LEASE = timedelta(seconds=25)
_OPEN_TIMEOUT_SECONDS = 11.0
_POLL_SECONDS = 0.05


class Orders:
    """Opens orders."""

    def __init__(self, payments: Payments, provider: Provider) -> None:
        self._payments, self._provider = payments, provider

    async def open(self, sale: Sale) -> Payment:
        """The payment of the sale with its open order, or with its free capture where it costs nothing; raises
        `ProviderError`, `HoldSold`, `HoldExpired`, and `AmountNotPayable`."""
        if sale.quote.total == 0:
            return await self._payments.record(sale.payment_id, sale, free_capture(sale, datetime.now(UTC)))
        _check_payable(sale)
        me = str(uuid7())
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT_SECONDS):
                while True:
                    payment = await self._payments.claim_opening(sale, me, _LEASE)
                    if payment.facts.orders:
                        return _still_open(payment)
                    if payment.opening is not None and payment.opening.by == me:
                        break
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise ProviderError("the provider takes too long to open the order") from None
        return await self._opened(sale, me, doubt=payment.opening.doubt)

    async def _opened(self, sale: Sale, me: str, *, doubt: bool) -> Payment:
        problem: Problem
        match await self._ask(sale, doubt=doubt):
            case Yes(order):
                return await self._payments.record(sale.payment_id, self._fact(order))
            case No(detail, field="amount"):
                await self._payments.end_opening(sale.payment_id, me, asked=False)
                problem = AmountNotPayable("the provider does not take this amount")
            case No(detail):
                await self._payments.end_opening(sale.payment_id, me, asked=False)
                problem = ProviderError("the provider did not open an order")
            case Unknown(detail):
                await self._payments.end_opening(sale.payment_id, me, asked=True)
                problem = ProviderError("it is not known yet whether the provider opened an order: try again")
        log.warning("order not opened", payment_id=sale.payment_id, detail=detail)
        raise problem

    async def _ask(self, sale: Sale, *, doubt: bool) -> Outcome[ProviderOrder]:
        """Look first when in doubt, ask, and look again when the answer was lost."""
        if doubt:
            found = await self._find(sale)
            if not isinstance(found, Yes):
                return Unknown(found.detail)
            if found.value:
                return Yes(found.value[0])
        notes = {
            "payment_id": sale.payment_id,
            "booking_id": sale.booking_id,
            "hold_id": sale.hold_id,
            "showtime_id": sale.showtime_id,
        }
        outcome = await self._provider.open_order(sale.payment_id, *asked_for(sale), notes)
        if isinstance(outcome, Unknown):
            found = await self._find(sale)
            if isinstance(found, Yes) and found.value:
                return Yes(found.value[0])
        return outcome

    async def _find(self, sale: Sale) -> Outcome[Sequence[ProviderOrder]]:
        """Orders of this sale that exist at the provider, the oldest first. The receipt is the payment's id."""
        outcome = await self._provider.orders_of(sale.payment_id)
        if not isinstance(outcome, Yes):
            return outcome
        found = [order for order in outcome.value if (order.amount, order.currency) == asked_for(sale)]
        return Yes(sorted(found, key=lambda order: order.created_at))

    def _fact(self, order: ProviderOrder) -> Order:
        return order_fact(self._provider, order)


def asked_for(sale: Sale) -> tuple[int, str]:
    """Amount and currency of a sale's order."""
    return payable(sale.quote.total, sale.quote.currency), sale.quote.currency


def _check_payable(sale: Sale) -> None:
    (amount, currency), least = asked_for(sale), least_amount(sale.quote.currency)
    if amount < least:
        raise AmountNotPayable(
            f"{amount} minor units of {currency} are less than the {least} a payment has", least=least
        )


def order_fact(provider: Provider, order: ProviderOrder) -> Order:
    """An order of ours, as a fact."""
    return Order(
        provider=provider.name,
        order_id=order.order_id,
        receipt=order.receipt,
        amount=order.amount,
        currency=order.currency,
        created_at=order.created_at,
    )


def _still_open(payment: Payment) -> Payment:
    """An order that was paid is closed, whether or not its money went back."""
    winner = payment.facts.winner
    if winner is None:
        return payment
    if any(ask.capture_id == winner.capture_id for ask in payment.facts.refund_requests):
        raise HoldExpired("this hold was paid for and the money went back")
    raise HoldSold("this hold is paid for")
