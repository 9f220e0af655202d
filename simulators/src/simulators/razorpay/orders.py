"""Orders: made, read, noted on; paid once a captured payment covers them, and never closed."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.edge import Call
from simulators.journal import JsonObject
from simulators.razorpay import fields
from simulators.razorpay.books import Books, Window, new_id
from simulators.razorpay.capture import capture_rule
from simulators.razorpay.errors import Refusal

_FIELDS = frozenset(
    {"amount", "currency", "receipt", "unique_receipt", "notes", "partial_payment", "first_payment_min_amount"}
    | {"payment", "payment_capture", "offer_id", "offers", "discount", "method", "bank_account", "customer_id", "token"}
    | {"transfers", "products", "line_items", "line_items_total", "customer_details", "app_offer"}
)
_MIN_INR = 100
_MAX_INR = 500_000_00  # five lakh rupees a payment, until an account asks for more
_MAX_OTHER = 10**12  # in other currencies the same, converted at the day's rate: one round figure for all of them
_OLDEST_SECONDS = 180 * 24 * 3600


class Orders:
    def __init__(self, books: Books) -> None:
        self._books = books

    def create(self, body: JsonObject) -> JsonObject:
        fields.refuse_extra(body, _FIELDS)
        order = self._new(body)
        if body.get("unique_receipt") and self._taken(order["receipt"]):
            raise Refusal("Order receipt should be unique.", field="receipt")
        self._books.save_order(order)
        return order

    def fetch(self, order_id: str) -> JsonObject:
        order = self._books.order(order_id)
        if order["created_at"] < self._books.now() - _OLDEST_SECONDS:
            raise Refusal("Order older than 180 days, please use reports.")
        return order

    def annotate(self, order_id: str, body: JsonObject) -> JsonObject:
        fields.refuse_extra(body, {"notes"})
        order = self._books.order(order_id) | {"notes": fields.notes(body)}
        self._books.save_order(order)
        return order

    def listed(self, call: Call) -> list[JsonObject]:
        receipt, authorized = call.parameter("receipt"), call.parameter("authorized")

        def fits(order: JsonObject) -> bool:
            return authorized is None or self._has_authorized(order) == (authorized == "1")

        if receipt is None:
            return self._books.page("order", call, fits)
        return Window.of(call).page(order for order in self._books.journal.by_ref("order", receipt) if fits(order))

    def _taken(self, receipt: str | None) -> bool:
        return receipt is not None and bool(self._books.journal.by_ref("order", receipt))

    def _has_authorized(self, order: JsonObject) -> bool:
        return any(payment["status"] in {"authorized", "captured"} for payment in self._books.payments_of(order["id"]))

    def _new(self, body: JsonObject) -> JsonObject:
        amount, currency = _price(body)
        return {
            "id": new_id("order"),
            "entity": "order",
            "amount": amount,
            "amount_paid": 0,
            "amount_due": amount,
            "currency": currency,
            "receipt": fields.receipt(body),
            "offer_id": None,
            "status": "created",
            "attempts": 0,
            "notes": fields.notes(body),
            "created_at": self._books.now(),
            "_capture": capture_rule(body),
        }


def attempted(order: JsonObject) -> JsonObject:
    status = "paid" if order["status"] == "paid" else "attempted"
    return order | {"attempts": order["attempts"] + 1, "status": status}


def credited(order: JsonObject, payment: JsonObject) -> JsonObject:
    """The order after a capture: money in another currency, or more than is due, does not count towards it.

    A fee that the payer bore does not count either, and what an offer takes off is not due.
    """
    if payment["currency"] != order["currency"] or order["status"] == "paid":
        return order
    paid = min(order["amount"], order["amount_paid"] + payment["_price"])
    due = max(0, order["amount"] - order["amount_paid"] - payment["_covers"])
    return order | {"amount_paid": paid, "amount_due": due, "status": order["status"] if due else "paid"}


def _price(body: Mapping[str, object]) -> tuple[int, str]:
    amount, currency = fields.amount(body), fields.currency(body)
    if amount < (_MIN_INR if currency == "INR" else 1):
        raise Refusal(
            "Order amount less than minimum amount allowed", reason="amount_less_than_minimum_amount", field="amount"
        )
    if amount > (_MAX_INR if currency == "INR" else _MAX_OTHER):
        raise Refusal("Amount exceeds maximum amount allowed.", field="amount")
    fields.check_last_digit(amount, currency)
    return amount, currency
