"""Give money back, once: the key is in the document before the provider is asked, and doubt is looked up first."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from chassis.logs import logger
from contracts.payment import DisputeStatus
from payment.advance import REFUND, WATCH
from payment.disputes import latest_disputes
from payment.domain import ProviderName, Refusal, SeenRefund
from payment.owed import Refund
from payment.payment import Payment
from payment.schedule import RetryIntervals, ScheduledTask
from payment.usecases.pace import Pace
from payment.usecases.ports import Payments
from payment.usecases.provider import No, Outcome, Provider, ProviderRefund, Providers, Unknown, Yes
from payment.usecases.recording import Recorder
from payment.usecases.settlement import refund_fact

log = logger(__name__)
_LONGEST_WITHOUT_ANSWER = timedelta(seconds=100)
_MOST_TRIES = 3  # within the lease of the task, also where eight wait at a second each


class Refunds:
    """Makes refunds that are due, and watches those that are pending, at the provider that has the money."""

    def __init__(
        self,
        payments: Payments,
        recorder: Recorder,
        providers: Providers,
        intervals: RetryIntervals,
        *,
        default: ProviderName,
    ) -> None:
        """`default` is asked for a capture of which nothing but the refund is known, as after a store was lost."""
        self._payments, self._recorder, self._providers = payments, recorder, providers
        self._intervals, self._default = intervals, default
        self._paces: defaultdict[ProviderName, Pace] = defaultdict(Pace)

    async def make(self, payment_id: str, entry: ScheduledTask) -> None:
        """One try at a refund that is due."""
        refund, provider = await self._refund(payment_id, entry.task.removeprefix(REFUND))
        if refund is None or refund.status != "due":
            return None
        disputes = await self._disputes(payment_id, refund)
        if not disputes <= {"won"}:
            return None
        if provider is None:
            log.error("a refund is due at a provider that is not on", payment_id=payment_id, refund_key=refund.key)
            return await self._try_later(payment_id, entry)
        if entry.tries or disputes:  # an earlier try may have gone through, also weeks ago, before a dispute
            refund = await self._looked_up(payment_id, refund, provider)
        if refund is None:
            await self._try_soon(payment_id, entry)
        elif refund.status == "due":
            await self._ask(payment_id, entry, refund, provider)
        return None

    async def _disputes(self, payment_id: str, refund: Refund) -> set[DisputeStatus]:
        """How far disputes of its capture are; one may have been opened since the task was begun."""
        payment = await self._payments.find(payment_id)
        disputes = latest_disputes(payment.facts) if payment else ()
        return {dispute.status for dispute in disputes if dispute.capture_id == refund.capture_id}

    async def watch(self, payment_id: str, entry: ScheduledTask) -> None:
        """See how a pending refund fares; its webhook may be lost."""
        refund, provider = await self._refund(payment_id, entry.task.removeprefix(WATCH))
        if refund is not None:
            if provider is not None:
                await self._looked_up(payment_id, refund, provider)
            await self._try_later(payment_id, entry)

    async def _ask(self, payment_id: str, entry: ScheduledTask, refund: Refund, provider: Provider) -> None:
        match await self._asked(refund, provider):
            case Yes(made):
                seen = refund_fact(made).model_copy(update={"key": refund.key})
                await self._recorder.record(payment_id, seen)
                if seen.outcome == "failed":
                    await self._try_later(payment_id, entry)
            case No(detail, kind="refused" | "not_found", final=final):
                log.warning("refund refused", payment_id=payment_id, refund_key=refund.key, detail=detail)
                refused = await self._refused(refund, provider, detail, final=final)
                await self._recorder.record(payment_id, *refused, moved={entry.task: self._next(entry)})
            case No(detail) | Unknown(detail):
                log.warning("refund not answered", payment_id=payment_id, refund_key=refund.key, detail=detail)
                await self._try_soon(payment_id, entry)

    async def _asked(self, refund: Refund, provider: Provider) -> Outcome[ProviderRefund]:
        """The provider's answer. One that has no time for the ask has done nothing: it is asked again, at its pace."""
        pace, tries = self._paces[provider.name], 0
        while True:
            await asyncio.sleep(pace.wait())
            tries += 1
            outcome = await provider.refund(
                refund.capture_id, refund.key, refund.number, refund.amount, refund.currency
            )
            match outcome:
                case No(kind="throttled"):
                    pace.refused()
                    if tries == _MOST_TRIES:
                        return outcome
                case _:
                    pace.taken()
                    return outcome

    async def _refused(
        self, refund: Refund, provider: Provider, detail: str, *, final: bool
    ) -> list[SeenRefund | Refusal]:
        """The refusal as a fact, behind all refunds of the capture if it is final: it counts as final only once they
        were all seen, for some may have been made by hand, and the rest is still due."""
        seen = await _refunds_at_provider(refund.capture_id, provider) if final else None
        refusal = Refusal(
            key=refund.key,
            detail=detail,
            final=seen is not None,
            amount=refund.amount,
            failed_before=sum(each.outcome == "failed" for each in seen or ()),
        )
        return [*(seen or ()), refusal]

    async def _looked_up(self, payment_id: str, refund: Refund, provider: Provider) -> Refund | None:
        """The refund as the provider has it; None when it cannot be asked."""
        seen = await _refunds_at_provider(refund.capture_id, provider)
        return None if seen is None else _of_key(await self._recorder.record(payment_id, *seen), refund.key)

    async def _refund(self, payment_id: str, key: str) -> tuple[Refund | None, Provider | None]:
        """The refund, and the provider that has its money, if that is on."""
        payment = await self._payments.find(payment_id)
        refund = _of_key(payment, key) if payment else None
        if payment is None or refund is None:
            return None, None
        return refund, self._providers.get(payment.facts.provider_of(refund.capture_id) or self._default)

    async def _try_soon(self, payment_id: str, entry: ScheduledTask) -> None:
        """The provider has not refused: there is no case, and nobody else sees to it that the money goes back."""
        at = min(self._next(entry), datetime.now(UTC) + _LONGEST_WITHOUT_ANSWER)
        await self._recorder.record(payment_id, moved={entry.task: at})

    async def _try_later(self, payment_id: str, entry: ScheduledTask) -> None:
        await self._recorder.record(payment_id, moved={entry.task: self._next(entry)})

    def _next(self, entry: ScheduledTask) -> datetime:
        return datetime.now(UTC) + self._intervals.after(entry.task, entry.tries)


def _of_key(payment: Payment, key: str) -> Refund | None:
    return next((refund for refund in payment.consequences.refunds if refund.key == key), None)


async def _refunds_at_provider(capture_id: str, provider: Provider) -> list[SeenRefund] | None:
    """Every refund of a capture at the provider, by whomever; None when it cannot be asked."""
    match await provider.refunds_of(capture_id):
        case Yes(refunds):
            return [refund_fact(refund) for refund in refunds]
        case No(kind="not_found"):
            return []
        case _:
            return None
