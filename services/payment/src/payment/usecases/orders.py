"""Open the one open order of a hold at a provider, however many ask and whatever the provider's answers do."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from uuid_utils import uuid7

from chassis.auth import Caller
from chassis.logs import logger
from chassis.problems import Problem
from contracts.ids import HoldId, is_id, payment_of
from contracts.sale import Sale
from payment.domain import ClosedOrder, Order, ProviderName
from payment.errors import (
    AmountNotPayable,
    ContactRequired,
    HoldExpired,
    HoldNotFound,
    HoldSold,
    ProviderError,
    ProviderNotOffered,
)
from payment.payment import OrderOpening, Payment
from payment.record import free_capture
from payment.usecases.ports import Contacts, Holds, Payments
from payment.usecases.provider import No, Outcome, Provider, ProviderOrder, Providers, Unknown, Yes
from payment.usecases.recording import Recorder
from payment.usecases.written import written

log = logger(__name__)
_LEASE = timedelta(seconds=25)
_OPEN_TIMEOUT_SECONDS = 11.0
_POLL_SECONDS = 0.05
_MAXIMUM_OF_CLOSED = 3
"""Of so many orders one after the other it is found out that each is closed by now; a caller then asks again."""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """The open order of a sale and what a page needs to have it paid; without them the sale cost nothing."""

    sale: Sale
    order: Order | None = None
    page_values: Mapping[str, str] = field(default_factory=dict)


class Orders:
    """Opens orders."""

    def __init__(
        self, payments: Payments, recorder: Recorder, holds: Holds, contacts: Contacts, providers: Providers
    ) -> None:
        self._payments, self._recorder, self._providers = payments, recorder, providers
        self._holds, self._contacts = holds, contacts

    async def open(self, hold_id: str, caller: Caller, provider_name: ProviderName) -> OpenOrder:
        """The open order of a hold of the caller; one that costs nothing is booked at once.

        A repeat gives the same answer: of a hold that cost nothing even when its seats are sold or refused by now.
        Raises seating's problems, `ContactRequired` for a guest who has not said where the ticket goes,
        `ProviderNotOffered`, `ProviderError`, `HoldSold`, `HoldExpired`, and
        `AmountNotPayable`.
        """
        if not is_id("hld", hold_id):
            raise HoldNotFound("no such hold")
        provider = self._providers.get(provider_name)
        if provider is None:
            raise ProviderNotOffered("this provider is not offered here")
        if caller.guest and not await self._contacts.has_contact(caller.token):
            raise ContactRequired("say where the ticket goes first: an e-mail address, or a phone that is verified")
        try:
            sale = await self._holds.checkout(hold_id, caller.token)
        except Problem:
            booked = await self._booked_free(hold_id, caller)
            if booked is None:
                raise
            return OpenOrder(booked)
        if not caller.owns(sale.user_id):
            raise HoldNotFound("no such hold")
        return await self.of_sale(sale, provider)

    async def of_sale(self, sale: Sale, provider: Provider) -> OpenOrder:
        """The open order of a sale at the provider."""
        if sale.quote.total == 0:
            await self._recorder.record(sale.payment_id, sale, free_capture(sale, datetime.now(UTC)))
            return OpenOrder(sale)
        _check_payable(sale, provider)
        for _ in range(_MAXIMUM_OF_CLOSED):
            order = await self._order(sale, provider)
            match await provider.page_values(order):
                case Yes(values):
                    return OpenOrder(sale, order, values)
                case No(kind="closed"):
                    await self._recorder.record(sale.payment_id, ClosedOrder(order_id=order.order_id))
                case No(detail) | Unknown(detail):
                    log.warning("open order not read", payment_id=sale.payment_id, detail=detail)
                    break
        raise ProviderError("the provider does not say how its order is paid: try again")

    async def _booked_free(self, hold_id: str, caller: Caller) -> Sale | None:
        payment = await self._payments.find(payment_of(HoldId(hold_id)))
        return payment.sale_of(caller.owns) if payment and payment.is_free else None

    async def _order(self, sale: Sale, provider: Provider) -> Order:
        """Of many who ask at once one asks the provider, and the others wait for its order."""
        me = str(uuid7())
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT_SECONDS):
                while True:
                    payment = await self._recorder.take_opening(sale, provider.name, me, _LEASE)
                    check_unpaid(payment)
                    order, opening = payment.facts.order_at(provider.name), payment.opening_at(provider.name)
                    if order is not None:
                        return order
                    if opening is not None and opening.by == me:
                        break
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise ProviderError("the provider takes too long to open the order") from None
        return await self._opened(sale, provider, opening)

    async def _opened(self, sale: Sale, provider: Provider, opening: OrderOpening) -> Order:
        problem: Problem
        is_asked = False
        match await _asked_for_order(sale, provider, opening):
            case Yes(opened):
                order = order_fact(provider, opened)
                await self._recorder.record(sale.payment_id, order)
                return order
            case No(detail, field="amount"):
                problem = AmountNotPayable("the provider does not take this amount")
            case No(detail):
                problem = ProviderError("the provider did not open an order")
            case Unknown(detail):
                is_asked = True
                problem = ProviderError("it is not known yet whether the provider opened an order: try again")
        await self._recorder.end_opening(sale.payment_id, provider.name, opening.by, provider_asked=is_asked)
        log.warning("order not opened", payment_id=sale.payment_id, provider=provider.name, detail=detail)
        raise problem


async def _asked_for_order(sale: Sale, provider: Provider, opening: OrderOpening) -> Outcome[ProviderOrder]:
    """Look first when in doubt, ask, and look again when the answer was lost."""
    if opening.in_doubt:
        orders = await _open_orders_at(provider, sale)
        if not isinstance(orders, Yes):
            return Unknown(orders.detail)
        if orders.value:
            return Yes(orders.value[0])
    notes = {
        "payment_id": sale.payment_id,
        "booking_id": sale.booking_id,
        "hold_id": sale.hold_id,
        "showtime_id": sale.showtime_id,
    }
    notes |= written(sale, provider.seal_keys[0])
    outcome = await provider.open_order(sale.payment_id, opening.number, *order_amount(sale, provider), notes)
    if isinstance(outcome, Unknown):
        orders = await _open_orders_at(provider, sale)
        if isinstance(orders, Yes) and orders.value:
            return Yes(orders.value[0])
    return outcome


async def _open_orders_at(provider: Provider, sale: Sale) -> Outcome[Sequence[ProviderOrder]]:
    """Orders of this sale that are open at the provider, the oldest first. The receipt is the payment's id."""
    outcome = await provider.orders_of(sale.payment_id)
    if not isinstance(outcome, Yes):
        return outcome
    fitting = (order for order in outcome.value if (order.amount, order.currency) == order_amount(sale, provider))
    orders = [order for order in fitting if not order.is_closed]
    return Yes(sorted(orders, key=lambda order: order.created_at))


def order_amount(sale: Sale, provider: Provider) -> tuple[int, str]:
    """Amount, in minor units, and currency of a sale's order at the provider."""
    return provider.payable(sale.quote.total, sale.quote.currency), sale.quote.currency


def _check_payable(sale: Sale, provider: Provider) -> None:
    (amount, currency), least = order_amount(sale, provider), provider.least_amount(sale.quote.currency)
    if amount < least:
        raise AmountNotPayable(
            f"{amount} minor units of {currency} are less than the {least} a payment has", least=least
        )


def order_facts(provider: Provider, order: ProviderOrder) -> Iterator[Order | ClosedOrder]:
    """An order of ours, and that it is closed where it is."""
    yield order_fact(provider, order)
    if order.is_closed:
        yield ClosedOrder(order_id=order.order_id)


def order_fact(provider: Provider, order: ProviderOrder) -> Order:
    """An order of ours, as a fact."""
    return Order(
        provider=provider.name,
        order_id=order.order_id,
        receipt=order.receipt,
        amount=order.amount,
        currency=order.currency,
        created_at=order.created_at,
        cancellable=provider.closes_orders,
    )


def check_unpaid(payment: Payment) -> None:
    """A hold that was paid is never to be paid again, whether or not its money went back: raises `HoldSold` or
    `HoldExpired`."""
    winner = payment.facts.winner
    if winner is None:
        return
    if any(request.capture_id == winner.capture_id for request in payment.facts.refund_requests):
        raise HoldExpired("this hold was paid for and the money went back")
    raise HoldSold("this hold is paid for")
