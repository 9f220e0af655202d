"""Read what is new in providers' lists of payments and refunds, and settle what is not in our books: lost webhooks,
second captures and refunds by hand, at a cost that follows the money."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from payment.usecases.ports import ForeignOrders, Payments, ProviderList, Watermarks
from payment.usecases.provider import Outcome, Page, ProviderPayment, ProviderRefund, Yes
from payment.usecases.settlement import Settlement, Settlements, is_recorded

_OVERLAP = timedelta(minutes=2)
"""Entries may appear late in a list, and the provider's clock is not ours."""
T = TypeVar("T")
_Read = Callable[[datetime, str | None], Awaitable[Outcome[Page[T]]]]
_Settle = Callable[[Settlement, Sequence[T]], Awaitable[bool]]


class Windows:
    """Reads the lists in overlapping windows of time."""

    def __init__(
        self, payments: Payments, settlements: Settlements, foreign: ForeignOrders, watermarks: Watermarks
    ) -> None:
        self._payments, self._settlements = payments, settlements
        self._foreign, self._watermarks = foreign, watermarks

    async def begin(self) -> None:
        """From now on, where nothing was read yet."""
        for provider in self._settlements:
            await self._watermarks.begin([ProviderList(provider, "payments"), ProviderList(provider, "refunds")])

    async def run_due(self) -> None:
        """Everything that is due now."""
        await self._watermarks.run_due(self.read)

    async def read(self, which: ProviderList, until: datetime) -> bool:
        """Settle what is in the list since shortly before `until`; whether all of it could be read and settled."""
        settlement = self._settlements.get(which.provider)
        if settlement is None:
            return False
        start = until - _OVERLAP
        if which.kind == "payments":
            return await _each(settlement.provider.payments_since, self._settle_payments, settlement, start)
        return await _each(settlement.provider.refunds_since, self._settle_refunds, settlement, start)

    async def _settle_payments(self, settlement: Settlement, page: Sequence[ProviderPayment]) -> bool:
        ours = await self._payments.of_orders({seen.order_id for seen in page if seen.order_id})
        foreign = await self._foreign.among(settlement.provider.name, {_key(seen) for seen in page})
        new = [
            seen
            for seen in page
            if _key(seen) not in foreign
            and not (seen.order_id in ours and is_recorded(ours[seen.order_id].facts, seen))
        ]
        return "unavailable" not in [await settlement.settle_listed(seen) for seen in new]

    async def _settle_refunds(self, settlement: Settlement, page: Sequence[ProviderRefund]) -> bool:
        ours = await self._payments.of_captures({seen.payment_id for seen in page})
        known = {
            (seen.provider_refund_id, seen.outcome) for payment in ours.values() for seen in payment.facts.refunds_seen
        }
        new = {seen.payment_id for seen in page if (seen.refund_id, seen.outcome) not in known}
        foreign = await self._foreign.among(settlement.provider.name, new)
        return "unavailable" not in [
            await settlement.settle_refunds(payment_id) for payment_id in sorted(new - foreign.keys())
        ]


def _key(seen: ProviderPayment) -> str:
    """Under which of the provider's ids it is known not to be ours."""
    return seen.order_id or seen.payment_id


async def _each(read: _Read[T], settle: _Settle[T], settlement: Settlement, start: datetime) -> bool:
    """Settle page after page; whether all could be read and settled."""
    whole = True
    async for page in _pages(read, start):
        whole = page is not None and await settle(settlement, page) and whole
    return whole


async def _pages(read: _Read[T], start: datetime) -> AsyncIterator[Sequence[T] | None]:
    """Page after page; None where one cannot be read."""
    cursor: str | None = None
    while True:
        outcome = await read(start, cursor)
        if not isinstance(outcome, Yes):
            yield None
            return
        yield outcome.value.items
        cursor = outcome.value.next
        if cursor is None:
            return
