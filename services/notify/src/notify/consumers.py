"""The bus in: users to write to, and news that ask for a mail."""

from chassis.consume import Handlers
from contracts.booking import BookingCancelled, BookingRefused, BookingRescheduled, TicketIssued
from contracts.identity import UserChanged, UserRegistered
from contracts.payment import PaymentRefunded
from notify.store import MongoDeliveries, MongoRecipients


def handlers(recipients: MongoRecipients, deliveries: MongoDeliveries) -> Handlers:
    """The handlers of notify's queues; booking mails are transactional and heed no preferences."""

    async def on_payment_refunded(event: PaymentRefunded) -> None:
        """Money that had gone back by hand was told of by itself."""
        if event.amount:
            await deliveries.ask(event)

    return {
        UserRegistered: recipients.keep,
        UserChanged: recipients.keep,
        TicketIssued: deliveries.ask,
        BookingCancelled: deliveries.ask,
        BookingRefused: deliveries.ask,
        BookingRescheduled: deliveries.ask,
        PaymentRefunded: on_payment_refunded,
    }
