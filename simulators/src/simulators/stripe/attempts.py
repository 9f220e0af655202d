"""What becomes of an intent's money: each try is a charge, which succeeds, fails, waits, or is authorized alone."""

from __future__ import annotations

from functools import partial
from typing import Literal

from pydantic import Field, field_validator

from simulators.balance import Balance
from simulators.deliveries import Camel, WebhookPlan
from simulators.fees import fee_and_tax
from simulators.journal import JsonObject
from simulators.schedule import Schedule
from simulators.stripe import entities
from simulators.stripe.books import Books, shown
from simulators.stripe.errors import unexpected_state
from simulators.stripe.events import Events

_LAPSES_SECONDS = 7 * 24 * 3600
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")

Outcome = Literal["succeeded", "failed", "processing", "requires_action", "requires_capture"]
_ALIASES = {"captured": "succeeded", "authorized": "requires_capture"}


class Paying(Camel):
    """What a payer does at the payment element. `requires_capture` (or `authorized`): the bank sets the money aside,
    whatever the intent's `capture_method`; `requires_action`: the payer does not come back from 3-D Secure.

    `amount` and `currency` are what is charged where it is not what was asked for. `fee_bearer: customer` is an
    account that puts its fee on top.
    """

    outcome: Outcome = "succeeded"
    method: Literal["card", "upi", "netbanking"] = "card"
    amount: int | None = Field(default=None, ge=1)
    currency: str | None = None
    fee_bearer: Literal["platform", "customer"] = "platform"
    code: str = "card_declined"
    decline_code: str | None = "generic_decline"
    webhooks: WebhookPlan | None = None

    @field_validator("outcome", mode="before")
    @classmethod
    def _spelled_otherwise(cls, outcome: object) -> object:
        return _ALIASES.get(outcome, outcome) if isinstance(outcome, str) else outcome


class Attempts:
    def __init__(self, books: Books, schedule: Schedule, events: Events, balance: Balance) -> None:
        self._books = books
        self._schedule = schedule
        self._events = events
        self._balance = balance

    def start(self) -> None:
        """Take up what was under way when the process ended."""
        for intent in self._books.journal.all("payment_intent"):
            self._schedule_lapse(intent)

    def pay(self, intent_id: str, paying: Paying) -> JsonObject:
        intent = self._books.intent(intent_id)
        if intent["status"] not in (*OPEN, "processing"):
            raise unexpected_state(
                f"This PaymentIntent's status is {intent['status']}, so that it cannot be paid.", shown(intent)
            )
        with self._events.gathered(paying.webhooks):
            return self.attempt(intent, paying)

    def attempt(self, intent: JsonObject, paying: Paying, method: JsonObject | None = None) -> JsonObject:
        """Told inside the caller's `gathered`; without a `method` the payer brings one."""
        if paying.outcome == "requires_action":
            return self._ask(intent, method or self.method(paying.method))
        charge = self._pending(intent, paying, method)
        match paying.outcome:
            case "succeeded" if intent["capture_method"] != "manual":
                return self._take(intent, charge, charge["amount"], "charge.succeeded")
            case "succeeded" | "requires_capture":
                return self._authorize(intent, charge)
            case "failed":
                return self._fail(intent, charge, paying)
            case "processing":
                return self._wait(intent, charge)

    def capture(self, intent: JsonObject, amount: int) -> JsonObject:
        """The rest of what was authorized goes back to the payer."""
        charge = self._books.get("charge", intent["latest_charge"])
        with self._events.gathered(None):
            return self._take(intent, charge, amount, "charge.captured")

    def cancel(self, intent: JsonObject, reason: str | None) -> JsonObject:
        """What was authorized is set free."""
        with self._events.gathered(None):
            return self._cancel(intent, reason)

    def method(self, kind: str, card: str | None = None) -> JsonObject:
        """A new means of payment; `card`: that of a card for tests."""
        method = entities.new_method(kind, self._books.now(), livemode=self._books.livemode)
        return self._books.save(method | {"_card": card})

    def _pending(self, intent: JsonObject, paying: Paying, method: JsonObject | None) -> JsonObject:
        """A charge that waits for the bank goes on; else another begins."""
        former = self._books.charge_of(intent)
        if former is not None and former["status"] == "pending":
            return former
        price = intent["amount"] if paying.amount is None else paying.amount
        fee = fee_and_tax(price)[0] if paying.fee_bearer == "customer" else 0
        currency = (paying.currency or intent["currency"]).lower()
        method = method or self.method(paying.method)
        charge = entities.new_charge(intent, method, price + fee, currency, self._books.now())
        return self._books.save(charge | {"_price": price})

    def _take(self, intent: JsonObject, charge: JsonObject, amount: int, event: str) -> JsonObject:
        """The line in the account comes a moment after the charge, as with every capture that is not waited for."""
        taken = charge | entities.AUTHORIZED | {"captured": True, "amount_captured": amount}
        paid = self._moved(
            intent, taken, "succeeded", currency=charge["currency"], amount_received=amount, amount_capturable=0
        )
        self._events.tell(event, taken, charge)
        self._events.tell("payment_intent.succeeded", paid, intent)
        price = min(charge["_price"], amount)
        line = self._books.save(entities.capture_transaction(taken, price, self._books.now()))
        booked = self._books.save(taken | {"balance_transaction": line["id"]})
        self._balance.move(line["net"])
        self._events.tell("charge.updated", booked, taken)
        return paid

    def _authorize(self, intent: JsonObject, charge: JsonObject) -> JsonObject:
        held = charge | entities.AUTHORIZED
        due = self._books.clock.now() + _LAPSES_SECONDS
        authorized = self._moved(
            intent, held, "requires_capture", currency=charge["currency"], amount_capturable=charge["amount"], _due=due
        )
        self._schedule_lapse(authorized)
        self._events.tell("charge.succeeded", held, charge)
        self._events.tell("payment_intent.amount_capturable_updated", authorized, intent)
        return authorized

    def _fail(self, intent: JsonObject, charge: JsonObject, paying: Paying) -> JsonObject:
        failed = charge | entities.declined(paying.code, paying.decline_code)
        method = self._books.get("payment_method", charge["payment_method"])
        error = {
            "charge": charge["id"],
            "code": paying.code,
            "decline_code": paying.decline_code,
            "doc_url": f"https://stripe.com/docs/error-codes/{paying.code.replace('_', '-')}",
            "message": failed["failure_message"],
            "payment_method": shown(method),
            "type": "card_error",
        }
        again = self._moved(intent, failed, "requires_payment_method", last_payment_error=error, payment_method=None)
        self._events.tell("charge.failed", failed, charge)
        self._events.tell("payment_intent.payment_failed", again, intent)
        return again

    def _wait(self, intent: JsonObject, charge: JsonObject) -> JsonObject:
        waiting = self._moved(intent, charge, "processing", processing={"type": "card", "card": {}})
        self._events.tell("charge.pending", charge)
        self._events.tell("payment_intent.processing", waiting, intent)
        return waiting

    def _ask(self, intent: JsonObject, method: JsonObject) -> JsonObject:
        """The payer is to prove who they are; there is no charge until they have."""
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        state = {"status": "requires_action", "next_action": action, "payment_method": method["id"]}
        waiting = self._books.save(intent | state | {"last_payment_error": None})
        self._events.tell("payment_intent.requires_action", waiting, intent)
        return waiting

    def _moved(self, intent: JsonObject, charge: JsonObject, status: str, **more: object) -> JsonObject:
        """The intent in its new state, with what its charge has become."""
        self._books.save(charge)
        state = {"status": status, "latest_charge": charge["id"], "payment_method": charge["payment_method"]}
        state |= {"last_payment_error": None, "next_action": None, "processing": None, "_due": None}
        return self._books.save(intent | state | more)

    def _cancel(self, intent: JsonObject, reason: str | None) -> JsonObject:
        state = {"status": "canceled", "cancellation_reason": reason, "canceled_at": self._books.now()}
        state |= {"amount_capturable": 0, "next_action": None, "processing": None, "_due": None}
        canceled = self._books.save(intent | state)
        charge = self._books.charge_of(intent)
        if intent["status"] == "requires_capture" and charge is not None:
            released = self._books.save(charge | {"amount_refunded": charge["amount"], "refunded": True})
            self._events.tell("charge.expired" if reason == "automatic" else "charge.refunded", released, charge)
        self._events.tell("payment_intent.canceled", canceled, intent)
        return canceled

    def _schedule_lapse(self, intent: JsonObject) -> None:
        if intent.get("_due") is not None:
            self._schedule.at(intent["_due"], partial(self._lapse, intent["id"]))

    def _lapse(self, intent_id: str) -> None:
        """Nobody captured it for as long as the bank sets money aside."""
        intent = self._books.journal.get("payment_intent", intent_id)
        if intent is None or intent.get("_due") is None or intent["_due"] > self._books.clock.now():
            return
        with self._books.journal.atomic(), self._events.gathered(None):
            self._cancel(intent, "automatic")
