"""Orders: made, read, noted on; paid once a captured payment covers them, and never closed."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.edge import Call
from simulators.journal import JsonObject
from simulators.razorpay import fields
from simulators.razorpay.books import Books, new_id, shown
from simulators.razorpay.errors import Refusal

_FIELDS = frozenset(
    {"amount", "currency", "receipt", "unique_receipt", "notes", "partial_payment", "first_payment_min_amount"}
    | {"payment", "payment_capture", "offer_id", "offers", "discount", "method", "bank_account", "customer_id", "token"}
    | {"transfers", "products", "line_items", "line_items_total", "customer_details", "app_offer"}
)
_MIN_INR = 100
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
        receipt, authorized = call.asked("receipt"), call.asked("authorized")
        found = self._books.page("order", call) if receipt is None else self._books.journal.by_ref("order", receipt)
        if authorized is not None:
            found = [order for order in found if self._has_authorized(order) == (authorized == "1")]
        return [self.expanded(order, call) for order in found]

    def expanded(self, order: JsonObject, call: Call) -> JsonObject:
        """The order with its payments inside, where `expand[]=payments` asks for them."""
        if not any(name.startswith("expand") and value == "payments" for name, value in call.query):
            return order
        payments = [shown(payment) for payment in self._books.payments_of(order["id"])]
        return order | {"payments": {"entity": "collection", "count": len(payments), "items": payments}}

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
            "_auto_capture": _auto_capture(body),
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
    return amount, currency


def _auto_capture(body: Mapping[str, object]) -> bool:
    """The order's own wish, else the account's setting, which is automatic."""
    payment = body.get("payment")
    if isinstance(payment, dict):
        capture = payment.get("capture", "automatic")
        if capture not in ["automatic", "manual"]:
            raise Refusal("The selected capture is invalid.", field="capture")
        return bool(capture == "automatic")
    return body.get("payment_capture", 1) in [1, "1"]
