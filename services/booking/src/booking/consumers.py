"""The bus in: an event of a sale becomes facts of its booking, an event of a show its newest snapshot."""

from booking.domain.facts import Dispute, Extended, Facts, HandRefund, Paid, RefundOutcome, refund_key
from booking.domain.people import Person
from booking.domain.reseating import LedgerMove
from booking.domain.timeline import Entry, entry_of
from booking.usecases.gathering import News
from booking.usecases.ports import People
from booking.usecases.recording import Recording
from chassis.consume import Handlers
from chassis.envelope import told_at
from chassis.telemetry import trace_id
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeScheduled
from contracts.event import Event
from contracts.identity import UserChanged, UserErased, UserRegistered
from contracts.ids import counter_customer_of
from contracts.payment import (
    ContactGiven,
    OrderCreated,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefundCompleted,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentSucceeded,
)
from contracts.seating import HoldExtended, SeatsMoved, SeatsRefused, SeatsReleased, SeatsSold


class Consumers:
    """The handlers of booking's queues."""

    def __init__(self, recording: Recording, people: People) -> None:
        self._recording, self._people = recording, people

    def handlers(self) -> Handlers:
        return {
            OrderCreated: self.on_order_created,
            PaymentSucceeded: self.on_payment_succeeded,
            ContactGiven: self.on_contact_given,
            PaymentFailed: self.on_payment_failed,
            PaymentRefunded: self.on_payment_refunded,
            PaymentRefundCompleted: self.on_payment_refund_completed,
            PaymentRefundFailed: self.on_payment_refund_failed,
            PaymentDisputed: self.on_payment_disputed,
            HoldExtended: self.on_hold_extended,
            SeatsSold: self.on_seats_sold,
            SeatsRefused: self.on_seats_refused,
            SeatsMoved: self.on_seats_moved,
            SeatsReleased: self.on_seats_released,
            ShowtimeScheduled: self.on_showtime_changed,
            ShowtimeChanged: self.on_showtime_changed,
            ShowtimeCancelled: self.on_showtime_cancelled,
            UserRegistered: self.on_user_changed,
            UserChanged: self.on_user_changed,
            UserErased: self.on_user_erased,
        }

    async def on_order_created(self, event: OrderCreated) -> None:
        news = News(Facts(ordered=event.sale), _order_ids(event), are_first=True, heard=_heard(event))
        await self._recording.record(event.sale.booking_id, news)

    async def on_payment_succeeded(self, event: PaymentSucceeded) -> None:
        """Nothing follows before the verdict on the seats, which comes soon after."""
        paid = Paid(
            payment_id=event.payment_id,
            capture_id=event.capture_id,
            provider=event.provider,
            amount=event.amount,
            currency=event.currency,
            tender=event.tender,
            sold_by=event.sold_by,
            has_contact=event.has_contact,
        )
        news = News(Facts(ordered=event.sale, paid=paid), _order_ids(event), heard=_heard(event))
        await self._recording.record_soon(event.sale.booking_id, news)

    async def on_contact_given(self, event: ContactGiven) -> None:
        """Its customer is found by it too, under the id that stands for the booking's user."""
        contact = event.contact
        customer = Person(counter_customer_of(event.booking_id), contact.name or "", contact.email, contact.phone)
        await self._people.save(customer, revision=1)
        await self._recording.record(event.booking_id, News(Facts(contact=event.contact), heard=_heard(event)))

    async def on_payment_failed(self, event: PaymentFailed) -> None:
        """A failed attempt is not final: the guest may pay on the same order."""
        await self._recording.record(event.booking_id, News(Facts(), heard=_heard(event)))

    async def on_payment_refunded(self, event: PaymentRefunded) -> None:
        facts = _outcome(event) if event.of_booking else Facts()
        await self._recording.record(event.booking_id, News(facts, heard=_heard(event)))

    async def on_payment_refund_completed(self, event: PaymentRefundCompleted) -> None:
        facts = _outcome(event) if event.of_booking else Facts()
        await self._recording.record(event.booking_id, News(facts, heard=_heard(event)))

    async def on_payment_refund_failed(self, event: PaymentRefundFailed) -> None:
        facts = _outcome(event) if event.of_booking else Facts()
        await self._recording.record(event.booking_id, News(facts, heard=_heard(event)))

    async def on_payment_disputed(self, event: PaymentDisputed) -> None:
        disputes = (Dispute(key=event.dispute_id, status=event.status),) if event.of_booking else ()
        await self._recording.record(event.booking_id, News(Facts(disputes=disputes), heard=_heard(event)))

    async def on_hold_extended(self, event: HoldExtended) -> None:
        extended = Facts(extended=Extended(until=event.expires_at))
        await self._recording.record(event.booking_id, News(extended, heard=_heard(event)))

    async def on_seats_sold(self, event: SeatsSold) -> None:
        news = News(Facts(sold=True), showtime_id=event.showtime_id, heard=_heard(event))
        await self._recording.record(event.booking_id, news)

    async def on_seats_refused(self, event: SeatsRefused) -> None:
        """`booking_cancelled` only repeats what our own cancellation of sold seats has led to."""
        if event.reason != "booking_cancelled":
            news = News(Facts(refused=event.reason), showtime_id=event.showtime_id, heard=_heard(event))
            await self._recording.record(event.booking_id, news)

    async def on_seats_released(self, event: SeatsReleased) -> None:
        """Seats that a booking had; a hold that ended is no booking's."""
        if event.booking_id is not None:
            await self._recording.record(event.booking_id, News(Facts(), heard=_heard(event)))

    async def on_seats_moved(self, event: SeatsMoved) -> None:
        move = LedgerMove(event.number, event.moves, event.reason, event.screen, event.at)
        await self._recording.record_reseating(event.booking_id, move, _heard(event))

    async def on_showtime_changed(self, event: ShowtimeScheduled | ShowtimeChanged) -> None:
        await self._recording.save_snapshot(event.snapshot)

    async def on_showtime_cancelled(self, event: ShowtimeCancelled) -> None:
        await self._recording.save_snapshot(event.snapshot.model_copy(update={"status": "cancelled"}))

    async def on_user_changed(self, event: UserRegistered | UserChanged) -> None:
        await self._people.save(Person(event.user_id, event.name, event.email, event.phone), event.revision)

    async def on_user_erased(self, event: UserErased) -> None:
        """Support finds and shows the person no more. The snapshot of this revision says as little."""
        await self._people.save(Person(event.user_id), event.revision)


def _heard(event: Event) -> tuple[Entry, ...]:
    """The event that is handled now, for the booking's timeline."""
    return (entry_of(event, told_at(), trace_id()),)


def _order_ids(event: OrderCreated | PaymentSucceeded) -> frozenset[str]:
    """None for a sale that cost nothing."""
    return frozenset({event.order_id}) if event.order_id else frozenset()


def _outcome(event: PaymentRefunded | PaymentRefundCompleted | PaymentRefundFailed) -> Facts:
    """How far a refund is that the booking has asked for; any other of its capture was made by hand."""
    key, number = event.refund_key, event.number
    is_own = key == refund_key(event.capture_id) or key.startswith(refund_key(event.capture_id) + "_")
    is_pending = isinstance(event, PaymentRefunded) and event.is_pending
    completed, failed = isinstance(event, PaymentRefundCompleted), isinstance(event, PaymentRefundFailed)
    if not is_own:
        how = {"pending": is_pending, "completed": completed, "failed": failed}
        made_at = event.refunded_at if isinstance(event, PaymentRefunded) else None
        return Facts(by_hand=(HandRefund(key=key, amount=event.amount, at=made_at, **how),))
    if failed:
        return Facts(refund_outcomes=(RefundOutcome(refund_key=key, failed=number, has_failed=True),))
    outcome = RefundOutcome(
        refund_key=key,
        accepted=number,
        pending=number if is_pending else 0,
        completed=number if completed else 0,
    )
    return Facts(refund_outcomes=(outcome,))
