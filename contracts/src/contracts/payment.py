"""What payment says."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.audit import AuditRecord
from contracts.event import Event, UtcTime, Value
from contracts.ids import BookingId, PaymentId, TheaterId, UserId
from contracts.money import Currency, MinorUnits
from contracts.sale import Contact, Sale


class Difference(Value):
    """By how much a capture is more (or, below 0, less) than its sale, and what at the provider explains it.

    `fee`: the payer bore the provider's fee. `offer`: an offer of the account took off a discount. `rounding`: the
    provider takes no amount in this currency whose last digit is not 0.
    """

    amount: Annotated[int, Field(strict=True, description="minor units")]
    reason: Literal["fee", "offer", "rounding"]


Tender = Literal["cash", "card_terminal", "complimentary"]
"""What was handed over at the counter; a complimentary sale takes nothing."""


class OrderCreated(Event):
    """The provider opened an order for a sale: the guest may pay now. At the counter `provider` is `counter`, it is
    paid with the same step, and the sale's user is nobody.
    """

    type: ClassVar[str] = "payment.order_created.v1"
    subject_field: ClassVar[str] = "payment_id"

    payment_id: PaymentId
    sale: Sale
    provider: str
    order_id: str
    tender: Tender | None = None


class PaymentSucceeded(Event):
    """The first matching capture of a sale. Said again until booking has decided; subscribers must not mind.

    Of a sale that costs nothing `provider` is `free`, `amount` 0, and there is no order. What was sold at the counter
    has a `tender` and `sold_by`, the user who sold it, and belongs to no user; complimentary, its `amount` is 0
    whatever the sale's total. `has_contact`: `ContactGiven` says where the ticket goes.
    """

    type: ClassVar[str] = "payment.succeeded.v1"
    subject_field: ClassVar[str] = "payment_id"

    payment_id: PaymentId
    sale: Sale
    provider: str
    order_id: str | None = None
    capture_id: str
    amount: MinorUnits
    """What was captured: the sale's total and the difference, where there is one."""
    currency: Currency
    captured_at: UtcTime
    difference: Difference | None = None
    tender: Tender | None = None
    sold_by: UserId | None = None
    has_contact: bool = False


class ContactGiven(Event):
    """Where the ticket of a sale at the counter goes, as its customer said. Private: it is about a person."""

    type: ClassVar[str] = "payment.contact_given.v1"
    subject_field: ClassVar[str] = "payment_id"
    private: ClassVar[bool] = True

    payment_id: PaymentId
    booking_id: BookingId
    contact: Contact


class PaymentFailed(Event):
    """An attempt failed at the provider. Not final: the guest may try again on the same order."""

    type: ClassVar[str] = "payment.failed.v1"
    subject_field: ClassVar[str] = "payment_id"

    payment_id: PaymentId
    booking_id: BookingId
    provider: str
    attempt_id: str
    reason: str | None = None
    theater_id: TheaterId | None = None


class _RefundEvent(Event):
    """One refund, of one capture: `refund_key` names it, at the provider too."""

    subject_field: ClassVar[str] = "payment_id"

    payment_id: PaymentId
    booking_id: BookingId
    refund_key: str
    capture_id: str
    amount: MinorUnits
    currency: Currency
    reason: str
    of_booking: bool
    """True when the money had paid for the booking; False for a second or a wrong capture."""
    theater_id: TheaterId | None = None
    """Where the show is, if the sale is known."""


class PaymentRefunded(_RefundEvent):
    """The provider took a refund on its way to the guest: one that was asked for, or one by hand (`reason` `by_hand`).

    `amount` is 0 where what was asked for had gone back by hand already.
    """

    type: ClassVar[str] = "payment.refunded.v1"

    provider_refund_id: str
    refunded_at: UtcTime
    number: int = 1
    """Which accepted try of this refund key it is: one that fails later is followed by the next."""
    user_id: UserId | None = None
    """Whose money it is, where the sale is known."""
    is_pending: bool = False
    """True where the provider has taken it and not made it yet: `PaymentRefundCompleted` or `PaymentRefundFailed` says
    how it ended."""


class PaymentRefundCompleted(_RefundEvent):
    """The provider has made a refund that was pending before."""

    type: ClassVar[str] = "payment.refund_completed.v1"

    number: int = 1
    """Which accepted try of this refund key was made."""


class PaymentRefundFailed(_RefundEvent):
    """A refund did not go through; it stays due and is an open case."""

    type: ClassVar[str] = "payment.refund_failed.v1"

    detail: str
    number: int = 0
    """Which accepted try failed; 0 was refused before any was accepted. The try of the next number makes it good."""


DisputeStatus = Literal["open", "lost", "won"]
DISPUTE_RANKS: tuple[DisputeStatus, ...] = ("open", "lost", "won")
"""How far a dispute has got: it goes from left to right, never back. One that was lost may still be won on appeal."""


class PaymentDisputed(Event):
    """A payer asked their bank for a capture back, or the bank has decided. While it is open or lost nothing of the
    capture is refunded: the payer would have it twice. Once it is won, refunds go on."""

    type: ClassVar[str] = "payment.disputed.v1"
    subject_field: ClassVar[str] = "payment_id"

    payment_id: PaymentId
    booking_id: BookingId
    provider: str
    dispute_id: str
    capture_id: str
    amount: MinorUnits
    """What is disputed: all of the capture, or less."""
    currency: Currency
    status: DisputeStatus
    reason: str | None = None
    respond_by: UtcTime | None = None
    """Until when the bank takes evidence, where the provider names it."""
    of_booking: bool
    """True when the money had paid for the booking; False for a second or a wrong capture."""
    theater_id: TheaterId | None = None


class AuditRecorded(AuditRecord):
    """Somebody changed what payment has by an admin call."""

    type: ClassVar[str] = "payment.audit_recorded.v1"
