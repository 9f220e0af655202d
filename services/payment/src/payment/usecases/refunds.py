"""Give money back, once: the key is in the document before the provider is asked, and doubt is looked up first."""

from datetime import UTC, datetime

from chassis.logs import logger
from payment.advance import REFUND, WATCH
from payment.domain import Refusal, SeenRefund
from payment.owed import Refund
from payment.ports import No, Provider, Unknown, Yes
from payment.schedule import RetryIntervals, ScheduledTask
from payment.store import Payments
from payment.usecases.settlement import refund_fact

log = logger(__name__)


class Refunds:
    """Works off refunds that are due, and watches those that are pending."""

    def __init__(self, payments: Payments, provider: Provider, intervals: RetryIntervals) -> None:
        self._payments, self._provider, self._intervals = payments, provider, intervals

    async def make(self, payment_id: str, entry: ScheduledTask) -> None:
        """One try at a refund that is due."""
        refund = await self._refund(payment_id, entry.task.removeprefix(REFUND))
        if refund is None or refund.status != "due":
            return
        if entry.tries:  # an earlier try may have gone through
            refund = await self._looked_up(payment_id, refund)
        if refund is None:
            await self._again(payment_id, entry)
        elif refund.status == "due":
            await self._ask(payment_id, entry, refund)

    async def watch(self, payment_id: str, entry: ScheduledTask) -> None:
        """See how a pending refund fares; its webhook may be lost."""
        refund = await self._refund(payment_id, entry.task.removeprefix(WATCH))
        if refund is not None:
            await self._looked_up(payment_id, refund)
            await self._again(payment_id, entry)

    async def _ask(self, payment_id: str, entry: ScheduledTask, refund: Refund) -> None:
        match await self._provider.refund(refund.capture_id, refund.key, refund.number, refund.amount):
            case Yes(made):
                await self._payments.record(payment_id, refund_fact(made).model_copy(update={"key": refund.key}))
                if made.outcome == "failed":
                    await self._again(payment_id, entry)
            case No(detail, kind="refused" | "not_found", final=final):
                log.warning("refund refused", payment_id=payment_id, refund_key=refund.key, detail=detail)
                await self._refused(payment_id, entry, refund, detail, final=final)
            case No(detail) | Unknown(detail):
                log.warning("refund not answered", payment_id=payment_id, refund_key=refund.key, detail=detail)
                await self._again(payment_id, entry)

    async def _refused(
        self, payment_id: str, entry: ScheduledTask, refund: Refund, detail: str, *, final: bool
    ) -> None:
        """Final once all refunds of the capture were seen: some may have been made by hand, and the rest is due."""
        found = await self._found(refund.capture_id) if final else None
        refusal = Refusal(
            key=refund.key,
            detail=detail,
            final=found is not None,
            amount=refund.amount,
            failed_before=sum(made.outcome == "failed" for made in found or ()),
        )
        await self._payments.record(payment_id, *(found or ()), refusal, moved={entry.task: self._next(entry)})

    async def _looked_up(self, payment_id: str, refund: Refund) -> Refund | None:
        """The refund as the provider has it; None when it cannot be asked."""
        found = await self._found(refund.capture_id)
        if found is None:
            return None
        payment = await self._payments.record(payment_id, *found)
        return next((one for one in payment.consequences.refunds if one.key == refund.key), None)

    async def _found(self, capture_id: str) -> list[SeenRefund] | None:
        """Every refund of a capture at the provider, by whomever; None when it cannot be asked."""
        match await self._provider.refunds_of(capture_id):
            case Yes(found):
                return [refund_fact(refund) for refund in found]
            case No(kind="not_found"):
                return []
            case _:
                return None

    async def _refund(self, payment_id: str, key: str) -> Refund | None:
        payment = await self._payments.find(payment_id)
        refunds = payment.consequences.refunds if payment else ()
        return next((refund for refund in refunds if refund.key == key), None)

    async def _again(self, payment_id: str, entry: ScheduledTask) -> None:
        await self._payments.record(payment_id, moved={entry.task: self._next(entry)})

    def _next(self, entry: ScheduledTask) -> datetime:
        return datetime.now(UTC) + self._intervals.after(entry.task, entry.tries)
