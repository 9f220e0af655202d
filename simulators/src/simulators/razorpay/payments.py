"""Payments: created, authorized, captured, refunded; failed is not the end of one."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Literal

from pydantic import AliasChoices, Field

from simulators.balance import Balance
from simulators.deliveries import Camel, WebhookPlan
from simulators.fees import fee_and_tax
from simulators.journal import JsonObject
from simulators.razorpay import fields
from simulators.razorpay.books import Books
from simulators.razorpay.entities import FAILURE, SUCCESS, means_of, new_payment
from simulators.razorpay.errors import Refusal, about
from simulators.razorpay.events import Events
from simulators.razorpay.orders import attempted, credited
from simulators.schedule import Schedule

_NO_ANSWER_SECONDS = 600


class Paying(Camel):
    """What a payer does at Checkout. `created`: the bank does not answer, so the payment fails after ten minutes.

    `strict` refuses what Checkout refuses, a paid order; without it the payment is made as if it had raced another.
    `fee_bearer: customer` is an account whose fee the payer bears on top of the amount. `offer` is the id of an offer
    of the account: its discount is what `amount` lacks to the order, a tenth where no amount is given.
    """

    outcome: Literal["captured", "authorized", "failed", "created"] = "captured"
    method: Literal["upi", "card", "netbanking", "wallet", "emi"] = "upi"
    amount: int | None = Field(default=None, ge=1)
    currency: str | None = None
    fee_bearer: Literal["platform", "customer"] = "platform"
    offer: str | None = Field(default=None, validation_alias=AliasChoices("offer", "offerId", "offer_id"))
    email: str = "void@razorpay.com"
    contact: str = "+919900000000"
    notes: dict[str, str] = Field(default_factory=dict)
    strict: bool = False
    webhooks: WebhookPlan | None = None


class Payments:
    def __init__(self, books: Books, schedule: Schedule, events: Events, balance: Balance) -> None:
        self._books = books
        self._schedule = schedule
        self._events = events
        self._balance = balance

    def start(self) -> None:
        """Take up what was under way when the process ended."""
        for payment in self._books.journal.all("payment"):
            self._schedule_end(payment)

    def pay(self, order_id: str, paying: Paying) -> JsonObject:
        order = self._books.order(order_id)
        if paying.strict and order["status"] == "paid":
            raise Refusal(
                "Your payment has been declined as the order is already paid. "
                "Please initiate the payment with a new order.",
                metadata={"order_id": order["id"]},
            )
        payment = self._attempt(order, paying)
        with self._events.gathered(paying.webhooks):
            self._happen(payment, paying.outcome)
        return self._books.payment(payment["id"])

    def authorize_late(self, payment_id: str, plan: WebhookPlan | None) -> JsonObject:
        """The bank had taken the money after all: authorized, then captured where the order's rule still allows it."""
        payment = self._books.payment(payment_id)
        if payment["status"] not in {"failed", "created"}:
            raise Refusal("Only a failed payment can be authorized late", metadata=about(payment))
        with self._events.gathered(plan):
            late = self._authorize(payment | {"late_authorized": True})
            if self._books.now() < late["created_at"] + self._rule(late)["automatic"]:
                self._capture(late)
        return self._books.payment(payment_id)

    def capture(self, payment_id: str, body: JsonObject) -> JsonObject:
        payment = self._books.payment(payment_id)
        _check_capture(payment, body)
        with self._events.gathered(None):
            self._capture(payment)
        return self._books.payment(payment_id)

    def annotate(self, payment_id: str, body: JsonObject) -> JsonObject:
        fields.refuse_extra(body, {"notes"})
        payment = self._books.payment(payment_id) | {"notes": fields.notes(body)}
        self._books.save_payment(payment)
        return payment

    def _attempt(self, order: JsonObject, paying: Paying) -> JsonObject:
        price = _price(order, paying)
        fee = fee_and_tax(price)[0] if paying.fee_bearer == "customer" else 0
        payment = new_payment(order, price + fee, paying.currency or order["currency"], self._books.now())
        payment |= {"_price": price, "_covers": price if paying.offer is None else order["amount"]}
        payment |= {} if paying.offer is None else {"offer_id": paying.offer}
        payment |= {} if paying.fee_bearer == "platform" else {"fee_bearer": paying.fee_bearer}
        payment |= {"email": paying.email, "contact": paying.contact, "notes": paying.notes or []}
        payment |= means_of(paying.method, failing=paying.outcome == "failed")
        self._books.save_order(attempted(order))
        self._books.save_payment(payment)
        return payment

    def _happen(self, payment: JsonObject, outcome: str) -> None:
        match outcome:
            case "captured":
                self._capture(self._authorize(payment))
            case "authorized":
                self._authorize(payment)
            case "failed":
                self._fail(payment)
            case _:
                waiting = payment | {"_due": self._books.now() + _NO_ANSWER_SECONDS}
                self._books.save_payment(waiting)
                self._schedule_end(waiting)

    def _authorize(self, payment: JsonObject) -> JsonObject:
        due = payment["created_at"] + self._rule(payment)["manual"]
        payment = payment | SUCCESS | {"status": "authorized", "authorized_at": self._books.now(), "_due": due}
        payment["acquirer_data"] = _acquirer_data(payment["method"])
        self._books.save_payment(payment)
        self._schedule_end(payment)
        self._events.payment("payment.authorized", payment)
        return payment

    def _capture(self, payment: JsonObject) -> None:
        fee, tax = fee_and_tax(payment["_price"])
        captured = {"status": "captured", "captured": True, "captured_at": self._books.now(), "fee": fee, "tax": tax}
        payment = payment | captured | {"_due": None}
        self._books.save_payment(payment)
        self._balance.move(payment["amount"] - fee)
        self._events.payment("payment.captured", payment)
        order = self._books.order(payment["order_id"])
        after = credited(order, payment)
        self._books.save_order(after)
        if after["status"] == "paid" and order["status"] != "paid":
            self._events.order_paid(payment, after)

    def _fail(self, payment: JsonObject) -> None:
        payment = payment | FAILURE | {"status": "failed", "_due": None}
        self._books.save_payment(payment)
        self._events.payment("payment.failed", payment)

    def _rule(self, payment: JsonObject) -> JsonObject:
        rule: JsonObject = self._books.order(payment["order_id"])["_capture"]
        return rule

    def _schedule_end(self, payment: JsonObject) -> None:
        if payment.get("_due") is not None:
            self._schedule.at(payment["_due"], partial(self._lapse, payment["id"]))

    def _lapse(self, payment_id: str) -> None:
        """No answer from the bank for ten minutes, or no capture for as long as its order gave it."""
        payment = self._books.journal.get("payment", payment_id)
        if payment is None or payment.get("_due") is None or payment["_due"] > self._books.clock.now():
            return
        with self._books.journal.atomic(), self._events.gathered(None):
            if payment["status"] == "created":
                self._fail(payment)
            else:
                self._give_back(payment)

    def _give_back(self, payment: JsonObject) -> None:
        """An authorisation nobody captured: the money goes back without ever having been the merchant's."""
        whole = {"status": "refunded", "amount_refunded": payment["amount"], "refund_status": "full"}
        self._books.save_payment(payment | whole | {"_due": None})


def _price(order: JsonObject, paying: Paying) -> int:
    """What the payer is asked for, before a fee that they bear."""
    if paying.amount is not None:
        return paying.amount
    return int(order["amount"] if paying.offer is None else order["amount"] - order["amount"] // 10)


def _check_capture(payment: JsonObject, body: JsonObject) -> None:
    if body.get("currency") is None:
        raise Refusal("The currency field is required.", field="currency", step="payment_capture")
    amount, currency = fields.amount(body), fields.currency(body)
    if payment["captured"]:
        raise Refusal("This payment has already been captured", step="payment_capture", metadata=about(payment))
    if payment["status"] != "authorized":
        raise Refusal(
            "Only payments which have been authorized and not yet captured can be captured",
            step="payment_capture",
            metadata=about(payment),
        )
    if (amount, currency) != (payment["amount"], payment["currency"]):
        raise Refusal(
            "Capture amount must be equal to the amount authorized.",
            field="amount",
            step="payment_capture",
            metadata=about(payment),
        )


def _acquirer_data(method: str) -> JsonObject:
    rrn = str(secrets.randbelow(10**12)).zfill(12)
    match method:
        case "card" | "emi":
            return {"auth_code": rrn[:6], "rrn": rrn}
        case "upi":
            return {"rrn": rrn, "upi_transaction_id": secrets.token_hex(16).upper()}
        case "netbanking":
            return {"bank_transaction_id": rrn[:7]}
        case _:
            return {"transaction_id": None}
