"""Webhooks: verified over the raw bytes, stored, answered; and only then settled, as hints to be looked up."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from chassis.logs import logger
from chassis.loops import Background
from payment import metrics
from payment.domain import ProviderName
from payment.errors import InvalidSignature
from payment.usecases.ports import ForeignOrders, Inbox, InboxEntry
from payment.usecases.provider import Hint, Webhook
from payment.usecases.settlement import Settled, Settlement, Settlements

log = logger(__name__)
_LEASE = timedelta(seconds=30)
_LONGEST = timedelta(hours=1)
# The provider tells of what it does not know itself: soon it will, or never.
_GIVE_UP = timedelta(days=1)


class Webhooks:
    """Takes webhooks in and settles what they are about."""

    def __init__(self, inbox: Inbox, settlements: Settlements, foreign: ForeignOrders, background: Background) -> None:
        self._inbox, self._settlements, self._foreign = inbox, settlements, foreign
        self._background = background

    async def receive(self, raw: bytes, headers: Mapping[str, str], provider: ProviderName | None = None) -> None:
        """Store a webhook of the provider, or of whichever signed it. Duplicates are taken without a word.

        Raises `InvalidSignature` where none of them did.
        """
        settlements = self._settlements.values()
        for settlement in (each for each in settlements if provider in {None, each.provider.name}):
            webhook = settlement.provider.webhook(raw, headers)
            if webhook is not None:
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
        is_first = await self._inbox.finish(entry, "unmatched" if settled == "lost" else settled)
        if is_first and settled in {"foreign", "lost"}:
            _count(entry.provider, settled)
        return None

    async def _store(self, provider: ProviderName, raw: bytes, webhook: Webhook) -> None:
        if webhook.hint is None:
            log.error("webhook that cannot be read", event_id=webhook.event_id)
        entry = await self._inbox.add(provider, webhook.event_id, raw, webhook.hint)
        _count(provider, "duplicate" if entry is None else "stored")
        if entry is not None:
            self._background.start(self.process(entry))

    async def _settled(self, entry: InboxEntry) -> Settled | Literal["ignored"]:
        settlement, hint = self._settlements.get(entry.provider), entry.hint
        if settlement is None:
            return "unavailable"
        ids = {provider_id for provider_id in (hint.order_id, hint.payment_id) if provider_id}
        known = await self._foreign.among(entry.provider, ids)
        return next(iter(known.values())) if known else await _settled_by(settlement, hint)


async def _settled_by(settlement: Settlement, hint: Hint) -> Settled | Literal["ignored"]:
    match hint:
        case Hint(subject="refunds", payment_id=str(payment_id)):
            return await settlement.settle_refunds(payment_id)
        case Hint(subject="payment", payment_id=str(payment_id)):
            return await settlement.settle_payment(payment_id)
        case Hint(subject="order", order_id=str(order_id)):
            return await settlement.settle_order(order_id)
        case _:
            return "ignored"


def _count(provider: ProviderName, outcome: str) -> None:
    metrics.WEBHOOKS.labels(provider, outcome).inc()
