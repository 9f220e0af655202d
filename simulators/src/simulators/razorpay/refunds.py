"""Refunds: of captured payments, part by part, once per idempotency key; any of them may still fail later."""

from __future__ import annotations

import hashlib
import re
from functools import partial

import orjson

from simulators.balance import Balance
from simulators.deliveries import WebhookPlan
from simulators.journal import JsonObject
from simulators.razorpay import fields
from simulators.razorpay.books import Books, new_id
from simulators.razorpay.errors import Refusal, about
from simulators.razorpay.events import Events
from simulators.schedule import Schedule

_FIELDS = frozenset({"amount", "speed", "notes", "receipt", "reverse_all", "payment_id"})
_KEY = re.compile(r"[A-Za-z0-9_-]{10,}")
_FAILING_AMOUNT = 2468  # Razorpay's test mode fails a refund of this amount on purpose
_FAILS_AFTER_SECONDS = 1.0
_LEAST = 100  # paise
_OLDEST_SECONDS = 182 * 24 * 3600
_LOW_BALANCE = (
    "Your account does not have enough balance to carry out the refund operation. "
    "You can add funds to your account from your Razorpay dashboard or capture new payments."
)


class Refunds:
    def __init__(self, books: Books, schedule: Schedule, events: Events, balance: Balance) -> None:
        self._books = books
        self._schedule = schedule
        self._events = events
        self._balance = balance

    def start(self) -> None:
        """Take up what was under way when the process ended."""
        for refund in self._books.journal.all("refund"):
            self._schedule_end(refund)

    def create(
        self,
        payment_id: str,
        body: JsonObject,
        key: str | None,
        plan: WebhookPlan | None = None,
        *,
        is_by_hand: bool = False,
    ) -> JsonObject:
        """`is_by_hand`: at the dashboard, down to the smallest unit."""
        if key is not None and not _KEY.fullmatch(key):
            raise Refusal("The idempotency key must be at least 10 characters of A-Z, a-z, 0-9, _ and -.")
        done = None if key is None else self._done(key, payment_id, body)
        if done is not None:
            return done
        refund = self._new(self._books.payment(payment_id), body, least=1 if is_by_hand else _LEAST)
        if key is not None:
            remembered = {"digest": _digest(payment_id, body), "refund_id": refund["id"]}
            self._books.journal.put("refund_key", key, remembered)
        with self._events.gathered(plan):
            self._make(refund)
        return refund

    def fail(self, refund_id: str, plan: WebhookPlan | None) -> JsonObject:
        """The bank sends the money back: the payment counts as not refunded again."""
        refund = self._books.refund(refund_id)
        if refund["status"] == "failed":
            raise Refusal("The refund has failed already")
        failed = refund | {"status": "failed", "speed_processed": None, "_due": None}
        payment = _with_refunded(self._books.payment(refund["payment_id"]), -refund["amount"])
        self._books.save_refund(failed)
        self._books.save_payment(payment)
        self._balance.move(refund["amount"])
        with self._events.gathered(plan):
            self._events.refund("refund.failed", failed, payment)
        return failed

    def settle(self, refund_id: str, plan: WebhookPlan | None) -> JsonObject:
        """The bank has made it."""
        refund = self._books.refund(refund_id)
        if refund["status"] != "pending":
            raise Refusal(f"The refund is {refund['status']} already")
        speed = refund["speed_requested"].replace("optimum", "instant")
        settled = refund | {"status": "processed", "speed_processed": speed, "_due": None}
        self._books.save_refund(settled)
        with self._events.gathered(plan):
            self._events.refund("refund.processed", settled, self._books.payment(refund["payment_id"]))
        return settled

    def annotate(self, refund_id: str, body: JsonObject) -> JsonObject:
        fields.refuse_extra(body, {"notes"})
        refund = self._books.refund(refund_id) | {"notes": fields.notes(body)}
        self._books.save_refund(refund)
        return refund

    def of_payment(self, payment_id: str, refund_id: str) -> JsonObject:
        refund = self._books.refund(refund_id)
        if refund["payment_id"] != self._books.payment(payment_id)["id"]:
            raise Refusal("The id provided does not exist")
        return refund

    def _done(self, key: str, payment_id: str, body: JsonObject) -> JsonObject | None:
        remembered = self._books.journal.get("refund_key", key)
        if remembered is None:
            return None
        if remembered["digest"] != _digest(payment_id, body):
            raise Refusal("Different request with the same idempotency key has already been processed.", status=409)
        return self._books.refund(remembered["refund_id"])

    def _new(self, payment: JsonObject, body: JsonObject, least: int) -> JsonObject:
        fields.refuse_extra(body, _FIELDS)
        _check_refundable(payment, self._books.now())
        amount = self._amount(payment, body, least)
        receipt = fields.receipt(body)
        if receipt is not None and self._books.journal.by_ref("refund", receipt):
            raise Refusal("Refund receipt should be unique.", field="receipt")
        failing = amount == _FAILING_AMOUNT
        waits = failing or self._balance.holds_refunds_back
        speed = _speed(body)
        return {
            "id": new_id("rfnd"),
            "entity": "refund",
            "amount": amount,
            "currency": payment["currency"],
            "payment_id": payment["id"],
            "notes": fields.notes(body),
            "receipt": receipt,
            "acquirer_data": {"arn": None},
            "created_at": self._books.now(),
            "batch_id": None,
            "status": "pending" if waits else "processed",
            "speed_processed": None if waits else speed.replace("optimum", "instant"),
            "speed_requested": speed,
            "_due": self._books.clock.now() + _FAILS_AFTER_SECONDS if failing else None,
        }

    def _amount(self, payment: JsonObject, body: JsonObject, least: int) -> int:
        left = payment["amount"] - payment["amount_refunded"]
        amount = left if body.get("amount") is None else fields.amount_or_text(body)
        if amount < (least if payment["currency"] == "INR" else 1) and amount != left:
            raise Refusal("The amount must be atleast INR 1.00", field="amount")
        if amount != left:
            fields.check_last_digit(amount, payment["currency"])
        if amount > left:
            raise Refusal(
                "The refund amount provided is greater than amount captured", field="amount", metadata=about(payment)
            )
        if not self._balance.covers(amount):
            raise Refusal("invalid request sent" if self._balance.is_vague else _LOW_BALANCE, metadata=about(payment))
        return amount

    def _make(self, refund: JsonObject) -> None:
        payment = _with_refunded(self._books.payment(refund["payment_id"]), refund["amount"])
        self._books.save_refund(refund)
        self._books.save_payment(payment)
        self._balance.move(-refund["amount"])
        self._events.refund("refund.created", refund, payment)
        if refund["status"] == "processed":
            self._events.refund("refund.processed", refund, payment)
        self._schedule_end(refund)

    def _schedule_end(self, refund: JsonObject) -> None:
        if refund.get("_due") is not None:
            self._schedule.at(refund["_due"], partial(self._fall_due, refund["id"]))

    def _fall_due(self, refund_id: str) -> None:
        refund = self._books.journal.get("refund", refund_id)
        if refund is not None and refund["status"] == "pending":
            with self._books.journal.atomic():
                self.fail(refund_id, None)


def _check_refundable(payment: JsonObject, now: int) -> None:
    if payment["status"] == "refunded":
        raise Refusal("The payment has been fully refunded already", metadata=about(payment))
    if payment["status"] != "captured":
        raise Refusal("The payment status should be captured for action to be taken", metadata=about(payment))
    if payment["created_at"] < now - _OLDEST_SECONDS:
        raise Refusal(
            "Refund is not supported by the bank because the payment is more than 6 months old", metadata=about(payment)
        )


def _with_refunded(payment: JsonObject, amount: int) -> JsonObject:
    refunded = payment["amount_refunded"] + amount
    whole = refunded == payment["amount"]
    status = "full" if whole else "partial" if refunded else None
    state = "refunded" if whole else "captured"
    return payment | {"amount_refunded": refunded, "refund_status": status, "status": state}


def _speed(body: JsonObject) -> str:
    speed = body.get("speed") or "normal"
    if speed not in ["normal", "optimum"]:
        raise Refusal("The selected speed is invalid.", field="speed")
    return str(speed)


def _digest(payment_id: str, body: JsonObject) -> str:
    return hashlib.sha256(orjson.dumps([payment_id, body], option=orjson.OPT_SORT_KEYS)).hexdigest()
