"""Refunds: of captured charges, part by part; any of them may still fail days later."""

from __future__ import annotations

from simulators.balance import Balance
from simulators.deliveries import WebhookPlan
from simulators.journal import JsonObject
from simulators.stripe import entities
from simulators.stripe.books import Books, new_id
from simulators.stripe.errors import Refusal
from simulators.stripe.events import Events
from simulators.stripe.forms import Params

CREATE = frozenset({"amount", "charge", "currency", "customer", "expand", "instructions_email", "metadata", "origin"})
CREATE |= {"payment_intent", "reason", "refund_application_fee", "reverse_transfer"}
_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


class Refunds:
    def __init__(self, books: Books, events: Events, balance: Balance) -> None:
        self._books = books
        self._events = events
        self._balance = balance

    def create(self, params: Params, plan: WebhookPlan | None = None) -> JsonObject:
        params.refuse_unknown(CREATE)
        reason, metadata = params.choice("reason", _REASONS), params.metadata()
        amount = params.whole("amount")
        if amount is not None and amount < 1:
            raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
        charge = self._charge(params)
        refund = self._new(charge, self._amount(charge, amount), reason, metadata)
        with self._events.gathered(plan):
            return self._make(refund, charge)

    def by_hand(self, intent_id: str, amount: int | None, plan: WebhookPlan | None) -> JsonObject:
        """Made at the dashboard; without an amount, of all that is left."""
        given = {"payment_intent": intent_id} | ({} if amount is None else {"amount": str(amount)})
        return self.create(Params(given), plan)

    def update(self, refund_id: str, params: Params) -> JsonObject:
        params.refuse_unknown({"metadata", "expand"})
        refund = self._books.get("refund", refund_id)
        return self._books.save(refund | {"metadata": params.metadata(refund["metadata"])})

    def cancel(self, refund_id: str, params: Params) -> JsonObject:
        """Only what waits for the payer's bank details can be called back: never a card's refund."""
        params.refuse_unknown({"expand"})
        refund = self._books.get("refund", refund_id)
        words = f"You cannot cancel this refund because it has a status of {refund['status']}."
        raise Refusal(words, executed=True)

    def listed(self, params: Params) -> JsonObject:
        charge, intent = params.text("charge"), params.text("payment_intent")

        def fits(refund: JsonObject) -> bool:
            return charge in (None, refund["charge"]) and intent in (None, refund["payment_intent"])

        return self._books.page("refund", params, fits, ("charge", "payment_intent"))

    def fail_last(self, intent_id: str, plan: WebhookPlan | None) -> JsonObject:
        """Of the refunds of an intent that have not failed."""
        charge = self._books.charge_of(self._books.intent(intent_id))
        refunds = [] if charge is None else self._books.refunds_of(charge["id"])
        refund = next((refund for refund in refunds if refund["status"] != "failed"), None)
        if refund is None:
            raise Refusal(f"No refund of '{intent_id}' that could fail", executed=True)
        return self.fail(refund["id"], plan)

    def settle(self, refund_id: str, plan: WebhookPlan | None) -> JsonObject:
        """The bank has made it."""
        refund = self._books.get("refund", refund_id)
        if refund["status"] != "pending":
            raise Refusal(f"The refund is {refund['status']} already.", executed=True)
        settled = self._books.save(refund | {"status": "succeeded", "pending_reason": None})
        with self._events.gathered(plan):
            for event in ("refund.updated", "charge.refund.updated"):
                self._events.tell(event, settled, refund)
        return settled

    def fail(self, refund_id: str, plan: WebhookPlan | None) -> JsonObject:
        """The payer's bank sends the money back: the charge counts as not refunded again."""
        refund = self._books.get("refund", refund_id)
        if refund["status"] == "failed":
            raise Refusal("The refund has failed already.", executed=True)
        charge = self._books.get("charge", refund["charge"])
        line = entities.new_transaction(refund, "refund_failure", refund["amount"], self._books.now())
        self._books.save(line)
        failure = {"failure_balance_transaction": line["id"], "failure_reason": "unknown", "status": "failed"}
        failed = self._books.save(refund | failure | {"pending_reason": None})
        self._balance.move(refund["amount"])
        self._books.save(_with_refunded(charge, -refund["amount"]))
        with self._events.gathered(plan):
            for event in ("refund.updated", "refund.failed", "charge.refund.updated"):
                self._events.tell(event, failed, refund)
        return failed

    def _charge(self, params: Params) -> JsonObject:
        charge_id, intent_id = params.text("charge"), params.text("payment_intent")
        if charge_id is not None:
            charge = self._books.get("charge", charge_id, "charge")
            if intent_id not in (None, charge["payment_intent"]):
                words = f"Charge {charge_id} is not of the PaymentIntent {intent_id}."
                raise Refusal(words, param="payment_intent", executed=True)
        elif intent_id is not None:
            last = self._books.charge_of(self._books.get("payment_intent", intent_id, "payment_intent"))
            if last is None or not last["captured"]:
                words = f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
                raise Refusal(words, param="payment_intent", executed=True)
            charge = last
        else:
            words = "One of the following params should be provided for this request: payment_intent or charge."
            raise Refusal(words, code="parameter_missing")
        _check_refundable(charge)
        return charge

    def _amount(self, charge: JsonObject, wanted: int | None) -> int:
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = left if wanted is None else wanted
        if amount > left:
            words = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise Refusal(words, param="amount", executed=True)
        if not self._balance.covers(amount):
            words = (
                "Insufficient funds in your Stripe balance to refund this amount. You can add funds to your balance "
                "from your Dashboard, or wait until payments have settled."
            )
            if self._balance.is_vague:
                raise Refusal("This refund could not be made.", executed=True)
            raise Refusal(words, code="insufficient_balance", executed=True)
        return amount

    def _new(self, charge: JsonObject, amount: int, reason: str | None, metadata: dict[str, str]) -> JsonObject:
        return {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": self._books.now(),
            "currency": charge["currency"],
            "customer": None,
            "destination_details": {
                "card": {
                    "reference_status": "pending",
                    "reference_type": "acquirer_reference_number",
                    "type": "refund",
                },
                "type": "card",
            },
            "failure_reason": None,
            "metadata": metadata,
            "payment_intent": charge["payment_intent"],
            "pending_reason": "processing" if self._balance.holds_refunds_back else None,
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "pending" if self._balance.holds_refunds_back else "succeeded",
            "transfer_reversal": None,
        }

    def _make(self, refund: JsonObject, charge: JsonObject) -> JsonObject:
        line = self._books.save(entities.new_transaction(refund, "refund", -refund["amount"], self._books.now()))
        refund = self._books.save(refund | {"balance_transaction": line["id"]})
        self._balance.move(-refund["amount"])
        after = self._books.save(_with_refunded(charge, refund["amount"]))
        earlier = refund | {"status": "pending", "pending_reason": "processing", "balance_transaction": None}
        self._events.tell("refund.created", refund, earlier)
        self._events.tell("charge.refunded", after, charge)
        return refund


def _check_refundable(charge: JsonObject) -> None:
    if charge["disputed"] and not charge.get("_refundable", False):
        words = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise Refusal(words, code="charge_disputed", executed=True)
    if charge["refunded"]:
        words = f"Charge {charge['id']} has already been refunded."
        raise Refusal(words, code="charge_already_refunded", executed=True)
    if not charge["captured"]:
        words = f"Charge {charge['id']} has not been captured; there is nothing to refund."
        raise Refusal(words, param="charge", executed=True)


def _with_refunded(charge: JsonObject, amount: int) -> JsonObject:
    refunded = charge["amount_refunded"] + amount
    return charge | {"amount_refunded": refunded, "refunded": refunded == charge["amount_captured"]}
