"""The bus in: recipients, and the events that ask for messages."""

from chassis.consume import Handlers
from chassis.times import now_in_milliseconds
from contracts.booking import BookingCancelled, BookingRefused, BookingRescheduled, ResendRequested, TicketIssued
from contracts.identity import (
    EmailChangeRequested,
    EmailVerificationRequested,
    GuestLinked,
    OtpRequested,
    PasswordResetRequested,
    UserChanged,
    UserErased,
    UserRegistered,
)
from contracts.notify import WebhookDisabled
from contracts.payment import PaymentRefunded, PaymentRefundFailed
from contracts.seating import WaitlistOffered
from notify.recipients import Recipients
from notify.triggers import TriggerEvent
from notify.usecases import Sending


class Consumers:
    """The handlers of notify's queues."""

    def __init__(self, recipients: Recipients, sending: Sending) -> None:
        self._recipients, self._sending = recipients, sending

    async def on_user(self, event: UserRegistered | UserChanged) -> None:
        """Store a recipient."""
        await self._recipients.save(event)

    async def on_ticket_issued(self, event: TicketIssued) -> None:
        """Add the messages about a ticket. One sold to no user goes where its buyer said, if anywhere."""
        if event.contact is not None:
            await self._recipients.save_contact(event, now_in_milliseconds())
            if not (event.contact.email or event.contact.phone):
                return
        await self._sending.add(event)

    async def on_event(self, event: TriggerEvent) -> None:
        """Add the messages that an event asks for."""
        await self._sending.add(event)

    async def on_payment_refunded(self, event: PaymentRefunded) -> None:
        """Add the messages about a refund, unless refunds by hand had left nothing to send back."""
        if event.amount:
            await self._sending.add(event)

    def handlers(self) -> Handlers:
        """Who handles which event."""
        return {
            UserRegistered: self.on_user,
            UserChanged: self.on_user,
            UserErased: self._recipients.erase,
            TicketIssued: self.on_ticket_issued,
            ResendRequested: self.on_event,
            BookingCancelled: self.on_event,
            BookingRefused: self.on_event,
            BookingRescheduled: self.on_event,
            WaitlistOffered: self.on_event,
            PaymentRefunded: self.on_payment_refunded,
            PaymentRefundFailed: self.on_event,
            EmailVerificationRequested: self.on_event,
            EmailChangeRequested: self.on_event,
            GuestLinked: self.on_event,
            PasswordResetRequested: self.on_event,
            OtpRequested: self.on_event,
            WebhookDisabled: self.on_event,
        }
