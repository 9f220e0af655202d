"""Disputes: a payer claims a captured payment at their bank; evidence goes in, the bank decides."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulators.deliveries import Camel, WebhookPlan
from simulators.journal import JsonObject
from simulators.razorpay.books import Books, new_id
from simulators.razorpay.errors import Refusal, about
from simulators.razorpay.events import Events

_RESPOND_SECONDS = 7 * 24 * 3600
DisputeStatus = Literal["open", "under_review", "won", "lost", "closed"]


class Disputing(Camel):
    """What a payer claims; without an amount, all of the payment."""

    reason: str = "chargeback"
    amount: int | None = Field(default=None, ge=1)
    status: DisputeStatus = "open"
    webhooks: WebhookPlan | None = None


class Progress(Camel):
    """How far a dispute has got."""

    status: DisputeStatus
    webhooks: WebhookPlan | None = None


class Disputes:
    def __init__(self, books: Books, events: Events) -> None:
        self._books = books
        self._events = events

    def open(self, payment_id: str, disputing: Disputing) -> JsonObject:
        payment = self._books.payment(payment_id)
        if not payment["captured"]:
            raise Refusal("Only a captured payment can be disputed", metadata=about(payment))
        now = self._books.now()
        dispute = {
            "id": new_id("disp"),
            "entity": "dispute",
            "payment_id": payment_id,
            "amount": disputing.amount or payment["amount"],
            "currency": payment["currency"],
            "amount_deducted": 0,
            "reason_code": disputing.reason,
            "respond_by": now + _RESPOND_SECONDS,
            "status": "open",
            "phase": "chargeback",
            "evidence": {"amount": disputing.amount or payment["amount"], "summary": None, "submitted_at": None},
            "created_at": now,
        }
        with self._events.gathered(disputing.webhooks):
            self._save(dispute, "created", payment)
        if disputing.status != "open":
            return self.proceed(dispute["id"], Progress(status=disputing.status, webhooks=disputing.webhooks))
        return dispute

    def proceed(self, dispute_id: str, progress: Progress) -> JsonObject:
        """The bank looks at it, and decides: of what is lost the whole is deducted."""
        dispute = self._books.dispute(dispute_id)
        deducted = dispute["amount"] if progress.status == "lost" else 0
        with self._events.gathered(progress.webhooks):
            changed = dispute | {"status": progress.status, "amount_deducted": deducted}
            event = {"open": "action_required"}.get(progress.status, progress.status)
            return self._save(changed, event, self._books.payment(dispute["payment_id"]))

    def _save(self, dispute: JsonObject, event: str, payment: JsonObject) -> JsonObject:
        self._books.save_dispute(dispute)
        self._events.dispute(f"payment.dispute.{event}", dispute, payment)
        return dispute
