"""Webhooks: verified over the raw bytes, stored, answered; and only then settled, as hints to be looked up.

One that tells what is recorded already is settled as it comes, without a question to the provider.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from chassis import telemetry
from chassis.logs import logger
from chassis.loops import Background
from payment import metrics
from payment.domain import ProviderName
from payment.errors import InvalidSignature
from payment.payment import Payment
from payment.usecases.answers_first import AnswersFirst
from payment.usecases.ports import EntryStatus, Inbox, InboxEntry, Payments
from payment.usecases.provider import Hint, Webhook
from payment.usecases.recorded import has_hinted
from payment.usecases.settlement import Settled, Settlements

log = logger(__name__)
_LEASE = timedelta(seconds=30)
_LONGEST = timedelta(hours=1)
# The provider tells of what it does not know itself: soon it will, or never.
_GIVE_UP = timedelta(days=1)
_CAPTURE_SECONDS = 1.0
"""A payment is captured by itself soon after it was authorized: the webhook of that tells more."""


class Webhooks:
    """Takes webhooks in and settles what they are about."""

    def __init__(self, payments: Payments, inbox: Inbox, settlements: Settlements, background: Background) -> None:
        self._payments, self._inbox, self._settlements = payments, inbox, settlements
        self._background = background
        self._answers_first = AnswersFirst()
        metrics.show_webhooks_of(settlements)

    async def receive(self, raw: bytes, headers: Mapping[str, str], provider: ProviderName | None = None) -> None:
        """Store a webhook of the provider, or of whichever signed it. Duplicates are taken without a word.

        Raises `InvalidSignature` where none of them did.
        """
        settlements = self._settlements.values()
        for settlement in (each for each in settlements if provider in {None, each.provider.name}):
            webhook = settlement.provider.webhook(raw, headers)
            if webhook is not None:
                with self._answers_first.answering():
                    return await self._store(settlement.provider.name, raw, webhook)
        _count(provider or "any", "forged")
        log.warning("webhook with a signature that does not fit", bytes=len(raw))
        raise InvalidSignature("the signature does not fit the body")

    async def run_due(self) -> None:
        """Everything in the inbox that is due now."""
        await self._inbox.run_due(self.process, lease=_LEASE)

    async def measure(self) -> None:
        """Bring the metric up to date."""
        metrics.UNMATCHED.set(await self._inbox.count_unmatched())

    async def process(self, entry: InboxEntry) -> None:
        """Settle what an entry hints at. What the provider cannot say yet is tried again, never dropped; what is not
        ours rests."""
        settled = await self._settled(entry)
        match settled:
            case "unavailable":
                return await self._inbox.postpone(entry, settled, _LONGEST)
            case "unmatched" if entry.received_at + _GIVE_UP > datetime.now(UTC):
                return await self._inbox.postpone(entry, settled, _GIVE_UP)
        if settled in {"foreign", "lost", "unmatched"}:
            _count(entry.provider, settled)
        return await self._inbox.finish(entry, "foreign" if settled == "lost" else settled)

    async def _store(self, provider: ProviderName, raw: bytes, webhook: Webhook) -> None:
        if webhook.hint is None:
            log.error("webhook that cannot be read", event_id=webhook.event_id)
        status = self._status(webhook.hint) if webhook.is_of_account else "wrong_mode"
        if status == "wrong_mode":
            log.error("webhook of another account or mode", provider=provider, event_id=webhook.event_id)
        entry = await self._inbox.add(provider, webhook, raw, status)
        _count(provider, _counted(entry))
        if entry is not None and entry.status == "stored":
            self._background.start(self._process_soon(entry))

    async def _process_soon(self, entry: InboxEntry) -> None:
        if entry.hint.payment_status == "authorized":
            await asyncio.sleep(_CAPTURE_SECONDS)
        payment = self._remembered(entry.hint)
        with telemetry.taken_up(payment.traceparent if payment else None, "settle webhook"):
            async with self._answers_first.turn():
                await self.process(entry)

    def _status(self, hint: Hint | None) -> EntryStatus:
        """What is left to do for a webhook that comes in: `stored` is to be settled."""
        if hint is None:
            return "unreadable"
        if hint.subject is None:
            return "ignored"
        return "settled" if self._is_remembered(hint) else "stored"

    def _is_remembered(self, hint: Hint) -> bool:
        payment = self._remembered(hint)
        return payment is not None and has_hinted(payment.facts, hint)

    def _remembered(self, hint: Hint) -> Payment | None:
        return self._payments.remembered(hint.order_id) if hint.order_id else None

    async def _settled(self, entry: InboxEntry) -> Settled | Literal["ignored"]:
        settlement = self._settlements.get(entry.provider)
        if settlement is None:
            return "unavailable"
        return "settled" if self._is_remembered(entry.hint) else await settlement.settle_hint(entry.hint)


def _counted(entry: InboxEntry | None) -> str:
    if entry is None:
        return "duplicate"
    return "wrong_mode" if entry.status == "wrong_mode" else "stored"


def _count(provider: ProviderName, outcome: str) -> None:
    metrics.WEBHOOKS.labels(provider, outcome).inc()
