"""booking's HTTP bodies."""

from datetime import datetime
from typing import Annotated, Literal

from chassis.bodies import Absent, RequestBody, ResponseBody
from pydantic import Field, model_validator

from booking.saga import RefundStatus, Status

ProviderText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


class ConfirmBody(RequestBody):
    """What the provider's checkout handed to the page: Razorpay's three values, or Stripe's payment intent."""

    order_id: ProviderText | None = None
    razorpay_payment_id: ProviderText | None = None
    razorpay_signature: ProviderText | None = None
    payment_intent_id: ProviderText | None = None

    @model_validator(mode="after")
    def _one_provider(self) -> "ConfirmBody":
        razorpay = (self.order_id, self.razorpay_payment_id, self.razorpay_signature)
        if self.payment_intent_id is None and not all(razorpay):
            raise ValueError("orderId, razorpayPaymentId and razorpaySignature, or paymentIntentId")
        return self


class BookedShowtimeView(ResponseBody):
    """The show; what is null is not known here yet."""

    id: str
    start_at: datetime | None = None
    timezone: str | None = None
    movie_title: str | None = None
    poster: str | None = None
    theater_name: str | None = None
    address: str | None = None
    screen_name: str | None = None
    language: str | None = None
    format: str | None = None


class BookedSeatView(ResponseBody):
    """A seat and its price before fees and taxes."""

    seat_id: str
    type: str
    price: int


class BookingRefundView(ResponseBody):
    """What goes back to the guest, and how far it is."""

    amount: int
    status: RefundStatus


class BookingView(ResponseBody):
    """A booking; `amount` is what is captured, `qrCode` the signed ticket text while it admits."""

    id: str
    reference: str
    status: Status
    reason: Absent[Literal["not_paid", "seats_lost", "showtime_cancelled", "too_late", "by_guest", "by_theater"]] = None
    showtime: BookedShowtimeView
    seats: list[BookedSeatView]
    amount: int
    fees: int
    taxes: int
    currency: str
    payment_id: str
    qr_code: str | None
    created_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    refund: Absent[BookingRefundView] = None


class BookingListView(ResponseBody):
    """A page of bookings."""

    items: list[BookingView]
    total: int
    page: int
    page_size: int
