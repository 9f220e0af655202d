"""Compare a provider's books with ours, entry by entry: each capture and refund of its lists against what is stored,
round after round. What our books lack is read again and recorded; what differs even then is drift, which is a case.

A round reads the newest page, and goes on from where the one before has ended: books of some hundred entries are
compared whole each time, larger ones piece by piece, from the newest back.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from chassis.logs import logger
from payment.domain import Drift, Facts
from payment.drift import CaptureEntry, RefundEntry, drift_of_capture, drift_of_refund, lags_behind
from payment.usecases.ports import ForeignOrders, Payments, ProviderList, Watermark
from payment.usecases.provider import Provider, ProviderPayment, ProviderRefund, Yes
from payment.usecases.recording import Recorder
from payment.usecases.settlement import Settlement, Settlements

log = logger(__name__)
_PAGES = 4
"""So many pages of 100 are read in a round beside the newest."""
_AHEAD = timedelta(days=400)
"""The provider's clock may be ahead of ours by whatever it likes."""
_A_SECOND = timedelta(seconds=1)
Listed = ProviderPayment | ProviderRefund


class Comparison:
    """Reads all entries that are younger than `order_life`, a round `every` so often."""

    def __init__(
        self,
        payments: Payments,
        settlements: Settlements,
        foreign: ForeignOrders,
        recorder: Recorder,
        *,
        every: timedelta,
        order_life: timedelta,
    ) -> None:
        self._payments, self._settlements, self._foreign, self._recorder = payments, settlements, foreign, recorder
        self._every, self._order_life = every, order_life

    def lists(self) -> Iterator[ProviderList]:
        """What is read in rounds."""
        for name in self._settlements:
            yield ProviderList(name, "all_payments")
            yield ProviderList(name, "all_refunds")

    async def read(self, which: ProviderList, back_to: datetime) -> Watermark:
        """A round; the one before has read back to then, from the newest on."""
        now = datetime.now(UTC)
        settlement = self._settlements.get(which.provider)
        if settlement is not None:
            back_to = await self._round(which, settlement, back_to, now)
        return Watermark(back_to, now + self._every)

    async def _round(self, which: ProviderList, settlement: Settlement, back_to: datetime, now: datetime) -> datetime:
        """Back to when it has read. Where that is the oldest of all, the next one begins with the newest."""
        oldest, newest = now - self._order_life, now + _AHEAD
        end = back_to if oldest < back_to < now else newest
        if end is not newest:
            async for page, _ in _pages(which, settlement.provider, oldest, newest, most=1):
                await self._compare(settlement, page)
        reached, is_end = end, False
        async for page, is_last in _pages(which, settlement.provider, oldest, end, most=_PAGES):
            await self._compare(settlement, page)
            reached, is_end = min([reached, *(entry.at for entry in page)]), is_last
        if is_end:
            return oldest
        return reached if reached < end else end - _A_SECOND

    async def _compare(self, settlement: Settlement, page: Sequence[Listed]) -> None:
        entries = [entry for entry in page if not isinstance(entry, ProviderPayment) or entry.status == "captured"]
        books = await self._payments.books_of({entry.payment_id for entry in entries})
        unknown = {_key(entry): entry for entry in entries if entry.payment_id not in books}
        foreign = await self._foreign.among(settlement.provider.name, unknown)
        for key, entry in unknown.items():
            if key not in foreign:
                await _settle(settlement, entry)
        for entry in entries:
            facts = books.get(entry.payment_id)
            if facts is not None and not _agrees(facts, entry):
                await self._look_again(settlement, entry)
            elif facts is not None and facts.drifts:
                await self._review(entry)

    async def _review(self, entry: Listed) -> None:
        """What has differed before may have been corrected by hand; that raises no version, and is read anew."""
        payment = await self._payments.of_capture(entry.payment_id)
        if payment is not None and any(case.open for case in payment.cases if case.kind == "drift"):
            await self._recorder.review(payment.facts.payment_id)

    async def _look_again(self, settlement: Settlement, entry: Listed) -> None:
        """Mend what can be mended, and record what differs still, unless the payment was changed meanwhile."""
        await settlement.reread_refunds(entry.payment_id)
        before = await self._payments.of_capture(entry.payment_id)
        drifts = await _drifts(settlement.provider, entry, before.facts) if before else []
        if before is None or not drifts:
            return
        after = await self._payments.of_capture(entry.payment_id)
        if after is None or after.version != before.version:
            return
        new = [drift for drift in drifts if drift not in after.facts.drifts]
        if new:
            log.error(
                "the provider's books differ from ours",
                payment_id=after.facts.payment_id,
                differences=[drift.model_dump() for drift in new],
            )
            await self._recorder.record(after.facts.payment_id, *new)


async def _settle(settlement: Settlement, entry: Listed) -> None:
    if isinstance(entry, ProviderPayment):
        await settlement.settle_listed(entry)
    else:
        await settlement.reread_refunds(entry.payment_id)


def _key(entry: Listed) -> str:
    """Under which of the provider's ids it is known not to be ours."""
    return (entry.order_id if isinstance(entry, ProviderPayment) else "") or entry.payment_id


def _agrees(facts: Facts, entry: Listed) -> bool:
    if isinstance(entry, ProviderPayment):
        return not any(drift_of_capture(facts, _capture(entry)))
    return not lags_behind(facts, _refund(entry)) and not any(drift_of_refund(facts, _refund(entry)))


async def _drifts(provider: Provider, entry: Listed, facts: Facts) -> list[Drift]:
    """How our books differ from the provider's as they are now; nothing where it cannot be asked."""
    if isinstance(entry, ProviderPayment):
        payment = await provider.payment(entry.payment_id)
        return list(drift_of_capture(facts, _capture(payment.value))) if isinstance(payment, Yes) else []
    return list(drift_of_refund(facts, _refund(entry)))


def _capture(seen: ProviderPayment) -> CaptureEntry:
    return CaptureEntry(seen.payment_id, seen.amount, seen.currency, seen.refunded)


def _refund(seen: ProviderRefund) -> RefundEntry:
    return RefundEntry(seen.refund_id, seen.payment_id, seen.amount, seen.currency, seen.outcome)


async def _pages(
    which: ProviderList, provider: Provider, start: datetime, end: datetime, *, most: int
) -> AsyncIterator[tuple[Sequence[Listed], bool]]:
    """Page after page from the newest on, and whether it is the last; fewer where one cannot be read."""
    cursor: str | None = None
    for _ in range(most):
        read = provider.payments_between if which.kind == "all_payments" else provider.refunds_between
        outcome = await read(start, end, cursor)
        if not isinstance(outcome, Yes):
            return
        cursor = outcome.value.next
        yield outcome.value.items, cursor is None
        if cursor is None:
            return
