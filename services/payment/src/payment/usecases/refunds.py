"""Give money back, once: the key is in the document before the provider is asked, and doubt is looked up first."""

from datetime import UTC, datetime

from chassis.logs import logger

from payment.advance import REFUND, WATCH, Refund
from payment.agenda import Distances, Entry
from payment.domain import Refusal
from payment.ports import No, Provider, Unknown, Yes
from payment.store import Payments
from payment.usecases.settlement import refund_fact

log = logger(__name__)


class Refunds:
    """Works off refunds that are due, and watches those that are pending."""

    def __init__(self, payments: Payments, provider: Provider, distances: Distances) -> None:
        self._payments, self._provider, self._distances = payments, provider, distances

    async def make(self, payment_id: str, entry: Entry) -> None:
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

    async def watch(self, payment_id: str, entry: Entry) -> None:
        """See how a pending refund fares; its webhook may be lost."""
        refund = await self._refund(payment_id, entry.task.removeprefix(WATCH))
        if refund is not None:
            await self._looked_up(payment_id, refund)
            await self._again(payment_id, entry)

    async def _ask(self, payment_id: str, entry: Entry, refund: Refund) -> None:
        number = refund.failures + 1
        match await self._provider.refund(refund.capture_id, refund.key, number, refund.amount):
            case Yes(made):
                await self._payments.record(payment_id, refund_fact(made).model_copy(update={"key": refund.key}))
                if made.fate == "failed":
                    await self._again(payment_id, entry)
            case No(detail, kind="refused" | "not_found", final=final):
                log.warning("refund refused", payment_id=payment_id, refund_key=refund.key, detail=detail)
                again_at = {entry.task: self._next(entry)}
                await self._payments.record(
                    payment_id, Refusal(key=refund.key, detail=detail, final=final), moved=again_at
                )
            case No(detail) | Unknown(detail):
                log.warning("refund not answered", payment_id=payment_id, refund_key=refund.key, detail=detail)
                await self._again(payment_id, entry)

    async def _looked_up(self, payment_id: str, refund: Refund) -> Refund | None:
        """The refund as the provider has it; None when it cannot be asked."""
        outcome = await self._provider.refunds_of(refund.capture_id)
        match outcome:
            case Yes(found):
                payment = await self._payments.record(payment_id, *map(refund_fact, found))
                return next((one for one in payment.consequences.refunds if one.key == refund.key), None)
            case No(kind="not_found"):
                return refund
            case _:
                return None

    async def _refund(self, payment_id: str, key: str) -> Refund | None:
        payment = await self._payments.find(payment_id)
        refunds = payment.consequences.refunds if payment else ()
        return next((refund for refund in refunds if refund.key == key), None)

    async def _again(self, payment_id: str, entry: Entry) -> None:
        await self._payments.record(payment_id, moved={entry.task: self._next(entry)})

    def _next(self, entry: Entry) -> datetime:
        return datetime.now(UTC) + self._distances.after(entry.task, entry.tries)
