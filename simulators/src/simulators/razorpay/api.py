"""The provider's routes: who may call, which path means what, refusals turned into answers."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulators.edge import Answer, Call
from simulators.journal import JsonObject
from simulators.razorpay.books import Books, Window, collection, shown
from simulators.razorpay.disputes import Disputes
from simulators.razorpay.errors import Refusal, unauthenticated, unknown_url
from simulators.razorpay.expansion import Expansion
from simulators.razorpay.fields import body_of
from simulators.razorpay.orders import Orders
from simulators.razorpay.payments import Payments
from simulators.razorpay.refunds import Refunds

KEY_HEADER = "x-refund-idempotency"

Handler = Callable[[Call, Mapping[str, str]], JsonObject]


@dataclass(frozen=True, slots=True)
class Context:
    """Everything the routes speak to."""

    books: Books
    orders: Orders
    payments: Payments
    refunds: Refunds
    disputes: Disputes


class Api:
    def __init__(self, context: Context, key_id: str, key_secret: str) -> None:
        self._context = context
        self._routes = _routes(context)
        self._token = "Basic " + base64.b64encode(f"{key_id}:{key_secret}".encode()).decode()

    def answer(self, call: Call) -> Answer:
        try:
            with self._context.books.journal.atomic():
                return Answer.of(self._answered(call))
        except Refusal as refusal:
            return refusal.answer()

    def _answered(self, call: Call) -> JsonObject:
        if not hmac.compare_digest(call.headers.get("authorization", "").encode(), self._token.encode()):
            raise unauthenticated()
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(call.path)
            if match is not None and method == call.method:
                return shown(handler(call, match.groupdict()))
        raise unknown_url()


def _routes(context: Context) -> list[tuple[str, re.Pattern[str], Handler]]:
    routes = {
        **_order_routes(context),
        **_payment_routes(context),
        **_refund_routes(context),
        **_dispute_routes(context),
    }
    return [(method, _pattern(path), handler) for (method, path), handler in routes.items()]


def _pattern(path: str) -> re.Pattern[str]:
    """The provider's own examples end some paths with a slash."""
    return re.compile("/v1" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "/?")


def _order_routes(context: Context) -> dict[tuple[str, str], Handler]:
    orders, books, expansion = context.orders, context.books, Expansion(context.books)
    return {
        ("POST", "/orders"): lambda call, _: orders.create(body_of(call)),
        ("GET", "/orders"): lambda call, _: collection(expansion.orders(orders.listed(call), call)),
        ("GET", "/orders/{id}"): lambda call, at: expansion.order(orders.fetch(at["id"]), call),
        ("PATCH", "/orders/{id}"): lambda call, at: orders.annotate(at["id"], body_of(call)),
        ("GET", "/orders/{id}/payments"): lambda call, at: collection(
            expansion.payments(books.payments_of(orders.fetch(at["id"])["id"]), call)
        ),
    }


def _payment_routes(context: Context) -> dict[tuple[str, str], Handler]:
    payments, books, expansion = context.payments, context.books, Expansion(context.books)
    return {
        ("GET", "/payments"): lambda call, _: collection(expansion.payments(books.page("payment", call), call)),
        ("GET", "/payments/{id}"): lambda call, at: expansion.payment(books.payment(at["id"]), call),
        ("PATCH", "/payments/{id}"): lambda call, at: payments.annotate(at["id"], body_of(call)),
        ("POST", "/payments/{id}/capture"): lambda call, at: payments.capture(at["id"], body_of(call)),
    }


def _refund_routes(context: Context) -> dict[tuple[str, str], Handler]:
    refunds, books = context.refunds, context.books
    return {
        ("POST", "/payments/{id}/refund"): lambda call, at: _refund(refunds, call, at["id"]),
        ("POST", "/refunds"): lambda call, _: _refund(refunds, call, _named_payment(call)),
        ("GET", "/payments/{id}/refunds"): lambda call, at: collection(
            Window.of(call).page(books.refunds_of(books.payment(at["id"])["id"]))
        ),
        ("GET", "/payments/{id}/refunds/{refund}"): lambda _, at: refunds.of_payment(at["id"], at["refund"]),
        ("GET", "/refunds"): lambda call, _: collection(books.page("refund", call)),
        ("GET", "/refunds/{id}"): lambda _, at: books.refund(at["id"]),
        ("PATCH", "/refunds/{id}"): lambda call, at: refunds.annotate(at["id"], body_of(call)),
    }


def _dispute_routes(context: Context) -> dict[tuple[str, str], Handler]:
    books = context.books
    return {
        ("GET", "/disputes"): lambda call, _: collection(books.page("dispute", call)),
        ("GET", "/disputes/{id}"): lambda _, at: books.dispute(at["id"]),
    }


def _refund(refunds: Refunds, call: Call, payment_id: str) -> JsonObject:
    return refunds.create(payment_id, body_of(call), call.headers.get(KEY_HEADER))


def _named_payment(call: Call) -> str:
    payment_id = body_of(call).get("payment_id")
    if not isinstance(payment_id, str):
        raise Refusal("payment_id: is required.", field="payment_id")
    return payment_id
