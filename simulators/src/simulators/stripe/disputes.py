"""Disputes: what a payer's bank takes back, or asks about, and how it ends."""

from __future__ import annotations

from typing import Literal

from simulators.balance import Balance
from simulators.control import Cause
from simulators.journal import JsonObject
from simulators.stripe import entities
from simulators.stripe.books import Books, new_id, same, shown
from simulators.stripe.errors import Refusal
from simulators.stripe.events import Events
from simulators.stripe.forms import Params

_RESPOND_SECONDS = 7 * 24 * 3600
_FEE = 1500_00  # 1,500 rupees a dispute
_INQUIRIES = frozenset({"warning_needs_response", "warning_under_review", "warning_closed"})
_CLOSED = frozenset({"won", "lost", "warning_closed"})
_EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)

Status = Literal[
    "warning_needs_response", "warning_under_review", "warning_closed", "needs_response", "under_review", "won", "lost"
]


class Disputing(Cause):
    """What the payer's bank says. On an intent with an open dispute: what became of that one."""

    reason: str = "fraudulent"
    status: Status | None = None
    amount: int | None = None


class Disputes:
    def __init__(self, books: Books, events: Events, balance: Balance) -> None:
        self._books = books
        self._events = events
        self._balance = balance

    def dispute(self, intent_id: str, disputing: Disputing) -> JsonObject:
        charge = self._books.charge_of(self._books.intent(intent_id))
        if charge is None or not charge["captured"]:
            raise Refusal("Only what was paid can be disputed", executed=True)
        of_charge = self._books.journal.children("dispute", charge["id"])
        is_open = next((dispute for dispute in of_charge if dispute["status"] not in _CLOSED), None)
        with self._events.gathered(disputing.webhooks):
            if is_open is not None:
                return self._move(is_open, disputing.status or "under_review")
            opened = self._open(charge, disputing)
            if disputing.status in (None, opened["status"]):
                return opened
            return self._move(opened, disputing.status)

    def update(self, dispute_id: str, params: Params) -> JsonObject:
        """Evidence is handed in, as a draft until it is submitted."""
        params.refuse_unknown({"evidence", "metadata", "submit", "intended_submission_method", "expand"})
        dispute = self._books.get("dispute", dispute_id)
        if dispute["status"] in _CLOSED:
            raise Refusal("This dispute is already closed.", executed=True)
        evidence, given = dict(dispute["evidence"]), params.within("evidence")
        if given is not None:
            given.refuse_unknown(evidence)
            evidence |= {name: given.text(name, 20_000) for name in evidence if name in given}
        changed = dispute | {"evidence": evidence, "metadata": params.metadata(dispute["metadata"])}
        details = dict(dispute["evidence_details"]) | {"has_evidence": any(evidence.values())}
        changed["evidence_details"] = details
        with self._events.gathered(None):
            if params.boolean("submit") is False or given is None:
                self._events.tell("charge.dispute.updated", self._books.save(changed), dispute)
                return changed
            changed["evidence_details"] = details | {"submission_count": details["submission_count"] + 1}
            is_inquiry = dispute["status"] in _INQUIRIES
            return self._move(self._books.save(changed), "warning_under_review" if is_inquiry else "under_review")

    def close(self, dispute_id: str, params: Params) -> JsonObject:
        """Given up: lost."""
        params.refuse_unknown({"expand"})
        dispute = self._books.get("dispute", dispute_id)
        if dispute["status"] in _CLOSED:
            raise Refusal("This dispute is already closed.", executed=True)
        with self._events.gathered(None):
            return self._move(dispute, "lost")

    def listed(self, params: Params) -> JsonObject:
        charge, intent = same("charge", params.text("charge")), same("payment_intent", params.text("payment_intent"))
        return self._books.page(
            "dispute", params, lambda entity: charge(entity) and intent(entity), ("charge", "payment_intent")
        )

    def _open(self, charge: JsonObject, disputing: Disputing) -> JsonObject:
        is_inquiry = disputing.status in _INQUIRIES
        dispute = self._new(charge, disputing, "warning_needs_response" if is_inquiry else "needs_response")
        marked = self._books.save(charge | {"disputed": True, "_refundable": is_inquiry})
        self._books.save(dispute)
        self._events.tell("charge.dispute.created", dispute)
        return dispute if is_inquiry else self._withdraw(dispute, marked)

    def _withdraw(self, dispute: JsonObject, charge: JsonObject) -> JsonObject:
        """The money goes at once; whether it comes back is decided later."""
        self._books.save(charge | {"_refundable": False})
        moved = self._booked(dispute, -dispute["amount"], _FEE)
        self._events.tell("charge.dispute.funds_withdrawn", moved, dispute)
        return moved

    def _move(self, dispute: JsonObject, status: str) -> JsonObject:
        charge = self._books.get("charge", dispute["charge"])
        if status in {"needs_response", "under_review", "won", "lost"} and dispute["status"] in _INQUIRIES:
            dispute = self._withdraw(dispute, charge)
            charge = self._books.get("charge", dispute["charge"])
        changed = dispute | {"status": status, "is_charge_refundable": status in {"won", *_INQUIRIES}}
        self._books.save(changed)
        if status not in _CLOSED:
            self._events.tell("charge.dispute.updated", changed, dispute)
            return changed
        self._books.save(charge | {"_refundable": status != "lost"})
        if status == "won":
            changed = self._booked(changed, dispute["amount"], 0)
            self._events.tell("charge.dispute.funds_reinstated", changed, dispute)
        self._events.tell("charge.dispute.closed", changed, dispute)
        return changed

    def _booked(self, dispute: JsonObject, amount: int, fee: int) -> JsonObject:
        words = f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}"
        line = entities.new_transaction(dispute, "adjustment", amount, self._books.now(), fee=fee, words=words)
        self._books.save(line)
        self._balance.move(line["net"])
        return self._books.save(dispute | {"balance_transactions": [*dispute["balance_transactions"], shown(line)]})

    def _new(self, charge: JsonObject, disputing: Disputing, status: str) -> JsonObject:
        amount = disputing.amount or charge["amount_captured"] - charge["amount_refunded"] or charge["amount_captured"]
        return {
            "id": new_id("du"),
            "object": "dispute",
            "amount": amount,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": self._books.now(),
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": dict.fromkeys(_EVIDENCE),
            "evidence_details": {
                "due_by": self._books.now() + _RESPOND_SECONDS,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": status in _INQUIRIES,
            "livemode": self._books.livemode,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "payment_method_details": {"card": {"brand": "visa", "case_type": "chargeback"}, "type": "card"},
            "reason": disputing.reason,
            "status": status,
        }
