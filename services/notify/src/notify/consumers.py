"""The bus in: recipients, and the events that ask for a message."""

from chassis.consume import Handlers
from contracts.booking import BookingCancelled, BookingRefused, BookingRescheduled, TicketIssued
from contracts.identity import UserChanged, UserRegistered
from contracts.payment import PaymentRefunded
from notify.domain import ChannelName
from notify.store import Recipients
from notify.usecases import Sending


class Consumers:
    """The handlers of notify's queues. Booking mails are transactional and heed no preferences."""

    def __init__(self, recipients: Recipients, sending: Sending) -> None:
        self._recipients, self._sending = recipients, sending

    async def on_user(self, event: UserRegistered | UserChanged) -> None:
        """Store a recipient."""
        await self._recipients.save(event)

    async def on_booking(self, event: TicketIssued | BookingCancelled | BookingRefused | BookingRescheduled) -> None:
        """Add the mail about a step of a booking."""
        await self._sending.add(ChannelName.MAIL, event)

    async def on_payment_refunded(self, event: PaymentRefunded) -> None:
        """Add the mail about a refund, unless refunds by hand had left nothing to send back."""
        if event.amount:
            await self._sending.add(ChannelName.MAIL, event)

    def handlers(self) -> Handlers:
        """Who handles which event."""
        return {
            UserRegistered: self.on_user,
            UserChanged: self.on_user,
            TicketIssued: self.on_booking,
            BookingCancelled: self.on_booking,
            BookingRefused: self.on_booking,
            BookingRescheduled: self.on_booking,
            PaymentRefunded: self.on_payment_refunded,
        }
