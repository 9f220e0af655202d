"""Read what is new in the provider's lists of payments and refunds, and settle what is not in our books: lost webhooks,
second captures and refunds by hand, at a cost that follows the money."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from payment.foreign import ForeignOrders
from payment.ports import PAGE, Outcome, Provider, ProviderPayment, ProviderRefund, Yes
from payment.store import Payments
from payment.usecases.settlement import Settlement, is_recorded
from payment.watermarks import List, Watermarks

_OVERLAP = timedelta(minutes=2)
"""Entries may appear late in a list, and the provider's clock is not ours."""
T = TypeVar("T")


class Windows:
    """Reads the lists in overlapping windows of time."""

    def __init__(
        self,
        payments: Payments,
        settlement: Settlement,
        provider: Provider,
        foreign: ForeignOrders,
        watermarks: Watermarks,
    ) -> None:
        self._payments, self._settlement, self._provider = payments, settlement, provider
        self._foreign, self._watermarks = foreign, watermarks

    async def begin(self) -> None:
        """From now on, where nothing was read yet."""
        await self._watermarks.begin()

    async def run_due(self) -> None:
        """Everything that is due now."""
        await self._watermarks.run_due(self.read)

    async def read(self, which: List, until: datetime) -> bool:
        """Settle what is in the list since shortly before `until`; whether all of it could be read and settled."""
        start = until - _OVERLAP
        if which == "payments":
            return await self._each(lambda skip: self._provider.payments_since(start, skip), self._settle_payments)
        return await self._each(lambda skip: self._provider.refunds_since(start, skip), self._settle_refunds)

    async def _each(
        self,
        read: Callable[[int], Awaitable[Outcome[Sequence[T]]]],
        settle: Callable[[Sequence[T]], Awaitable[bool]],
    ) -> bool:
        whole = True
        async for page in _pages(read):
            whole = page is not None and await settle(page) and whole
        return whole

    async def _settle_payments(self, page: Sequence[ProviderPayment]) -> bool:
        ours = await self._payments.of_orders({one.order_id for one in page if one.order_id})
        foreign = await self._foreign.among({one.order_id or one.payment_id for one in page})
        new = [
            one
            for one in page
            if (one.order_id or one.payment_id) not in foreign
            and not (one.order_id in ours and is_recorded(ours[one.order_id].facts, one))
        ]
        return "later" not in [await self._settlement.listed(one) for one in new]

    async def _settle_refunds(self, page: Sequence[ProviderRefund]) -> bool:
        ours = await self._payments.of_captures({one.payment_id for one in page})
        known = {
            (made.provider_refund_id, made.outcome) for payment in ours.values() for made in payment.facts.refunds_seen
        }
        new = {one.payment_id for one in page if (one.refund_id, one.outcome) not in known}
        foreign = await self._foreign.among(new)
        return "later" not in [await self._settlement.refunds(one) for one in sorted(new - foreign.keys())]


async def _pages(read: Callable[[int], Awaitable[Outcome[Sequence[T]]]]) -> AsyncIterator[Sequence[T] | None]:
    """Page after page; None where one cannot be read."""
    for skip in count(step=PAGE):
        outcome = await read(skip)
        page = outcome.value if isinstance(outcome, Yes) else None
        yield page
        if page is None or len(page) < PAGE:
            return
