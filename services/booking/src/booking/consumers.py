"""The bus in: an event of a sale becomes facts of its booking, an event of a show its newest snapshot."""

from booking.domain.facts import Dispute, Extended, Facts, HandRefund, Paid, RefundOutcome, refund_key
from booking.usecases.gathering import News
from booking.usecases.recording import Recording
from chassis.consume import Handlers
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeScheduled
from contracts.payment import (
    ContactGiven,
    OrderCreated,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentSucceeded,
)
from contracts.seating import HoldExtended, SeatsRefused, SeatsSold


class Consumers:
    """The handlers of booking's queues."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def handlers(self) -> Handlers:
        return {
            OrderCreated: self.on_order_created,
            PaymentSucceeded: self.on_payment_succeeded,
            ContactGiven: self.on_contact_given,
            PaymentFailed: self.on_payment_failed,
            PaymentRefunded: self.on_payment_refunded,
            PaymentRefundFailed: self.on_payment_refund_failed,
            PaymentDisputed: self.on_payment_disputed,
            HoldExtended: self.on_hold_extended,
            SeatsSold: self.on_seats_sold,
            SeatsRefused: self.on_seats_refused,
            ShowtimeScheduled: self.on_showtime_changed,
            ShowtimeChanged: self.on_showtime_changed,
            ShowtimeCancelled: self.on_showtime_cancelled,
        }

    async def on_order_created(self, event: OrderCreated) -> None:
        news = News(Facts(ordered=event.sale), _order_ids(event), are_first=True)
        await self._recording.record(event.sale.booking_id, news)

    async def on_payment_succeeded(self, event: PaymentSucceeded) -> None:
        """Nothing follows before the verdict on the seats, which comes soon after."""
        paid = Paid(
            payment_id=event.payment_id,
            capture_id=event.capture_id,
            amount=event.amount,
            currency=event.currency,
            tender=event.tender,
            sold_by=event.sold_by,
            has_contact=event.has_contact,
        )
        news = News(Facts(ordered=event.sale, paid=paid), _order_ids(event))
        await self._recording.record_soon(event.sale.booking_id, news)

    async def on_contact_given(self, event: ContactGiven) -> None:
        await self._recording.record(event.booking_id, News(Facts(contact=event.contact)))

    async def on_payment_failed(self, event: PaymentFailed) -> None:
        """A failed attempt is not final and changes nothing: the guest may pay on the same order."""

    async def on_payment_refunded(self, event: PaymentRefunded) -> None:
        if event.of_booking:
            await self._recording.record(event.booking_id, News(_outcome(event)))

    async def on_payment_refund_failed(self, event: PaymentRefundFailed) -> None:
        if event.of_booking:
            await self._recording.record(event.booking_id, News(_outcome(event)))

    async def on_payment_disputed(self, event: PaymentDisputed) -> None:
        if event.of_booking:
            disputes = (Dispute(key=event.dispute_id, status=event.status),)
            await self._recording.record(event.booking_id, News(Facts(disputes=disputes)))

    async def on_hold_extended(self, event: HoldExtended) -> None:
        await self._recording.record(event.booking_id, News(Facts(extended=Extended(until=event.expires_at))))

    async def on_seats_sold(self, event: SeatsSold) -> None:
        await self._recording.record(event.booking_id, News(Facts(sold=True), showtime_id=event.showtime_id))

    async def on_seats_refused(self, event: SeatsRefused) -> None:
        """`booking_cancelled` only repeats what our own cancellation of sold seats has led to."""
        if event.reason != "booking_cancelled":
            news = News(Facts(refused=event.reason), showtime_id=event.showtime_id)
            await self._recording.record(event.booking_id, news)

    async def on_showtime_changed(self, event: ShowtimeScheduled | ShowtimeChanged) -> None:
        await self._recording.save_snapshot(event.snapshot)

    async def on_showtime_cancelled(self, event: ShowtimeCancelled) -> None:
        await self._recording.save_snapshot(event.snapshot.model_copy(update={"status": "cancelled"}))


def _order_ids(event: OrderCreated | PaymentSucceeded) -> frozenset[str]:
    """None for a sale that cost nothing."""
    return frozenset({event.order_id}) if event.order_id else frozenset()


def _outcome(event: PaymentRefunded | PaymentRefundFailed) -> Facts:
    """How far a refund is that the booking has asked for; any other of its capture was made by hand."""
    failed, key = isinstance(event, PaymentRefundFailed), event.refund_key
    if key != refund_key(event.capture_id) and not key.startswith(refund_key(event.capture_id) + "_"):
        return Facts(by_hand=(HandRefund(key=key, amount=event.amount, failed=failed),))
    numbers = {"failed": event.number, "has_failed": True} if failed else {"accepted": event.number}
    return Facts(refund_outcomes=(RefundOutcome(refund_key=key, **numbers),))
