"""Bodies of the calls that are Razorpay's own."""

from typing import Literal

from chassis.bodies import Absent, RequestBody, ResponseBody
from contracts.money import Currency, MinorUnits
from payment.schemas import ShortText
from payment.usecases.orders import OpenOrder


class CreateOrder(RequestBody):
    """Which hold is to be paid."""

    hold_id: ShortText


class OrderView(ResponseBody):
    """All that Razorpay Checkout needs. A sale that costs nothing has neither order nor key: its provider is `free`,
    and the booking confirms by itself."""

    payment_id: str
    booking_id: str
    provider: Literal["razorpay", "free"]
    order_id: Absent[str] = None
    amount: MinorUnits
    currency: Currency
    key_id: Absent[str] = None

    @staticmethod
    def of(opened: OpenOrder) -> "OrderView":
        """The open order of a payment that has one, or that there is none to pay."""
        sale, order = opened.sale, opened.order
        return OrderView(
            payment_id=sale.payment_id,
            booking_id=sale.booking_id,
            provider="razorpay" if order else "free",
            amount=order.amount if order else 0,
            currency=order.currency if order else sale.quote.currency,
            **opened.page_values,
        )
