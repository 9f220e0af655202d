"""Settle what a page says was paid, while a guest waits for it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.auth import Caller
from contracts.sale import Sale
from payment.domain import Facts
from payment.errors import BookingNotFound, InvalidSignature, ProviderError
from payment.payment import Payment
from payment.usecases.ports import Payments
from payment.usecases.recorded import has_capture
from payment.usecases.settlement import Settlement, Settlements, Settling

_TIMEOUT_SECONDS = 2.5


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is known of a payment after the provider was asked about `attempt_id`, a payment there;
    `provider_answered`: whether it said anything of it in time, or before."""

    payment: Payment
    sale: Sale
    attempt_id: str
    provider_answered: bool


class Confirmations:
    """Settles by what providers' checkouts hand to pages."""

    def __init__(self, payments: Payments, settlements: Settlements) -> None:
        self._payments, self._settlements = payments, settlements

    async def confirm(self, order_id: str, proof: Mapping[str, str], caller: Caller) -> Confirmation:
        """The order's provider reads the proof and is asked about the payment that it names, for 2.5 s at most.

        Raises `BookingNotFound` for an order that is not the caller's, `InvalidSignature` for a proof that does not
        fit, and `ProviderError` where the provider is not on here.
        """
        payment = self._payments.remembered(order_id) or await self._payments.of_order(order_id)
        sale = payment.sale_of(caller.owns) if payment else None
        order = payment.facts.order(order_id) if payment else None
        if payment is None or sale is None or order is None:
            raise BookingNotFound("no such order")
        settlement = self._settlements.get(order.provider)
        if settlement is None:
            raise ProviderError("the provider of this order is not on")
        attempt_id = settlement.provider.proven_payment(order, proof)
        if attempt_id is None:
            raise InvalidSignature("the signature does not fit the order")
        if has_capture(payment.facts, attempt_id):
            return Confirmation(payment, sale, attempt_id, provider_answered=True)
        settling = await self._settled_in_time(settlement, order_id, attempt_id)
        return Confirmation(settling.payment or payment, sale, attempt_id, settling.settled != "unavailable")

    async def _settled_in_time(self, settlement: Settlement, order_id: str, attempt_id: str) -> Settling:
        """What is not finished in time goes on by itself, or is left to due work."""

        def is_captured(facts: Facts) -> bool:
            return has_capture(facts, attempt_id)

        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                return await settlement.settle_payment(attempt_id, order_id, is_captured)
        except TimeoutError:
            return Settling("unavailable", await self._payments.of_order(order_id))
