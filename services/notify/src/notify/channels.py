"""The channels over which a message reaches a person. A channel composes the message and sends it; each attempt ends in
an `Outcome`.

A channel has `is_busy`, `writes`, `message_id`, `address`, `leaves_out`, `objection` and `deliver`: a further one is a
class here, a name in `ChannelName`, one in `Channel` and a line in `assembly.py`.
"""

import asyncio

from chassis.logs import logger
from notify.domain import BookingOutline, Delivery, Kind, Outcome, Recipient, Unwritable
from notify.mails import MailComposer
from notify.smtp import MailServer

log = logger(__name__)
_ASKED_FOR = frozenset({Kind.RESEND, Kind.WELCOME, Kind.VERIFICATION, Kind.EMAIL_CHANGE, Kind.RESET})
"""What a person asks for goes to an address that bounced too: it may be mended."""

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
        return kind in Kind

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

    async def deliver(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Outcome:
        """Compose the message and send it to `recipient`; never raises."""
        try:
            mail = await asyncio.to_thread(self._composer.compose, delivery, recipient, outline)
        except Exception as error:
            log.exception("no mail can be written", delivery=delivery.id)
            return Unwritable(f"no mail can be written: {error!r}")
        return await self._server.send(mail)


Channel = MailChannel
