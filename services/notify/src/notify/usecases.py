"""From an event to a mail that was taken. A delivery is stored as `sending` before it is sent: if the process ends
meanwhile, the next one knows that the mail server may have taken it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

from prometheus_client import Gauge

from chassis.backoff import backoff_seconds
from chassis.logs import logger
from chassis.loops import Background, end
from chassis.times import now_in_milliseconds
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
    Recipient,
    Refused,
    RelatedDelivery,
    TriggerEvent,
    Unanswered,
    Unwritable,
    new_delivery,
)
from notify.store import Deliveries, Recipients

log = logger(__name__)
_FIRST_RECIPIENT_WAIT, _LONGEST_RECIPIENT_WAIT = 0.5, 60.0
_LONGEST_RETRY_SECONDS = 1800.0
_FIRST_RECONNECT_SECONDS = 0.5
_RENEW_SECONDS = 5.0
_STORE_RETRY_SECONDS = 0.2
MISCONFIGURED = Gauge("marquee_mail_misconfigured", "1 while the mail server refuses our settings")


@dataclass(frozen=True, slots=True)
class _Message:
    """A delivery with all that it takes to compose and send it."""

    delivery: Delivery
    recipient: Recipient
    outline: BookingOutline


@dataclass(frozen=True, slots=True)
class _NoRecipient:
    """No event has named the recipient yet."""


@dataclass(frozen=True, slots=True)
class _Needless:
    """There is nothing to say, or nobody to say it to."""

    detail: str


class Sending:
    """Sends deliveries: a new one at once where the channel is free, else when it is due.

    `retry_seconds` is the first pause after a temporary refusal, and after refused settings.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        recipients: Recipients,
        channels: Mapping[ChannelName, MailChannel],
        background: Background,
        *,
        sender_domain: str,
        retry_seconds: float,
    ) -> None:
        self._deliveries, self._recipients, self._channels = deliveries, recipients, channels
        self._background, self._sender_domain, self._retry_seconds = background, sender_domain, retry_seconds
        self._paused_until = datetime.min.replace(tzinfo=UTC)

    async def add(self, name: ChannelName, event: TriggerEvent) -> None:
        """Store the delivery that an event asks for, unless it is known, and send it beside the caller if that can be
        done at once."""
        now = now_in_milliseconds()
        delivery = new_delivery(name, event, self._sender_domain, now)
        if not self._channels[name].is_busy and self._paused_until <= now:
            prepared = await self._prepared(delivery)
            if isinstance(prepared, _Message):
                message = replace(prepared, delivery=_as_sending(prepared.delivery))
                if await self._deliveries.insert(message.delivery):
                    self._background.start(self._attempt(message))
                return
        await self._deliveries.insert(delivery)

    async def work(self, delivery: Delivery) -> None:
        """Drop, postpone or send one due delivery."""
        if delivery.status == "sending":
            await self._record(delivery, Unanswered("the process ended while it was sent"))
            return
        match await self._prepared(delivery):
            case _Needless(detail):
                await self._deliveries.end(delivery, "due", "dropped", detail)
            case _NoRecipient():
                await self._wait_for_recipient(delivery)
            case _Message() as message:
                await self._send_due(message)

    async def _prepared(self, delivery: Delivery) -> _Message | _NoRecipient | _Needless:
        related = await self._deliveries.about_booking(delivery.booking_id)
        if _is_outdated(delivery, related):
            return _Needless("a newer event of the booking outdates it")
        user_id = delivery.user_id or _user_of(related)
        recipient = await self._recipients.find(user_id) if user_id else None
        if recipient is None:
            return _NoRecipient()
        if not self._channels[delivery.channel].can_reach(recipient):
            return _Needless(f"no address for {delivery.channel} is known")
        return _Message(replace(delivery, user_id=user_id), recipient, _outline(delivery, related))

    async def _wait_for_recipient(self, delivery: Delivery) -> None:
        """Postpone a delivery whose recipient no event has named yet; the wait grows with its age."""
        now = datetime.now(UTC)
        if now >= delivery.give_up_at:
            await self._deliveries.end(delivery, "due", "failed", "the recipient is not known")
            return
        age = (now - delivery.created_at).total_seconds()
        pause = timedelta(seconds=min(_LONGEST_RECIPIENT_WAIT, max(_FIRST_RECIPIENT_WAIT, age / 2)))
        await self._deliveries.postpone(delivery, until=now + pause)

    async def _send_due(self, message: _Message) -> None:
        delivery = message.delivery
        if self._paused_until > datetime.now(UTC):
            await self._deliveries.postpone(delivery, until=self._paused_until)
        elif await self._deliveries.begin(delivery):
            attempt = asyncio.ensure_future(self._attempt(replace(message, delivery=_as_sending(delivery))))
            self._background.start(attempt)
            await asyncio.shield(attempt)  # it outlives the loop that this is called from: an answer must not be lost

    async def _attempt(self, message: _Message) -> None:
        """Send a delivery that is stored as being sent; its lease is renewed while that lasts."""
        delivery = message.delivery
        channel = self._channels[delivery.channel]
        sending = asyncio.ensure_future(channel.deliver(delivery, message.recipient, message.outline))
        try:
            while not (await asyncio.wait([sending], timeout=_RENEW_SECONDS))[0]:
                await self._renew(delivery)
        finally:
            await end(sending)
        await self._record_surely(delivery, sending.result())

    async def _renew(self, delivery: Delivery) -> None:
        try:
            await self._deliveries.renew(delivery)
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("a store is unavailable, the lease is not renewed", delivery=delivery.id, error=repr(error))

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


def _as_sending(delivery: Delivery) -> Delivery:
    return replace(delivery, status="sending", attempts=delivery.attempts + 1)


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
