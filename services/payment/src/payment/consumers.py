"""The bus in: what booking decided becomes a fact. No provider is called here."""

from chassis.consume import Handlers
from contracts.booking import BookingConfirmed, RefundDue

from payment.domain import Decided, RefundAsk
from payment.store import Payments


def handlers(payments: Payments) -> Handlers:
    """The handler of each event this service hears."""

    async def on_booking_confirmed(event: BookingConfirmed) -> None:
        await payments.record(event.payment_id, Decided(capture_id=event.capture_id))

    async def on_refund_due(event: RefundDue) -> None:
        ask = RefundAsk(key=event.refund_key, capture_id=event.capture_id, amount=event.amount,
                        currency=event.currency, reason=event.reason)  # fmt: skip
        await payments.record(event.payment_id, ask)

    return {BookingConfirmed: on_booking_confirmed, RefundDue: on_refund_due}
