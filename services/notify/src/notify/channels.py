"""The channels over which a message reaches a person. A channel composes the message and sends it; each attempt ends in
an `Outcome`."""

from chassis.logs import logger
from notify.domain import BookingOutline, Delivery, Outcome, Recipient, Unwritable
from notify.mails import MailComposer
from notify.smtp import MailServer

log = logger(__name__)


class MailChannel:
    """Mail over SMTP."""

    def __init__(self, composer: MailComposer, server: MailServer) -> None:
        self._composer, self._server = composer, server

    @property
    def is_busy(self) -> bool:
        """Whether a message would have to wait before it is sent."""
        return self._server.is_busy

    def can_reach(self, recipient: Recipient) -> bool:
        """Whether the recipient has an address."""
        return recipient.email is not None

    async def deliver(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Outcome:
        """Compose the message and send it to `recipient`; never raises."""
        try:
            mail = self._composer.compose(delivery, recipient, outline)
        except Exception as error:
            log.exception("no mail can be written", delivery=delivery.id)
            return Unwritable(f"no mail can be written: {error!r}")
        return await self._server.send(mail)
