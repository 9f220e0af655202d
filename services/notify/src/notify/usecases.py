"""Send each delivery once: it is stored as `sending` first, so that after a crash its answer counts as not seen."""

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
    UNSEEN_ANSWERS,
    About,
    ChannelName,
    Deferred,
    Delivered,
    Delivery,
    Kind,
    Mention,
    Misconfigured,
    Outcome,
    Refused,
    Unseen,
    Unwritable,
)
from notify.store import Deliveries, Recipients

log = logger(__name__)
_WAIT_SECONDS, _LONGEST_WAIT = 0.5, 60.0
_SLOWEST_RETRY = 1800.0
_RENEW = timedelta(seconds=5)
_AGAIN_SECONDS = 0.2
MISCONFIGURED = Gauge("marquee_mail_misconfigured", "1 while the mail server refuses our settings")


class DeliveryWorker:
    """Takes due deliveries a step further."""

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
        """Take one due delivery a step further."""
        if delivery.status == "sending":
            return await self._after(delivery, Unseen("the process ended while it was sent"))
        mentions = await self._deliveries.of_booking(delivery.booking_id)
        if _is_outdated(delivery, mentions):
            await self._deliveries.end(delivery, "due", "dropped", "newer news of the booking came since")
            return None
        delivery = replace(delivery, user_id=delivery.user_id or _user_of(mentions))
        recipient = await self._recipients.find(delivery.user_id) if delivery.user_id else None
        if recipient is None:
            return await self._wait(delivery)
        channel = self._channels[delivery.channel]
        if not channel.reaches(recipient):
            await self._deliveries.end(delivery, "due", "dropped", f"no address for {delivery.channel} is known")
            return None
        deliver = partial(channel.deliver, recipient=recipient, about=_about(delivery, mentions))
        return await self._send(delivery, deliver)

    async def _wait(self, delivery: Delivery) -> None:
        """The recipient's event has not come yet."""
        now = datetime.now(UTC)
        if now >= delivery.give_up_at:
            await self._deliveries.end(delivery, "due", "failed", "the recipient is not known")
            return
        age = (now - delivery.created_at).total_seconds()
        pause = timedelta(seconds=min(_LONGEST_WAIT, max(_WAIT_SECONDS, age / 2)))
        await self._deliveries.postpone(delivery, until=now + pause)

    async def _send(self, delivery: Delivery, deliver: Callable[[Delivery], Awaitable[Outcome]]) -> None:
        now = datetime.now(UTC)
        if self._paused_until > now:
            await self._deliveries.postpone(delivery, until=self._paused_until)
            return
        if await self._deliveries.begin(delivery):
            sending = replace(delivery, attempts=delivery.attempts + 1, status="sending")
            async with running(forever("renew", partial(self._renew, sending), pause=0)):
                await self._store(sending, await deliver(sending))

    async def _store(self, delivery: Delivery, outcome: Outcome) -> None:
        """Store an outcome; try again while the store is unavailable, for what was seen must not be forgotten."""
        while True:
            try:
                return await self._after(delivery, outcome)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("a store is unavailable, the outcome waits", delivery=delivery.id, error=repr(error))
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _renew(self, delivery: Delivery) -> None:
        await asyncio.sleep(_RENEW.total_seconds())
        await self._deliveries.renew(delivery)

    async def _after(self, delivery: Delivery, outcome: Outcome) -> None:
        """Store what follows from an attempt's outcome."""
        if isinstance(outcome, Misconfigured):
            MISCONFIGURED.set(1)
        elif not isinstance(outcome, Unseen | Unwritable):  # the server answered
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
                first, maximum = (self._retry_seconds, _SLOWEST_RETRY) if reached else (0.5, self._retry_seconds)
                await self._again(delivery, detail, backoff_seconds(delivery.attempts, first=first, maximum=maximum))
            case Unseen(detail) if delivery.unseen >= UNSEEN_ANSWERS:
                await self._deliveries.end(delivery, "sending", "failed", f"its answer was never seen: {detail}")
            case Unseen(detail):
                unseen, maximum = delivery.unseen + 1, self._retry_seconds
                pause = backoff_seconds(unseen, first=maximum / 10, maximum=maximum)
                await self._again(replace(delivery, unseen=unseen), detail, pause)
            case Misconfigured(detail):
                log.error("the mail server refuses our settings, mail is paused", detail=detail)
                self._paused_until = datetime.now(UTC) + timedelta(seconds=self._retry_seconds)
                await self._again(delivery, detail, self._retry_seconds)
            case _:
                assert_never(outcome)

    async def _again(self, delivery: Delivery, detail: str, pause_seconds: float) -> None:
        due_at = datetime.now(UTC) + timedelta(seconds=pause_seconds)
        if due_at >= delivery.give_up_at:
            await self._deliveries.end(delivery, "sending", "failed", f"given up: {detail}")
            return
        log.warning("message is tried again", delivery=delivery.id, attempts=delivery.attempts, detail=detail)
        await self._deliveries.retry(delivery, at=due_at, detail=detail)


def _is_outdated(delivery: Delivery, mentions: list[Mention]) -> bool:
    """News of a show to come are outdated by a cancellation as new; one write may say both, so the same version counts
    as older. A new start is outdated by a newer one."""
    if delivery.kind not in {Kind.CONFIRMATION, Kind.RESCHEDULE}:
        return False
    newer = {Kind.CANCELLATION: 0, Kind.RESCHEDULE: 1} if delivery.kind is Kind.RESCHEDULE else {Kind.CANCELLATION: 0}
    version = delivery.booking_version or 0
    return any(
        mention.kind in newer and (mention.booking_version or 0) >= version + newer[mention.kind]
        for mention in mentions
    )


def _user_of(mentions: list[Mention]) -> str | None:
    """Payment does not say whose booking it refunds; what booking said of it does."""
    return next((mention.user_id for mention in mentions if mention.user_id), None)


def _about(delivery: Delivery, mentions: list[Mention]) -> About:
    """Reference and show, from this delivery's news or another's of the same booking, the newest first."""
    newest_first = sorted(mentions, key=lambda mention: mention.booking_version or 0, reverse=True)
    own = delivery.news
    known = newest_first if isinstance(own, PaymentRefunded) else [own, *newest_first]
    reference = next((news.reference for news in known if news.reference), None)
    return About(reference, next((news.show for news in known if news.show), None))
