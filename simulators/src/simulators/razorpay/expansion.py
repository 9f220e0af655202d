"""`expand[]`: what a read adds to payments and orders where it is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulators.edge import Call
from simulators.journal import JsonObject
from simulators.razorpay.books import Books, collection
from simulators.razorpay.errors import Refusal

_OF_PAYMENTS = ("card", "emi", "transaction", "transaction.settlement", "refunds", "offers", "token")
_OF_ORDERS = ("payments", "payments.card", "transfers", "virtual_account")
_NAME = re.compile(r"expand(\[\d*\])?")


class Expansion:
    def __init__(self, books: Books) -> None:
        self._books = books

    def payment(self, payment: JsonObject, call: Call) -> JsonObject:
        """Cards are there in any case; transactions and tokens are nothing that this account has."""
        return self.payments([payment], call)[0]

    def payments(self, payments: Sequence[JsonObject], call: Call) -> list[JsonObject]:
        wanted = _wanted(call, _OF_PAYMENTS)
        return [payment | self._of_payment(payment, wanted) for payment in payments]

    def order(self, order: JsonObject, call: Call) -> JsonObject:
        return self.orders([order], call)[0]

    def orders(self, orders: Sequence[JsonObject], call: Call) -> list[JsonObject]:
        wanted = _wanted(call, _OF_ORDERS)
        return [order | self._of_order(order, wanted) for order in orders]

    def _of_payment(self, payment: JsonObject, wanted: frozenset[str]) -> JsonObject:
        more: JsonObject = {}
        if "emi" in wanted and payment["method"] == "emi":
            more["emi"] = {"issuer": payment["card"]["issuer"], "type": "credit", "rate": 1500, "duration": 12}
        if "offers" in wanted:
            more["offers"] = collection([{"id": payment["offer_id"]}] if "offer_id" in payment else [])
        if "refunds" in wanted:
            more["refunds"] = collection(self._books.refunds_of(payment["id"]))
        return more

    def _of_order(self, order: JsonObject, wanted: frozenset[str]) -> JsonObject:
        more: JsonObject = {}
        if "transfers" in wanted:
            more["transfers"] = collection([])
        if "virtual_account" in wanted:
            more["virtual_account"] = None
        if "payments.card" in wanted:
            more["payments"] = collection(self._books.payments_of(order["id"]))
        elif "payments" in wanted:
            more["payments"] = collection([_without_card(payment) for payment in self._books.payments_of(order["id"])])
        return more


def _without_card(payment: JsonObject) -> JsonObject:
    return {name: value for name, value in payment.items() if name != "card"}


def _wanted(call: Call, known: Sequence[str]) -> frozenset[str]:
    values = [value for name, value in call.query if _NAME.fullmatch(name)]
    for place, value in enumerate(values):
        if value not in known:
            words = f"Value of each expand must be one of following types: {', '.join(known)}"
            raise Refusal(words, field=f"expand.{place}")
    return frozenset(values)
