"""Bodies of the calls that are Stripe's own."""

from typing import Literal, Self

from pydantic import ConfigDict, model_validator

from chassis.bodies import Absent, RequestBody, ResponseBody
from contracts.money import Currency, MinorUnits
from payment.schemas import ShortText
from payment.usecases.orders import OpenOrder


class BookingDraft(RequestBody):
    """What is to be booked."""

    hold_id: ShortText


class CreateIntent(RequestBody):
    """Which hold is to be paid: by its id, or as a draft of its booking; where both are there they say the same."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["holdId"], "properties": {"holdId": {"type": "string"}}},
                {"required": ["bookingDraft"], "properties": {"bookingDraft": {"type": "object"}}},
            ]
        }
    )

    hold_id: ShortText | None = None
    booking_draft: BookingDraft | None = None

    @model_validator(mode="after")
    def _of_one_hold(self) -> Self:
        if len(self._named()) != 1:
            raise ValueError("name one hold, by holdId or in bookingDraft")
        return self

    @property
    def hold(self) -> str:
        """The hold's id."""
        return self._named().pop()

    def _named(self) -> set[str]:
        draft = self.booking_draft
        return {*({self.hold_id} if self.hold_id else ()), *({draft.hold_id} if draft else ())}


class IntentView(ResponseBody):
    """All that Stripe.js needs. A sale that costs nothing has no intent: its provider is `free`, and the booking
    confirms by itself."""

    payment_id: str
    booking_id: str
    provider: Literal["stripe", "free"]
    payment_intent_id: Absent[str] = None
    client_secret: Absent[str] = None
    amount: MinorUnits
    currency: Currency
    publishable_key: Absent[str] = None

    @staticmethod
    def of(opened: OpenOrder) -> "IntentView":
        """The open intent of a payment that has one, or that there is none to pay."""
        sale, order = opened.sale, opened.order
        return IntentView(
            payment_id=sale.payment_id,
            booking_id=sale.booking_id,
            provider="stripe" if order else "free",
            amount=order.amount if order else 0,
            currency=order.currency if order else sale.quote.currency,
            **opened.page_values,
        )
