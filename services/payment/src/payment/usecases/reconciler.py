"""Due work of payments: look at orders, announce again what booking has not decided, make and watch refunds."""

import asyncio
from datetime import UTC, datetime, timedelta

from chassis import due as due_work
from chassis.mongo import Document
from payment import metrics
from payment.advance import ANNOUNCE, POLL, REFUND, WATCH
from payment.domain import Overdue, PollingEnded
from payment.schedule import RetryIntervals, ScheduledTask, due_tasks
from payment.store import Payment, Payments
from payment.usecases.refunds import Refunds
from payment.usecases.settlement import Settlement

_WITHOUT_VERDICT = timedelta(seconds=60)


class Reconciler:
    """Does what the schedule of each payment says."""

    def __init__(
        self,
        payments: Payments,
        settlement: Settlement,
        refunds: Refunds,
        intervals: RetryIntervals,
        *,
        lease: timedelta,
        order_life: timedelta,
        overdue: timedelta,
    ) -> None:
        self._payments, self._settlement, self._refunds = payments, settlement, refunds
        self._intervals = intervals
        self._lease, self._order_life, self._overdue = lease, order_life, overdue

    async def run_due(self) -> None:
        """Everything that is due now."""
        await due_work.run_due(self._payments.collection, self._work, lease=self._lease, concurrency=8)

    async def measure(self) -> None:
        """Bring the metrics up to date."""
        since = datetime.now(UTC) - _WITHOUT_VERDICT
        metrics.WITHOUT_VERDICT.set(await self._payments.without_verdict(since))
        metrics.OPEN_CASES.set(await self._payments.with_open_cases())

    async def _work(self, document: Document) -> None:
        payment = Payment.of(document)
        for entry in due_tasks(payment.schedule, datetime.now(UTC)):
            begun = await self._payments.begin(payment.facts.payment_id, entry.task, datetime.now(UTC) + self._lease)
            if begun is not None:
                await self._do(payment, begun)
        await self._payments.set_due_time(payment.facts.payment_id)

    async def _do(self, payment: Payment, entry: ScheduledTask) -> None:
        payment_id = payment.facts.payment_id
        if entry.task == POLL:
            await self._poll(payment, entry)
        elif entry.task == ANNOUNCE:
            await self._announce(payment, entry)
        elif entry.task.startswith(REFUND):
            await self._refunds.make(payment_id, entry)
        elif entry.task.startswith(WATCH):
            await self._refunds.watch(payment_id, entry)

    async def _poll(self, payment: Payment, entry: ScheduledTask) -> None:
        settled = await asyncio.gather(*(self._settlement.order(order.order_id) for order in payment.facts.orders))
        now = datetime.now(UTC)
        if all(order.created_at + self._order_life < now for order in payment.facts.orders):
            await self._payments.record(payment.facts.payment_id, PollingEnded())
        else:
            pause = self._intervals.after(POLL, entry.tries)
            pause = min(pause, self._intervals.watch) if "waiting" in settled else pause
            await self._payments.record(payment.facts.payment_id, moved={POLL: now + pause})

    async def _announce(self, payment: Payment, entry: ScheduledTask) -> None:
        now, payment_id = datetime.now(UTC), payment.facts.payment_id
        await self._payments.announce(payment_id, entry.task, now + self._intervals.after(ANNOUNCE, entry.tries + 1))
        winner = payment.facts.winner
        if winner and payment.waiting_since and payment.waiting_since + self._overdue <= now:
            await self._payments.record(payment_id, Overdue(capture_id=winner.capture_id))
