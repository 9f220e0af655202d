"""Settle what a page says was paid, while a guest waits for it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from contracts.sale import Sale
from payment.errors import BookingNotFound, InvalidSignature, ProviderError
from payment.payment import Payment
from payment.usecases.ports import Payments
from payment.usecases.settlement import Settlement, Settlements

_TIMEOUT_SECONDS = 2.5


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is known of a payment after the provider was asked about `attempt_id`, a payment there; `provider_answered`:
    whether it said anything of it in time."""

    payment: Payment
    sale: Sale
    attempt_id: str
    provider_answered: bool


class Confirmations:
    """Settles by what providers' checkouts hand to pages."""

    def __init__(self, payments: Payments, settlements: Settlements) -> None:
        self._payments, self._settlements = payments, settlements

    async def confirm(self, order_id: str, proof: Mapping[str, str], user_id: str) -> Confirmation:
        """The order's provider reads the proof and is asked about the payment that it names, for 2.5 s at most.

        Raises `BookingNotFound` for an order that is not the user's, `InvalidSignature` for a proof that does not fit,
        and `ProviderError` where the provider is not on here.
        """
        payment = await self._payments.of_order(order_id)
        sale = payment.sale_of(user_id) if payment else None
        order = payment.facts.order(order_id) if payment else None
        if payment is None or sale is None or order is None:
            raise BookingNotFound("no such order")
        settlement = self._settlements.get(order.provider)
        if settlement is None:
            raise ProviderError("the provider of this order is not on")
        attempt_id = settlement.provider.proven_payment(order, proof)
        if attempt_id is None:
            raise InvalidSignature("the signature does not fit the order")
        provider_answered = await _settled_in_time(settlement, payment, attempt_id)
        newest = await self._payments.find(payment.facts.payment_id) or payment
        return Confirmation(newest, sale, attempt_id, provider_answered)


async def _settled_in_time(settlement: Settlement, payment: Payment, attempt_id: str) -> bool:
    """Whether the provider told of the attempt, now or before. What is not finished in time is left to due work."""
    if attempt_id in [capture.capture_id for capture in payment.facts.captures]:
        return True
    with suppress(TimeoutError):
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            return await settlement.settle_payment(attempt_id) != "unavailable"
    return False
