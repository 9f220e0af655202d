"""Due work of payments: poll orders that are not paid, close those whose hold has ended, announce what booking has not
decided, make refunds."""

import asyncio
from datetime import UTC, datetime, timedelta

from payment import metrics
from payment.advance import ANNOUNCE, CANCEL, DISPUTE, POLL, REFUND, WATCH
from payment.domain import Facts, Overdue, PollingEnded
from payment.payment import Payment
from payment.schedule import RetryIntervals, ScheduledTask, due_tasks
from payment.usecases.closing import Closing
from payment.usecases.ports import Payments
from payment.usecases.recording import Recorder
from payment.usecases.refunds import Refunds
from payment.usecases.settlement import Settlements
from payment.waits import WITHOUT_ANSWER


class Reconciler:
    """Does what the schedule of each payment says.

    `lease`: a task is nobody else's for so long. `order_life`: nothing is expected any more of orders so old.
    `overdue`: booking's answer is a case after so long.
    """

    def __init__(
        self,
        payments: Payments,
        recorder: Recorder,
        settlements: Settlements,
        intervals: RetryIntervals,
        *,
        refunds: Refunds,
        closing: Closing,
        lease: timedelta,
        order_life: timedelta,
        overdue: timedelta,
    ) -> None:
        self._payments, self._recorder, self._settlements, self._refunds = payments, recorder, settlements, refunds
        self._closing, self._intervals = closing, intervals
        self._lease, self._order_life, self._overdue = lease, order_life, overdue

    async def run_due(self) -> None:
        """Everything that is due now."""
        await self._payments.run_due(self._work, lease=self._lease)

    async def measure(self) -> None:
        """Bring the metrics up to date."""
        since = datetime.now(UTC) - WITHOUT_ANSWER
        metrics.WITHOUT_ANSWER.set(await self._payments.count_waiting(since))
        metrics.show_open_cases(await self._payments.open_cases())

    async def _work(self, payment: Payment) -> None:
        for entry in due_tasks(payment.schedule, datetime.now(UTC)):
            until = datetime.now(UTC) + self._lease
            begun = await self._recorder.begin(payment.facts.payment_id, entry.task, until)
            if begun is not None:
                await self._perform(payment, begun)

    async def _perform(self, payment: Payment, entry: ScheduledTask) -> None:
        payment_id = payment.facts.payment_id
        if entry.task == POLL:
            await self._poll(payment, entry)
        elif entry.task == ANNOUNCE:
            await self._announce(payment, entry)
        elif entry.task.startswith(CANCEL):
            await self._closing.close(payment_id, entry)
        elif entry.task.startswith(REFUND):
            await self._refunds.make(payment_id, entry)
        elif entry.task.startswith(WATCH):
            await self._refunds.watch(payment_id, entry)
        elif entry.task.startswith(DISPUTE):
            await self._look_at_dispute(payment, entry)

    async def _poll(self, payment: Payment, entry: ScheduledTask) -> None:
        """Settle its orders at those providers that are on, until it is paid, or nothing is under way there and its
        hold ends before the next look: what comes later is found in the providers' lists."""
        orders = payment.facts.orders
        on = [(self._settlements[order.provider], order) for order in orders if order.provider in self._settlements]
        settlings = await asyncio.gather(
            *(settlement.settle_order(order.order_id, _is_paid) for settlement, order in on)
        )
        if any(settling.payment and _is_paid(settling.payment.facts) for settling in settlings):
            return
        is_under_way = len(on) < len(orders) or not {"waiting", "unavailable"}.isdisjoint(
            settling.settled for settling in settlings
        )
        next_at = datetime.now(UTC) + self._pause(entry, is_under_way=is_under_way)
        if next_at > self._expected_until(payment.facts, is_under_way=is_under_way):
            await self._recorder.record(payment.facts.payment_id, PollingEnded())
        else:
            await self._recorder.record(payment.facts.payment_id, moved={POLL: next_at})

    async def _look_at_dispute(self, payment: Payment, entry: ScheduledTask) -> None:
        """See whether the bank has decided; its webhook may be lost."""
        dispute_id = entry.task.removeprefix(DISPUTE)
        seen = next((seen for seen in payment.facts.disputes if seen.dispute_id == dispute_id), None)
        settlement = self._settlements.get(payment.facts.provider_of(seen.capture_id) or "") if seen else None
        if settlement is not None:
            await settlement.reread_dispute(dispute_id)
        next_at = datetime.now(UTC) + self._intervals.after(entry.task, entry.tries)
        await self._recorder.record(payment.facts.payment_id, moved={entry.task: next_at})

    def _pause(self, entry: ScheduledTask, *, is_under_way: bool) -> timedelta:
        pause = self._intervals.after(POLL, entry.tries)
        return min(pause, self._intervals.after(WATCH, entry.tries)) if is_under_way else pause

    def _expected_until(self, facts: Facts, *, is_under_way: bool) -> datetime:
        """Until when an order is looked at by itself."""
        oldest = max(order.created_at for order in facts.orders) + self._order_life
        return min(oldest, facts.sale.hold_expires_at) if facts.sale and not is_under_way else oldest

    async def _announce(self, payment: Payment, entry: ScheduledTask) -> None:
        now, payment_id = datetime.now(UTC), payment.facts.payment_id
        await self._recorder.announce(payment_id, now + self._intervals.after(ANNOUNCE, entry.tries + 1))
        winner = payment.facts.winner
        if winner and payment.waiting_since and payment.waiting_since + self._overdue <= now:
            await self._recorder.record(payment_id, Overdue(capture_id=winner.capture_id))


def _is_paid(facts: Facts) -> bool:
    return facts.winner is not None
