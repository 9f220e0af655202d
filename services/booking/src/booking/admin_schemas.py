"""HTTP bodies for who works at a theater."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, JsonValue

from booking.domain.advance import RefundStatus
from booking.domain.booking import Booking
from booking.domain.cancelling import RefundChoice
from booking.domain.people import Person
from booking.domain.refunds import BookingRefund, refunds_of
from booking.domain.support import SupportRefund
from booking.domain.timeline import Entry
from booking.schemas import BookingView, SeatId
from booking.usecases.search import BookingWithPerson
from booking.usecases.support import SupportRecord
from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.contacts import ShownEmail, ShownPhone
from chassis.text import Paragraph
from contracts.ids import UserId
from contracts.money import Currency, MinorUnits
from contracts.payment import Tender

Reason = Annotated[str, Field(min_length=1, max_length=500), Paragraph]
_PAYMENT_STATUSES: list[JsonValue] = [
    "created",
    "authorized",
    "succeeded",
    "failed",
    "partially_refunded",
    "refunded",
]
_MESSAGE_STATUSES: list[JsonValue] = ["queued", "sent", "delivered", "bounced", "failed", "suppressed"]
RefundAmount = Annotated[int, Field(strict=True, ge=1, le=10**12, description="minor units")]


class TheaterCancelBody(RequestBody):
    """Why the theater cancels, and what goes back: all that is left, what the policy gives now, or nothing."""

    reason: Reason
    refund: RefundChoice


class SupportRefundBody(RequestBody):
    """Why money goes back, how much of it, and for which seats: all that is left where nothing else is said."""

    reason: Reason
    amount: RefundAmount | None = None
    seat_ids: Annotated[list[SeatId], Field(min_length=1, max_length=50)] | None = None

    def refund(self, user_id: str) -> SupportRefund:
        """As this user grants it."""
        return SupportRefund(UserId(user_id), self.reason, self.amount, tuple(self.seat_ids or ()))


class PaymentOfBookingView(ResponseBody):
    """Money that came for a booking, what pays for it first; or the order that waits for it. Of the counter: who took
    the money, how, and what was handed over and back."""

    id: str
    provider: str
    provider_ref: Absent[str] = None
    tender: Absent[Tender] = None
    sold_by: Absent[str] = None
    received: Absent[MinorUnits] = None
    change: Absent[MinorUnits] = None
    reference: Absent[str] = None
    amount: MinorUnits
    currency: Currency
    status: Annotated[str, Field(json_schema_extra={"enum": _PAYMENT_STATUSES, "x-extensible-enum": True})]
    at: datetime


class RefundOfBookingView(ResponseBody):
    """Money that goes back: `userId` and `note` say who of the theater granted it, and why."""

    amount: MinorUnits
    currency: Currency
    status: RefundStatus
    reason: str
    at: Absent[datetime] = None
    seat_ids: Absent[list[str]] = None
    user_id: Absent[str] = None
    note: Absent[str] = None


class MessageOfBookingView(ResponseBody):
    """A message about a booking; `at` is when its status became what it is."""

    channel: Annotated[str, Field(json_schema_extra={"enum": ["mail", "sms"], "x-extensible-enum": True})]
    kind: str
    status: Annotated[str, Field(json_schema_extra={"enum": _MESSAGE_STATUSES, "x-extensible-enum": True})]
    at: datetime


class CustomerView(ResponseBody):
    """The guest as they are known today, or the customer of the counter."""

    user_id: str
    name: str
    email: Absent[ShownEmail] = None
    phone: Absent[ShownPhone] = None

    @classmethod
    def of(cls, person: Person | None) -> Self | None:
        """None where nothing is known."""
        if person is None:
            return None
        return cls(user_id=person.user_id, name=person.name, email=person.email, phone=person.phone)


class CustomerBookingView(BookingView):
    """A booking as support finds it, with its guest."""

    customer: Absent[CustomerView] = None

    @classmethod
    def of_match(cls, match: BookingWithPerson) -> Self:
        return cls(**dict(BookingView.of(match.shown)), customer=CustomerView.of(match.person))


class AdminBookingView(CustomerBookingView):
    """A booking as its theater sees it: with all money that came and went back, and the messages about it."""

    payments: list[PaymentOfBookingView]
    refunds: list[RefundOfBookingView]
    messages: list[MessageOfBookingView]

    @classmethod
    def of_record(cls, record: SupportRecord) -> Self:
        """The booking's own refunds, then those of money that never paid for it."""
        booking = record.match.shown.booking
        own = list(refunds_of(booking))
        others = [refund for refund in record.books.refunds if refund.key not in {each.key for each in own}]
        return cls(
            **dict(CustomerBookingView.of_match(record.match)),
            payments=[PaymentOfBookingView(**money.model_dump()) for money in record.books.payments],
            refunds=[
                *(_own_refund(refund, booking) for refund in own),
                *(RefundOfBookingView(**refund.model_dump(exclude={"key", "provider"})) for refund in others),
            ],
            messages=[MessageOfBookingView(**message.model_dump(exclude={"trace_id"})) for message in record.messages],
        )


def _own_refund(refund: BookingRefund, booking: Booking) -> RefundOfBookingView:
    """Its seats as pages show them."""
    return RefundOfBookingView(
        amount=refund.amount,
        currency=booking.sale.quote.currency,
        status=refund.status,
        reason=refund.reason,
        at=refund.at,
        seat_ids=list(map(booking.facts.places.seat_id, refund.seat_ids)) or None,
        user_id=refund.user_id,
        note=refund.note,
    )


class TimelineEntryView(ResponseBody):
    """Something that happened to a booking: `what` is the event's name without service and version, or
    `provider_call`, `mail`, `sms`, `scan`."""

    at: datetime
    service: str
    what: str
    detail: str
    trace_id: Absent[str] = None


class TimelineView(ResponseBody):
    """All that is known of a booking, oldest first."""

    items: list[TimelineEntryView]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        return cls(
            items=[
                TimelineEntryView(
                    at=entry.at,
                    service=entry.service,
                    what=entry.what,
                    detail=entry.detail,
                    trace_id=entry.trace_id,
                )
                for entry in entries
            ]
        )
