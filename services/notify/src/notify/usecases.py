"""Hand each delivery over once: stored as `sending` before, so that a crash in between is an answer not seen."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, assert_never

from prometheus_client import Gauge

from chassis.logs import logger
from chassis.loops import forever, running
from chassis.unavailable import is_unavailable
from contracts.payment import PaymentRefunded
from notify.domain import (
    SENDING_LEASE,
    UNSEEN_ANSWERS,
    Deferred,
    Delivered,
    Delivery,
    Kind,
    Mention,
    Misconfigured,
    Outcome,
    Recipient,
    Refused,
    Unseen,
    backoff,
)
from notify.mails import About, Mail, Mails

log = logger(__name__)
_WAIT_SECONDS, _LONGEST_WAIT = 0.5, 60.0
_SLOWEST_RETRY = 1800.0
_RENEW = timedelta(seconds=5)
_AGAIN_SECONDS = 0.2
MISCONFIGURED = Gauge("marquee_mail_misconfigured", "1 while the mail server refuses our settings")


class Channel(Protocol):
    """The mail server."""

    async def send(self, mail: Mail) -> Outcome: ...


class Recipients(Protocol):
    """Whom we know."""

    async def find(self, user_id: str) -> Recipient | None: ...


class Deliveries(Protocol):
    """The kept deliveries."""

    async def of_booking(self, booking_id: str) -> list[Mention]: ...
    async def move(self, delivery: Delivery, from_status: str, values: dict[str, Any], *, due_at: datetime) -> bool: ...
    async def renew(self, delivery: Delivery) -> None: ...
    async def end(self, delivery: Delivery, from_status: str, status: str, detail: str = "") -> bool: ...


class Mailroom:
    """Works off deliveries."""

    def __init__(
        self, deliveries: Deliveries, recipients: Recipients, channel: Channel, mails: Mails, *, retry_seconds: float
    ) -> None:
        self._deliveries, self._recipients, self._channel, self._mails = deliveries, recipients, channel, mails
        self._retry_seconds = retry_seconds
        self._paused_until = datetime.min.replace(tzinfo=UTC)

    async def work(self, delivery: Delivery) -> None:
        """Bring one due delivery a step further."""
        if delivery.status == "sending":
            return await self._after(delivery, Unseen("the process ended while it was handed over"))
        mentions = await self._deliveries.of_booking(delivery.booking_id)
        if _is_outdated(delivery, mentions):
            await self._deliveries.end(delivery, "due", "dropped", "newer news of the booking came since")
            return None
        delivery = replace(delivery, user_id=delivery.user_id or _user_of(mentions))
        recipient = await self._recipients.find(delivery.user_id) if delivery.user_id else None
        if recipient is None:
            return await self._wait(delivery)
        if recipient.email is None:
            await self._deliveries.end(delivery, "due", "dropped", "no e-mail address is known")
            return None
        return await self._send(delivery, recipient, _about(delivery, mentions))

    async def _wait(self, delivery: Delivery) -> None:
        """The recipient's event has not come yet."""
        now = datetime.now(UTC)
        if now >= delivery.give_up_at:
            await self._deliveries.end(delivery, "due", "failed", "the recipient is not known")
            return
        age = (now - delivery.created_at).total_seconds()
        pause = timedelta(seconds=min(_LONGEST_WAIT, max(_WAIT_SECONDS, age / 2)))
        await self._deliveries.move(delivery, "due", {}, due_at=now + pause)

    async def _send(self, delivery: Delivery, recipient: Recipient, about: About) -> None:
        now = datetime.now(UTC)
        if self._paused_until > now:
            await self._deliveries.move(delivery, "due", {}, due_at=self._paused_until)
            return
        try:
            mail = await asyncio.to_thread(self._mails.compose, delivery, recipient, about)
        except Exception as error:
            log.exception("no mail can be written", delivery=delivery.id)
            await self._deliveries.end(delivery, "due", "failed", f"no mail can be written: {error!r}")
            return
        values = {"status": "sending", "attempts": delivery.attempts + 1, "user_id": delivery.user_id}
        if await self._deliveries.move(delivery, "due", values, due_at=now + SENDING_LEASE):
            sending = replace(delivery, attempts=delivery.attempts + 1, status="sending")
            async with running(forever("renew", partial(self._renew, sending), pause=0)):
                outcome = await self._channel.send(mail)
                await self._kept(sending, outcome)

    async def _kept(self, delivery: Delivery, outcome: Outcome) -> None:
        """An answer that was seen is not forgotten because the store is away just then."""
        while True:
            try:
                return await self._after(delivery, outcome)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("a store is away, the answer waits", delivery=delivery.id, error=repr(error))
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _renew(self, delivery: Delivery) -> None:
        await asyncio.sleep(_RENEW.total_seconds())
        await self._deliveries.renew(delivery)

    async def _after(self, delivery: Delivery, outcome: Outcome) -> None:
        """What an attempt leads to."""
        if isinstance(outcome, Misconfigured):
            MISCONFIGURED.set(1)
        elif not isinstance(outcome, Unseen):
            MISCONFIGURED.set(0)
        match outcome:
            case Delivered():
                await self._deliveries.end(delivery, "sending", "delivered")
            case Refused(detail):
                log.warning("mail refused", delivery=delivery.id, detail=detail)
                await self._deliveries.end(delivery, "sending", "failed", detail)
            case Deferred(detail, reached):
                first, most = (self._retry_seconds, _SLOWEST_RETRY) if reached else (0.5, self._retry_seconds)
                await self._again(delivery, detail, backoff(delivery.attempts, first, most))
            case Unseen(detail) if delivery.unseen >= UNSEEN_ANSWERS:
                await self._deliveries.end(delivery, "sending", "failed", f"its answer was never seen: {detail}")
            case Unseen(detail):
                pause = backoff(delivery.unseen + 1, self._retry_seconds / 10, self._retry_seconds)
                await self._again(delivery, detail, pause, unseen=delivery.unseen + 1)
            case Misconfigured(detail):
                log.error("the mail server refuses our settings, mail is paused", detail=detail)
                self._paused_until = datetime.now(UTC) + timedelta(seconds=self._retry_seconds)
                await self._again(delivery, detail, timedelta(seconds=self._retry_seconds))
            case _:
                assert_never(outcome)

    async def _again(self, delivery: Delivery, detail: str, pause: timedelta, **values: Any) -> None:
        due_at = datetime.now(UTC) + pause
        if due_at >= delivery.give_up_at:
            await self._deliveries.end(delivery, "sending", "failed", f"given up: {detail}")
            return
        log.warning("mail is tried again", delivery=delivery.id, attempts=delivery.attempts, detail=detail)
        values = {"status": "due", "detail": detail, **values}
        await self._deliveries.move(delivery, "sending", values, due_at=due_at)


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
