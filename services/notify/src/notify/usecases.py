"""From an event to a message that was taken. A delivery is stored as `sending` before it is sent: if the process ends
meanwhile, the next one knows that the server may have taken it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

from prometheus_client import Gauge

from chassis import telemetry
from chassis.backoff import backoff_seconds
from chassis.logs import logger
from chassis.loops import Background, end
from chassis.times import now_in_milliseconds
from chassis.unavailable import is_unavailable
from contracts.event import Event
from notify.channels import Channel
from notify.domain import (
    NOT_SENT,
    BookingOutline,
    Bounced,
    ChannelName,
    Deferred,
    Delivery,
    Misconfigured,
    Outcome,
    Recipient,
    Refused,
    RelatedDelivery,
    Sent,
    Status,
    Unanswered,
    Unwanted,
    Unwritable,
)
from notify.follow_ups import FollowUps
from notify.outlines import is_outdated, outline_of, owner_of
from notify.recipients import Recipients
from notify.store import Deliveries
from notify.triggers import (
    TriggerEvent,
    booking_of,
    id_of,
    is_too_late,
    kind_of,
    new_delivery,
    recipient_of,
    user_of,
)

log = logger(__name__)
_FIRST_RECIPIENT_WAIT, _LONGEST_RECIPIENT_WAIT = 0.5, 60.0
_LONGEST_RETRY_SECONDS = 1800.0
_FIRST_RECONNECT_SECONDS = 0.5
_RENEW_SECONDS = 5.0
_STORE_RETRY_SECONDS = 0.2
MISCONFIGURED = Gauge("marquee_messages_misconfigured", "1 while the server refuses our settings", ["channel"])


@dataclass(frozen=True, slots=True)
class _Message:
    """A delivery with all that it takes to compose and send it."""

    delivery: Delivery
    recipient: Recipient
    outline: BookingOutline


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an event's booking and person: one look for all channels."""

    related: list[RelatedDelivery]
    recipient: Recipient | None


@dataclass(frozen=True, slots=True)
class _NoRecipient:
    """No event has named the recipient yet."""


@dataclass(frozen=True, slots=True)
class _Needless:
    """There is nothing to say, or nobody to say it to."""

    detail: str


class Sending:
    """Sends deliveries: a new one at once where its channel is free, else when it is due.

    `retry_seconds` is the first pause after a temporary refusal, and after refused settings.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        recipients: Recipients,
        channels: Mapping[ChannelName, Channel],
        background: Background,
        follow_ups: FollowUps,
        *,
        retry_seconds: float,
    ) -> None:
        self._deliveries, self._recipients, self._channels = deliveries, recipients, channels
        self._follow_ups = follow_ups
        self._background, self._retry_seconds = background, retry_seconds
        self._paused_until = dict.fromkeys(channels, datetime.min.replace(tzinfo=UTC))

    async def add(self, event: TriggerEvent) -> None:
        """Store the deliveries that an event asks for, one over each channel that has such a message, unless they are
        known; send them beside the caller where that can be done at once."""
        now = now_in_milliseconds()
        names = [name for name, channel in self._channels.items() if channel.writes(kind_of(event))]
        free = [name for name in names if not self._channels[name].is_busy and self._paused_until[name] <= now]
        known = await self._known(event) if free else None
        for name in names:
            channel = self._channels[name]
            delivery = new_delivery(name, event, channel.message_id(id_of(name, event)), now)
            if known and known.recipient and channel.leaves_out(known.recipient):
                continue
            prepared = self._prepared(delivery, known) if known and name in free else None
            if isinstance(prepared, _Message):
                message = replace(prepared, delivery=_as_sending(prepared.delivery))
                if await self._deliveries.insert(message.delivery):
                    self._background.start(self._attempt(message))
            else:
                await self._deliveries.insert(delivery)

    async def work(self, delivery: Delivery) -> None:
        """Suppress, postpone, send or follow up one due delivery."""
        if delivery.status is not Status.QUEUED:
            await self._follow_ups.work(delivery)
            return
        if delivery.sending:
            await self._record(delivery, Unanswered("the process ended while it was sent"))
            return
        match self._prepared(delivery, await self._known(delivery.event, delivery.user_id)):
            case _Needless(detail):
                await self._end(delivery, Status.SUPPRESSED, detail)
            case _NoRecipient():
                await self._wait_for_recipient(delivery)
            case _Message() as message:
                await self._send_due(message)

    async def _known(self, event: Event, user_id: str | None = None) -> _Known:
        """One look at what else was said of the event's booking, and at its person."""
        if recipient := recipient_of(event):
            person = user_of(event)
            if person is not None and await self._recipients.is_erased(person):
                return _Known([], replace(recipient, email=None, phone=None))
            return _Known([], recipient)
        booking_id = booking_of(event)
        related = await self._deliveries.about_booking(booking_id) if booking_id else []
        user_id = user_of(event) or user_id or owner_of(related)
        return _Known(related, await self._recipients.find(user_id) if user_id else None)

    def _prepared(self, delivery: Delivery, known: _Known) -> _Message | _NoRecipient | _Needless:
        if is_too_late(delivery, datetime.now(UTC)):
            return _Needless("its time is over")
        if is_outdated(delivery, known.related):
            return _Needless("a newer event of the booking outdates it")
        recipient = known.recipient
        if recipient is None:
            return _NoRecipient()
        if objection := self._channels[delivery.channel].objection(delivery.kind, recipient):
            return _Needless(objection)
        return _Message(replace(delivery, user_id=recipient.id), recipient, outline_of(delivery, known.related))

    async def _wait_for_recipient(self, delivery: Delivery) -> None:
        """Postpone a delivery whose recipient no event has named yet; the wait grows with its age."""
        now = datetime.now(UTC)
        if now >= delivery.give_up_at:
            await self._end(delivery, Status.FAILED, "the recipient is not known")
            return
        age = (now - delivery.created_at).total_seconds()
        pause = timedelta(seconds=min(_LONGEST_RECIPIENT_WAIT, max(_FIRST_RECIPIENT_WAIT, age / 2)))
        await self._deliveries.postpone(delivery, until=now + pause)

    async def _send_due(self, message: _Message) -> None:
        delivery = message.delivery
        paused_until = self._paused_until[delivery.channel]
        if paused_until > datetime.now(UTC):
            await self._deliveries.postpone(delivery, until=paused_until)
        elif await self._deliveries.begin(delivery):
            attempt = asyncio.ensure_future(self._attempt(replace(message, delivery=_as_sending(delivery))))
            self._background.start(attempt)
            await asyncio.shield(attempt)  # it outlives the loop that this is called from: an answer must not be lost

    async def _attempt(self, message: _Message) -> None:
        """Send a delivery that is stored as being sent; its lease is renewed while that lasts."""
        delivery = message.delivery
        channel = self._channels[delivery.channel]
        with telemetry.span(f"{delivery.channel} {delivery.kind}"):
            sending = asyncio.ensure_future(channel.deliver(delivery, message.recipient, message.outline))
            try:
                while not (await asyncio.wait([sending], timeout=_RENEW_SECONDS))[0]:
                    await self._renew(delivery)
            except asyncio.CancelledError:  # the process ends
                await end(sending)
                if sending.cancelled():  # and the server has not answered in time
                    await self._deliveries.give_back(delivery)
                else:
                    await self._record_surely(delivery, sending.result(), message.recipient)
                raise
            finally:
                await end(sending)
            await self._record_surely(delivery, sending.result(), message.recipient)

    async def _renew(self, delivery: Delivery) -> None:
        try:
            await self._deliveries.renew(delivery)
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("a store is unavailable, the lease is not renewed", delivery=delivery.id, error=repr(error))

    async def _record_surely(self, delivery: Delivery, outcome: Outcome, recipient: Recipient) -> None:
        """Record an outcome, if need be when the store is back: a lost answer would send the message twice."""
        while True:
            try:
                await self._record_address(delivery.channel, outcome, recipient)
                return await self._record(delivery, outcome)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("a store is unavailable, the outcome waits", delivery=delivery.id, error=repr(error))
                await asyncio.sleep(_STORE_RETRY_SECONDS)

    async def _record_address(self, name: ChannelName, outcome: Outcome, recipient: Recipient) -> None:
        """Remember an address at which there is nobody, and forget that where a message was taken after all."""
        address = self._channels[name].address(recipient)
        if address is None:
            return
        if isinstance(outcome, Bounced | Unwanted):
            await self._recipients.suppress(recipient.id, address)
        elif isinstance(outcome, Sent) and address in recipient.suppressed:
            await self._recipients.allow(recipient.id, address)

    async def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        """Store what follows from the outcome of an attempt: an end, or when it is tried again."""
        self._note_settings(delivery.channel, outcome)
        match outcome:
            case Sent():
                await self._end(delivery, Status.SENT, sent=outcome)
            case Unwanted(detail):
                await self._end(delivery, Status.SUPPRESSED, detail)
            case Refused(detail) | Unwritable(detail):
                log.warning("message refused", delivery=delivery.id, detail=detail)
                await self._end(delivery, Status.FAILED, detail)
            case Bounced(detail):
                await self._end(delivery, Status.BOUNCED, detail)
            case Deferred(detail, reached):
                first, longest = self._retry_seconds, _LONGEST_RETRY_SECONDS
                if not reached:
                    first, longest = _FIRST_RECONNECT_SECONDS, self._retry_seconds
                pause = backoff_seconds(delivery.attempts, first=first, maximum=longest)
                await self._retry_or_give_up(delivery, detail, pause)
            case Unanswered(detail) if self._is_last(delivery):
                await self._end(delivery, Status.FAILED, f"its answer was never seen: {detail}")
            case Unanswered(detail):
                unanswered, maximum = delivery.unanswered + 1, self._retry_seconds
                pause = backoff_seconds(unanswered, first=maximum / 10, maximum=maximum)
                await self._retry_or_give_up(replace(delivery, unanswered=unanswered), detail, pause)
            case Misconfigured(detail):
                await self._retry_or_give_up(delivery, detail, self._retry_seconds)
            case _:
                assert_never(outcome)

    def _is_last(self, delivery: Delivery) -> bool:
        """Whether a delivery whose answer was not seen is not sent again."""
        most = self._channels[delivery.channel].most_unanswered(delivery.kind)
        return most is not None and delivery.unanswered >= most

    def _note_settings(self, name: ChannelName, outcome: Outcome) -> None:
        """Raise the alarm and pause a channel whose settings are refused; any other answer ends the alarm."""
        if isinstance(outcome, Misconfigured):
            log.error("a server refuses our settings, its channel is paused", channel=name, detail=outcome.detail)
            MISCONFIGURED.labels(name).set(1)
            self._paused_until[name] = datetime.now(UTC) + timedelta(seconds=self._retry_seconds)
        elif not isinstance(outcome, Unanswered | Unwritable):  # the server answered
            MISCONFIGURED.labels(name).set(0)

    async def _end(self, delivery: Delivery, status: Status, detail: str = "", *, sent: Sent = NOT_SENT) -> None:
        next_at = self._follow_ups.next_at(delivery, status)
        await self._deliveries.end(delivery, status, detail, sent=sent, next_at=next_at)

    async def _retry_or_give_up(self, delivery: Delivery, detail: str, pause_seconds: float) -> None:
        due_at = datetime.now(UTC) + timedelta(seconds=pause_seconds)
        if due_at >= delivery.give_up_at:
            await self._end(delivery, Status.FAILED, f"given up: {detail}")
            return
        log.warning("message is tried again", delivery=delivery.id, attempts=delivery.attempts, detail=detail)
        await self._deliveries.retry(delivery, at=due_at, detail=detail)


def _as_sending(delivery: Delivery) -> Delivery:
    return replace(delivery, sending=True, attempts=delivery.attempts + 1)
