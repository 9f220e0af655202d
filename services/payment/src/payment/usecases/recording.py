"""Record facts about payments, with all that follows from them in the same write."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from chassis.logs import logger
from contracts.ids import PaymentId
from contracts.sale import Sale
from payment import metrics
from payment.cases import setting_of
from payment.domain import Fact, Facts, Order, ProviderName, SeenCapture
from payment.payment import (
    Change,
    Payment,
    announced_again,
    reviewed,
    with_facts,
    with_opening,
    with_opening_ended,
    with_task_begun,
)
from payment.schedule import RetryIntervals, ScheduledTask
from payment.usecases.ports import Payments

log = logger(__name__)


class Recorder:
    """Changes payments; nothing else does."""

    def __init__(self, payments: Payments, intervals: RetryIntervals) -> None:
        self._payments, self._intervals = payments, intervals

    async def record(self, payment_id: str, *new: Fact, moved: Mapping[str, datetime] | None = None) -> Payment:
        """The payment with these facts. `moved` says when tasks are due."""
        before = Facts(payment_id=PaymentId(payment_id))

        def decide(payment: Payment) -> Change | None:
            nonlocal before
            before = payment.facts
            return with_facts(payment, new, datetime.now(UTC), self._intervals, moved or {})

        payment = await self._payments.amend(payment_id, decide)
        metrics.count_money(before, payment.facts)
        _alarm(before, payment)
        return payment

    async def record_known(self, payment_id: str, *new: Fact) -> None:
        """The same, of a payment that there is already; what is told of another is none of ours."""

        def decide(payment: Payment) -> Change | None:
            return with_facts(payment, new, datetime.now(UTC), self._intervals, {}) if payment.version else None

        await self._payments.amend(payment_id, decide)

    async def record_together(self, new: Mapping[str, Fact]) -> frozenset[str]:
        """Record a fact of each of many payments in one write; of which it did: the others are to be recorded alone."""
        now = datetime.now(UTC)

        def decision(fact: Fact) -> Callable[[Payment], Change | None]:
            return lambda payment: with_facts(payment, (fact,), now, self._intervals, {})

        return await self._payments.amend_remembered({key: decision(fact) for key, fact in new.items()})

    async def review(self, payment_id: str) -> None:
        """See which of its cases are over by now, where facts were corrected by hand."""
        await self._payments.amend(payment_id, lambda payment: reviewed(payment, datetime.now(UTC)))

    async def begin(self, payment_id: str, task: str, until: datetime) -> ScheduledTask | None:
        """Take a task whose time has come: nobody else will before `until`. None when it is not due (any more)."""
        begun: ScheduledTask | None = None

        def decide(payment: Payment) -> Change | None:
            nonlocal begun
            change, begun = with_task_begun(payment, task, datetime.now(UTC), until) or (None, None)
            return change

        await self._payments.amend(payment_id, decide)
        return begun

    async def announce(self, payment_id: str, again_at: datetime) -> None:
        """Say the winner again under its id, and write down when to do so next."""
        await self._payments.amend(payment_id, lambda payment: announced_again(payment, again_at))

    async def sell(self, sale: Sale, order: Order, capture: SeenCapture) -> Payment:
        """The payment with a sale that is paid on the spot, unless something has paid for its hold already."""

        before = Facts(payment_id=sale.payment_id)

        def decide(payment: Payment) -> Change | None:
            nonlocal before
            before = payment.facts
            if payment.facts.winner is not None:
                return None
            return with_facts(payment, (sale, order, capture), datetime.now(UTC), self._intervals, {})

        payment = await self._payments.amend(sale.payment_id, decide, is_new=True)
        metrics.count_money(before, payment.facts)
        return payment

    async def take_opening(self, sale: Sale, provider: ProviderName, by: str, lease: timedelta) -> Payment:
        """Record the sale and become the one who opens its order, unless there is one or another is at it.

        Written before the provider is asked; where its taker dies, the next one looks the order up first.
        """

        def decide(payment: Payment) -> Change | None:
            now = datetime.now(UTC)
            claimed = with_opening(payment, provider, by, now, now + lease)
            if claimed is None:
                return None
            return with_facts(claimed, (sale,), now, self._intervals, {}) or Change(claimed)

        return await self._payments.amend(sale.payment_id, decide, is_new=True)

    async def end_opening(self, payment_id: str, provider: ProviderName, by: str, *, provider_asked: bool) -> None:
        """Let another try. `provider_asked`: it is unknown whether the provider opened an order."""

        def decide(payment: Payment) -> Change | None:
            ended = with_opening_ended(payment, provider, by, datetime.now(UTC), provider_asked=provider_asked)
            return Change(ended) if ended else None

        await self._payments.amend(payment_id, decide)


def _alarm(before: Facts, payment: Payment) -> None:
    """What this very write recorded and is not what was asked for: a metric, and a line in the log."""
    known = {capture.capture_id for capture in before.captures}
    for capture in payment.facts.captures:
        if capture.match == "mismatch" and capture.capture_id not in known:
            reason = capture.difference.reason if capture.difference else "unexplained"
            metrics.NOT_ACCEPTED.labels(reason).inc()
            log.error(
                "a capture is not what was asked for and goes back",
                payment_id=payment.facts.payment_id,
                capture_id=capture.capture_id,
                amount=capture.amount,
                reason=reason,
                setting=f"{setting_of(capture.provider)}={reason} accepts it" if capture.difference else None,
            )
