"""The bus in: what booking decided becomes a fact. No provider is called here."""

from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.batches import Batches
from chassis.consume import Handlers
from contracts.booking import BookingCancelled, BookingConfirmed, BookingRefused, RefundDue
from contracts.ids import BookingId, PaymentId
from contracts.seating import HoldExtended, SeatsReleased
from payment.domain import Cancelled, Decided, RefundRequest
from payment.record import free_capture_id
from payment.usecases.closing import Closing
from payment.usecases.recording import Recorder

_MOMENT_SECONDS = 0.25  # well below the time after which a capture without an answer is announced again


@dataclass(slots=True)
class _Answer:
    """What booking decided of a capture, and whether that is recorded."""

    payment_id: PaymentId
    decided: Decided
    is_recorded: bool = False


def handlers(recorder: Recorder, closing: Closing, prefetch: int) -> Handlers:
    """The handler of each event this service hears; `prefetch` is how many a consumer has at most. Nobody waits for it
    to be known that a capture is for good, so that those of a moment are recorded together."""

    async def record(answers: list[_Answer]) -> None:
        first = dict[str, _Answer]((answer.payment_id, answer) for answer in reversed(answers))
        recorded = await recorder.record_together({key: answer.decided for key, answer in first.items()})
        for payment_id in recorded:
            first[payment_id].is_recorded = True

    together = Batches(record, seconds=_MOMENT_SECONDS, size=max(1, prefetch // 2))

    async def on_booking_confirmed(event: BookingConfirmed) -> None:
        answer = _Answer(event.payment_id, Decided(capture_id=event.capture_id))
        await together.add(answer)
        if not answer.is_recorded:
            await recorder.record(answer.payment_id, answer.decided)

    async def on_booking_refused(event: BookingRefused) -> None:
        """Where nothing was paid nothing goes back, and this is all that booking says of it."""
        if event.refund == 0:
            payment_id = _payment_of(event.booking_id)
            decided = Decided(capture_id=event.capture_id or free_capture_id(payment_id))
            await recorder.record(payment_id, decided)

    async def on_booking_cancelled(event: BookingCancelled) -> None:
        """What is to go back is said by `refund_due`; what had gone back by hand is decided on."""
        await recorder.record(_payment_of(event.booking_id), Cancelled(reason=event.reason, at=datetime.now(UTC)))

    async def on_refund_due(event: RefundDue) -> None:
        request = RefundRequest(
            key=event.refund_key,
            capture_id=event.capture_id,
            amount=event.amount,
            currency=event.currency,
            reason=event.reason,
        )
        await recorder.record(event.payment_id, request)

    async def on_hold_extended(event: HoldExtended) -> None:
        await closing.hold_extended(event.hold_id, event.expires_at)

    async def on_seats_released(event: SeatsReleased) -> None:
        """Of a booking that was cancelled the hold is long over."""
        if event.hold_id is not None and event.reason != "booking_cancelled":
            await closing.hold_ended(event.hold_id)

    return {
        HoldExtended: on_hold_extended,
        SeatsReleased: on_seats_released,
        BookingConfirmed: on_booking_confirmed,
        BookingRefused: on_booking_refused,
        BookingCancelled: on_booking_cancelled,
        RefundDue: on_refund_due,
    }


def _payment_of(booking_id: BookingId) -> PaymentId:
    """A booking and its payment share the hold's own part of the id."""
    return PaymentId(f"pay_{booking_id.removeprefix('bkg_')}")
