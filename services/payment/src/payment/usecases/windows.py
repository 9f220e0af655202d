"""Read what is in providers' lists of payments and refunds, and settle what is not in our books: lost webhooks, second
captures, late authorisations and refunds by hand, at a cost that follows the money.

Each list is read as its entries come, in windows of time that overlap, and again when they are older: a payment that
failed may still be authorized and captured, days later, and a refund may still fail.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from chassis.logs import logger
from payment import metrics
from payment.usecases.comparison import Comparison
from payment.usecases.ports import ForeignOrders, ListKind, Payments, ProviderList, Watermark, Watermarks
from payment.usecases.provider import Outcome, Page, ProviderDispute, ProviderPayment, ProviderRefund, Yes
from payment.usecases.recorded import has_listed
from payment.usecases.settlement import Settlement, Settlements

log = logger(__name__)
_OVERLAP = timedelta(minutes=2)
"""Entries may appear late in a list, and the provider's clock may be that much behind ours or ahead of it."""
_LONGEST = timedelta(hours=1)
"""After a standstill no window is longer: one that fails is read again from its start."""
_HELD_BACK = timedelta(hours=6)
"""So long an entry that cannot be settled holds a list back: without an end ever more would be read again."""
_NOW = timedelta(0)
_FIRST_AGE, _AGE_STEP = timedelta(minutes=5), 4
_KINDS: tuple[ListKind, ...] = ("payments", "refunds", "disputes")
T = TypeVar("T")
_Read = Callable[[datetime, datetime, str | None], Awaitable[Outcome[Page[T]]]]
_Settle = Callable[[Settlement, Sequence[T]], Awaitable[bool]]
_Result = Literal["whole", "unsettled", "unread"]
"""Of a window: all is settled, some entry could not be, or some page could not be read."""


class Windows:
    """Reads the lists in windows of time.

    `every`: so long after one window of new entries the next is read. `order_life`: nothing is expected any more of
    entries so old.
    """

    def __init__(
        self,
        payments: Payments,
        settlements: Settlements,
        foreign: ForeignOrders,
        watermarks: Watermarks,
        comparison: Comparison,
        *,
        every: timedelta,
        order_life: timedelta,
    ) -> None:
        self._payments, self._settlements = payments, settlements
        self._foreign, self._watermarks, self._comparison = foreign, watermarks, comparison
        self._every, self._ages = every, (_NOW, *_ages(order_life))

    async def begin(self) -> None:
        """From now on, where nothing was read yet."""
        now = datetime.now(UTC)
        lists = (
            ProviderList(name, kind, age)
            for name in self._settlements
            for kind in _KINDS
            for age in (self._ages if kind != "disputes" else (_NOW,))  # an open dispute is looked at by itself
        )
        await self._watermarks.begin({which: Watermark(now - which.age, now + self._pause(which)) for which in lists})
        await self._watermarks.begin(
            {which: Watermark(now - self._ages[-1], now + self._every) for which in self._comparison.lists()}
        )

    async def run_due(self) -> None:
        """Everything that is due now."""
        await self._watermarks.run_due(self.read)

    async def read(self, which: ProviderList, until: datetime) -> Watermark:
        """Settle what is new in a list that was read `until` then. Up to the first window that could not be read and
        settled whole the watermark moves; those behind it are read even so."""
        now = datetime.now(UTC)
        settlement = self._settlements.get(which.provider)
        if which.kind in {"all_payments", "all_refunds"}:
            return await self._comparison.read(which, until)
        if settlement is not None:
            until = await self._read_on(which, settlement, until, now - which.age)
        if which.age == _NOW:
            metrics.LIST_LAG.labels(which.provider, which.kind).set((now - until).total_seconds())
        return Watermark(until, now + self._pause(which))

    async def _read_on(
        self, which: ProviderList, settlement: Settlement, until: datetime, newest: datetime
    ) -> datetime:
        """Read window after window; up to when all of them were whole, or an entry that cannot be settled has held them
        back for long enough: the next age reads it again. A provider that cannot be asked is asked for the newest one
        alone, not for each."""
        overlap, start, is_whole_so_far = _NOW if which.age else _OVERLAP, until, True
        while start < newest:
            end = min(newest, start + _LONGEST)
            result = await self._read(which, settlement, start - overlap, end + overlap)
            is_given_up = result == "unsettled" and end <= newest - _HELD_BACK
            if is_given_up and is_whole_so_far:
                log.error(
                    "an entry of a provider's list cannot be settled",
                    provider=which.provider,
                    kind=which.kind,
                    since=start.isoformat(),
                    until=end.isoformat(),
                    age=str(which.age),
                )
            is_whole_so_far = is_whole_so_far and (result == "whole" or is_given_up)
            until = end if is_whole_so_far else until
            start = max(end, newest - _LONGEST) if result == "unread" else end
        return until

    def _pause(self, which: ProviderList) -> timedelta:
        return max(self._every, min(which.age / _AGE_STEP, _LONGEST))

    async def _read(self, which: ProviderList, settlement: Settlement, start: datetime, end: datetime) -> _Result:
        provider = settlement.provider
        if which.kind == "payments":
            return await _each(provider.payments_between, self._settle_payments, settlement, start, end)
        if which.kind == "disputes":
            return await _each(provider.disputes_between, self._settle_disputes, settlement, start, end)
        return await _each(provider.refunds_between, self._settle_refunds, settlement, start, end)

    async def _settle_payments(self, settlement: Settlement, page: Sequence[ProviderPayment]) -> bool:
        unknown = [seen for seen in page if not self._is_remembered(seen)]
        ours = await self._payments.of_orders({seen.order_id for seen in unknown if seen.order_id})
        others = {_key(seen) for seen in unknown if seen.order_id not in ours}
        foreign = await self._foreign.among(settlement.provider.name, others)
        new = [
            seen
            for seen in unknown
            if _key(seen) not in foreign and not (seen.order_id in ours and has_listed(ours[seen.order_id].facts, seen))
        ]
        return "unavailable" not in [await settlement.settle_listed(seen) for seen in new]

    def _is_remembered(self, seen: ProviderPayment) -> bool:
        payment = self._payments.remembered(seen.order_id)
        return payment is not None and has_listed(payment.facts, seen)

    async def _settle_refunds(self, settlement: Settlement, page: Sequence[ProviderRefund]) -> bool:
        ours = await self._payments.of_captures({seen.payment_id for seen in page})
        known = {
            (seen.provider_refund_id, seen.outcome) for payment in ours.values() for seen in payment.facts.refunds_seen
        }
        new = {seen.payment_id for seen in page if (seen.refund_id, seen.outcome) not in known}
        foreign = await self._foreign.among(settlement.provider.name, new - ours.keys())
        settled = [await settlement.reread_refunds(payment_id) for payment_id in sorted(new - foreign.keys())]
        return "unavailable" not in settled

    async def _settle_disputes(self, settlement: Settlement, page: Sequence[ProviderDispute]) -> bool:
        ours = await self._payments.of_captures({seen.payment_id for seen in page})
        known = {(seen.dispute_id, seen.status) for payment in ours.values() for seen in payment.facts.disputes}
        new = [seen for seen in page if (seen.dispute_id, seen.status) not in known]
        foreign = await self._foreign.among(settlement.provider.name, {seen.payment_id for seen in new} - ours.keys())
        settled = [await settlement.settle_dispute(seen) for seen in new if seen.payment_id not in foreign]
        return "unavailable" not in settled


def _ages(order_life: timedelta) -> Iterator[timedelta]:
    """How old entries are when they are read again: each age is four times the one before."""
    age = _FIRST_AGE
    while age < order_life:
        yield age
        age *= _AGE_STEP
    yield order_life


def _key(seen: ProviderPayment) -> str:
    """Under which of the provider's ids it is known not to be ours."""
    return seen.order_id or seen.payment_id


async def _each(read: _Read[T], settle: _Settle[T], settlement: Settlement, start: datetime, end: datetime) -> _Result:
    """Settle page after page."""
    result: _Result = "whole"
    async for page in _pages(read, start, end):
        if page is None:
            return "unread"
        if not await settle(settlement, page):
            result = "unsettled"
    return result


async def _pages(read: _Read[T], start: datetime, end: datetime) -> AsyncIterator[Sequence[T] | None]:
    """Page after page; None where one cannot be read."""
    cursor: str | None = None
    while True:
        outcome = await read(start, end, cursor)
        if not isinstance(outcome, Yes):
            yield None
            return
        yield outcome.value.items
        cursor = outcome.value.next
        if cursor is None:
            return
