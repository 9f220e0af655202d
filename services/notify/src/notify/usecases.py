"""Take due deliveries to their end. A delivery is stored as `sending` before it is sent: if the process ends meanwhile,
the next one knows that the mail server may have taken it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import assert_never

from prometheus_client import Gauge

from chassis.backoff import backoff_seconds
from chassis.logs import logger
from chassis.loops import forever, running
from chassis.unavailable import is_unavailable
from contracts.payment import PaymentRefunded
from notify.channels import MailChannel
from notify.domain import (
    MOST_UNANSWERED,
    BookingOutline,
    ChannelName,
    Deferred,
    Delivered,
    Delivery,
    Kind,
    Misconfigured,
    Outcome,
    Refused,
    RelatedDelivery,
    Unanswered,
    Unwritable,
)
from notify.store import Deliveries, Recipients

log = logger(__name__)
_FIRST_RECIPIENT_WAIT, _LONGEST_RECIPIENT_WAIT = 0.5, 60.0
_LONGEST_RETRY_SECONDS = 1800.0
_FIRST_RECONNECT_SECONDS = 0.5
_RENEW_EVERY = timedelta(seconds=5)
_STORE_RETRY_SECONDS = 0.2
MISCONFIGURED = Gauge("marquee_mail_misconfigured", "1 while the mail server refuses our settings")


class DeliveryWorker:
    """Sends due deliveries; `retry_seconds` is the first pause after a temporary refusal, or after refused settings."""

    def __init__(
        self,
        deliveries: Deliveries,
        recipients: Recipients,
        channels: Mapping[ChannelName, MailChannel],
        *,
        retry_seconds: float,
    ) -> None:
        self._deliveries, self._recipients, self._channels = deliveries, recipients, channels
        self._retry_seconds = retry_seconds
        self._paused_until = datetime.min.replace(tzinfo=UTC)

    async def work(self, delivery: Delivery) -> None:
        """Drop, postpone or send one due delivery."""
        if delivery.status == "sending":
            return await self._record(delivery, Unanswered("the process ended while it was sent"))
        related = await self._deliveries.about_booking(delivery.booking_id)
        if _is_outdated(delivery, related):
            await self._deliveries.end(delivery, "due", "dropped", "a newer event of the booking outdates it")
            return None
        delivery = replace(delivery, user_id=delivery.user_id or _user_of(related))
        recipient = await self._recipients.find(delivery.user_id) if delivery.user_id else None
        if recipient is None:
            return await self._wait_for_recipient(delivery)
        channel = self._channels[delivery.channel]
        if not channel.can_reach(recipient):
            await self._deliveries.end(delivery, "due", "dropped", f"no address for {delivery.channel} is known")
            return None
        deliver = partial(channel.deliver, recipient=recipient, outline=_outline(delivery, related))
        return await self._send(delivery, deliver)

    async def _wait_for_recipient(self, delivery: Delivery) -> None:
        """Postpone a delivery whose recipient no event has named yet; the wait grows with its age."""
        now = datetime.now(UTC)
        if now >= delivery.give_up_at:
            await self._deliveries.end(delivery, "due", "failed", "the recipient is not known")
            return
        age = (now - delivery.created_at).total_seconds()
        pause = timedelta(seconds=min(_LONGEST_RECIPIENT_WAIT, max(_FIRST_RECIPIENT_WAIT, age / 2)))
        await self._deliveries.postpone(delivery, until=now + pause)

    async def _send(self, delivery: Delivery, deliver: Callable[[Delivery], Awaitable[Outcome]]) -> None:
        now = datetime.now(UTC)
        if self._paused_until > now:
            await self._deliveries.postpone(delivery, until=self._paused_until)
            return
        if await self._deliveries.begin(delivery):
            sending = replace(delivery, attempts=delivery.attempts + 1, status="sending")
            async with running(forever("renew", partial(self._renew, sending), pause=0)):
                await self._record_surely(sending, await deliver(sending))

    async def _record_surely(self, delivery: Delivery, outcome: Outcome) -> None:
        """Record an outcome, if need be when the store is back: a lost answer would send the mail twice."""
        while True:
            try:
                return await self._record(delivery, outcome)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("a store is unavailable, the outcome waits", delivery=delivery.id, error=repr(error))
                await asyncio.sleep(_STORE_RETRY_SECONDS)

    async def _renew(self, delivery: Delivery) -> None:
        await asyncio.sleep(_RENEW_EVERY.total_seconds())
        await self._deliveries.renew(delivery)

    async def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        """Store what follows from the outcome of an attempt: an end, or when it is tried again."""
        if isinstance(outcome, Misconfigured):
            MISCONFIGURED.set(1)
        elif not isinstance(outcome, Unanswered | Unwritable):  # the server answered
            MISCONFIGURED.set(0)
        match outcome:
            case Delivered():
                await self._deliveries.end(delivery, "sending", "delivered")
            case Refused(detail):
                log.warning("message refused", delivery=delivery.id, detail=detail)
                await self._deliveries.end(delivery, "sending", "failed", detail)
            case Unwritable(detail):
                await self._deliveries.end(delivery, "sending", "failed", detail)
            case Deferred(detail, reached):
                first, longest = self._retry_seconds, _LONGEST_RETRY_SECONDS
                if not reached:
                    first, longest = _FIRST_RECONNECT_SECONDS, self._retry_seconds
                pause = backoff_seconds(delivery.attempts, first=first, maximum=longest)
                await self._retry_or_give_up(delivery, detail, pause)
            case Unanswered(detail) if delivery.unanswered >= MOST_UNANSWERED:
                await self._deliveries.end(delivery, "sending", "failed", f"its answer was never seen: {detail}")
            case Unanswered(detail):
                unanswered, maximum = delivery.unanswered + 1, self._retry_seconds
                pause = backoff_seconds(unanswered, first=maximum / 10, maximum=maximum)
                await self._retry_or_give_up(replace(delivery, unanswered=unanswered), detail, pause)
            case Misconfigured(detail):
                log.error("the mail server refuses our settings, mail is paused", detail=detail)
                self._paused_until = datetime.now(UTC) + timedelta(seconds=self._retry_seconds)
                await self._retry_or_give_up(delivery, detail, self._retry_seconds)
            case _:
                assert_never(outcome)

    async def _retry_or_give_up(self, delivery: Delivery, detail: str, pause_seconds: float) -> None:
        due_at = datetime.now(UTC) + timedelta(seconds=pause_seconds)
        if due_at >= delivery.give_up_at:
            await self._deliveries.end(delivery, "sending", "failed", f"given up: {detail}")
            return
        log.warning("message is tried again", delivery=delivery.id, attempts=delivery.attempts, detail=detail)
        await self._deliveries.retry(delivery, at=due_at, detail=detail)


def _is_outdated(delivery: Delivery, related: list[RelatedDelivery]) -> bool:
    """Whether another delivery makes this one wrong: a cancellation of the same or a higher version outdates a
    confirmation or a reschedule, and a reschedule of a higher version outdates a reschedule."""
    if delivery.kind not in {Kind.CONFIRMATION, Kind.RESCHEDULE}:
        return False
    newer = {Kind.CANCELLATION: 0, Kind.RESCHEDULE: 1} if delivery.kind is Kind.RESCHEDULE else {Kind.CANCELLATION: 0}
    version = delivery.booking_version or 0
    return any(other.kind in newer and (other.booking_version or 0) >= version + newer[other.kind] for other in related)


def _user_of(related: list[RelatedDelivery]) -> str | None:
    """Whose booking it is: a refund does not say so, other deliveries do."""
    return next((other.user_id for other in related if other.user_id), None)


def _outline(delivery: Delivery, related: list[RelatedDelivery]) -> BookingOutline:
    """Reference and show, from this delivery's event or, where it does not say, from the newest delivery that does."""
    newest_first = sorted(related, key=lambda other: other.booking_version or 0, reverse=True)
    own = delivery.event
    known = newest_first if isinstance(own, PaymentRefunded) else [own, *newest_first]
    reference = next((source.reference for source in known if source.reference), None)
    return BookingOutline(reference, next((source.show for source in known if source.show), None))
