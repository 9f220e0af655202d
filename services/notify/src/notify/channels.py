"""The channels over which a message reaches a person. A channel composes the message and sends it; each attempt ends in
an `Outcome`.

A channel has `is_busy`, `writes`, `message_id`, `address`, `leaves_out`, `objection` and `deliver`: a further one is a
class here, a name in `ChannelName`, one in `Channel` and a line in `assembly.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.logs import logger
from notify.domain import (
    MOST_UNANSWERED,
    BookingOutline,
    Deferred,
    Delivery,
    Kind,
    Outcome,
    Recipient,
    Sent,
    Unwritable,
)
from notify.mails import MailComposer
from notify.smtp import MailServer
from notify.texts import KINDS, Texts
from notify.twilio_api import Report, Twilio

log = logger(__name__)
_ASKED_FOR = frozenset({Kind.RESEND, Kind.WELCOME, Kind.VERIFICATION, Kind.EMAIL_CHANGE, Kind.RESET})
"""What a person asks for goes to an address that bounced too: it may be mended."""
_FIRST_LOOK = timedelta(seconds=20)  # after an SMS was taken; callbacks come sooner

_OPTIONAL = frozenset({Kind.REMINDER})
"""What preferences stop; all else is about money, seats or sign-in."""


class MailChannel:
    """Mail over SMTP."""

    def __init__(self, composer: MailComposer, server: MailServer) -> None:
        self._composer, self._server = composer, server

    @property
    def is_busy(self) -> bool:
        """Whether a message would have to wait before it is sent."""
        return self._server.is_busy

    def writes(self, kind: Kind) -> bool:
        """Whether there is such a message over this channel."""
        return kind is not Kind.OTP

    def message_id(self, delivery_id: str) -> str | None:
        """The name that a message bears over this channel, where it has one."""
        return f"<{delivery_id.replace(':', '.')}@{self._composer.sender_domain}>"

    def address(self, recipient: Recipient) -> str | None:
        """Where messages to this person go; None where that is not known."""
        return recipient.email

    def leaves_out(self, _recipient: Recipient) -> bool:
        """Whether this person gets no delivery at all over this channel; without an address it is `suppressed`."""
        return False

    def objection(self, kind: Kind, recipient: Recipient) -> str | None:
        """Why this person gets no such message; None where they do."""
        if recipient.email is None:
            return "no address is known"
        if kind in _OPTIONAL and not recipient.email_notifications:
            return "the person wants none of this kind"
        if recipient.email in recipient.suppressed and kind not in _ASKED_FOR:
            return "there is nobody at this address"
        return None

    def most_unanswered(self, _kind: Kind) -> int | None:
        """How often a message is sent again after an attempt without an answer; None: until it is given up."""
        return MOST_UNANSWERED

    async def deliver(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Outcome:
        """Compose the message and send it to `recipient`; never raises."""
        try:
            mail = await asyncio.to_thread(self._composer.compose, delivery, recipient, outline)
        except Exception as error:
            log.exception("no mail can be written", delivery=delivery.id)
            return Unwritable(f"no mail can be written: {error!r}")
        return await self._server.send(mail)


class SmsChannel:
    """SMS by Twilio, to phones that are verified; a buyer at the counter gets the one with the ticket."""

    def __init__(self, texts: Texts, twilio: Twilio, is_known: Callable[[str], Awaitable[bool]]) -> None:
        """`is_known` says of a provider's id whether a delivery bears it."""
        self._texts, self._twilio, self._is_known = texts, twilio, is_known

    @property
    def is_busy(self) -> bool:
        """Whether a message would have to wait before it is sent."""
        return self._twilio.is_busy

    def writes(self, kind: Kind) -> bool:
        """Whether there is such a message over this channel."""
        return kind in KINDS

    def message_id(self, _delivery_id: str) -> str | None:
        """SMS have no names of ours."""
        return None

    def address(self, recipient: Recipient) -> str | None:
        """The person's phone."""
        return recipient.phone

    def leaves_out(self, recipient: Recipient) -> bool:
        """Who has no verified phone or wants no SMS costs no delivery."""
        return recipient.phone is None or not recipient.sms_notifications

    def objection(self, kind: Kind, recipient: Recipient) -> str | None:
        """Why this person gets no such message; None where they do."""
        if recipient.phone is None:
            return "no verified phone is known"
        if recipient.is_contact and kind is not Kind.CONFIRMATION:
            return "only the ticket goes to a phone from the counter"
        if not recipient.sms_notifications and kind is not Kind.OTP:
            return "the person wants no SMS"
        if recipient.phone in recipient.suppressed:
            return "this number takes no SMS, or sent STOP"
        return None

    def most_unanswered(self, kind: Kind) -> int | None:
        """A code is never sent twice; of anything else the provider says whether it was."""
        return 0 if kind is Kind.OTP else None

    async def deliver(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Outcome:
        """Compose the text and send it to `recipient`, unless an attempt without an answer did; never raises."""
        try:
            text = self._texts.compose(delivery, recipient.language, outline)
        except Exception as error:
            log.exception("no SMS can be written", delivery=delivery.id)
            return Unwritable(f"no SMS can be written: {error!r}")
        phone = recipient.phone or ""
        if delivery.unanswered:
            try:
                provider_id = await self._found(phone, text.body, delivery.repeated_at or delivery.created_at)
            except Exception as error:  # noqa: BLE001  # whatever it is, nothing was sent
                return Deferred(f"the provider cannot be asked: {error!r}", reached=False)
            if provider_id:
                return self._followed(Sent(provider_id), delivery)
        outcome = await self._twilio.send(phone, text.body)
        return self._followed(outcome, delivery) if isinstance(outcome, Sent) else outcome

    async def _found(self, phone: str, body: str, since: datetime) -> str | None:
        """The message with this text that no other delivery is: a ticket that is asked for again reads as before."""
        for provider_id in await self._twilio.find(phone, body, since):
            if not await self._is_known(provider_id):
                return provider_id
        return None

    async def look(self, provider_id: str) -> Report | None:
        """Where a message stands; None where that cannot be known now."""
        return await self._twilio.look(provider_id)

    def _followed(self, sent: Sent, delivery: Delivery) -> Sent:
        """A code's event, which bears it, goes at once."""
        look_at = datetime.now(UTC) + _FIRST_LOOK
        return replace(sent, look_at=look_at, may_repeat=delivery.kind is not Kind.OTP)


Channel = MailChannel | SmsChannel
