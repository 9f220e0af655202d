"""What went over each provider's books, in one form: captures and refunds with the ids that payment knows them by.

The counter has no provider. What payment recorded of it stands in, and is compared with bookings alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.currencies import exponent
from stack.audit.books import Document

COUNTER = "counter"
_STRIPE_DIGITS = {"ISK": 2, "MGA": 0}  # where Stripe counts otherwise than ISO 4217
_OUTCOMES = {"pending": "pending", "requires_action": "pending", "failed": "failed", "canceled": "failed"}


@dataclass(frozen=True)
class ProviderBooks:
    """A capture is `{id, provider, order_id, amount, currency, fee, offer_id?}`, a refund `{id, payment_id, amount,
    status, receipt}` with a status of pending, processed or failed, a dispute `{id, payment_id}`."""

    captures: list[Document] = field(default_factory=list)
    refunds: list[Document] = field(default_factory=list)
    disputes: list[Document] = field(default_factory=list)

    def __add__(self, other: "ProviderBooks") -> "ProviderBooks":
        return ProviderBooks(
            self.captures + other.captures, self.refunds + other.refunds, self.disputes + other.disputes
        )


def of_ledgers(ledgers: Mapping[str, Document]) -> ProviderBooks:
    """The books of every provider of payment, by what its simulator calls its ledger."""
    return razorpay(ledgers["razorpay"]) + stripe(ledgers["stripe"])


def razorpay(ledger: Document) -> ProviderBooks:
    """Razorpay's own entities have this form already."""
    captures = [{**payment, "provider": "razorpay"} for payment in ledger["payments"] if payment["captured"]]
    return ProviderBooks(captures, ledger["refunds"], ledger.get("disputes", []))


def stripe(ledger: Document) -> ProviderBooks:
    """An intent is the order and its capture; what was taken and what it cost stands in its charge's line."""
    lines = {line["id"]: line for line in ledger["balance_transactions"]}
    return ProviderBooks(
        [_stripe_capture(charge, lines) for charge in ledger["payments"] if charge["captured"]],
        [_stripe_refund(refund) for refund in ledger["refunds"]],
        [{"id": dispute["id"], "payment_id": dispute["payment_intent"]} for dispute in ledger["disputes"]],
    )


def counter(payments: Sequence[Document]) -> ProviderBooks:
    """As payment recorded it: money taken at the counter, and what was handed back there."""
    captures = list(_counter_captures(payments))
    ids = {capture["id"] for capture in captures}
    seen = (made for payment in payments for made in payment.get("refunds_seen", ()))
    return ProviderBooks(captures, [_counter_refund(made) for made in seen if made["capture_id"] in ids])


def _stripe_capture(charge: Document, lines: Mapping[str, Document]) -> Document:
    currency, line = charge["currency"].upper(), lines.get(charge["balance_transaction"] or "")
    return {
        "id": charge["payment_intent"],
        "provider": "stripe",
        "order_id": charge["payment_intent"],
        "amount": _minor(charge["amount_captured"], currency),
        "currency": currency,
        "fee": None if line is None else _minor(line["fee"], currency),
    }


def _stripe_refund(refund: Document) -> Document:
    return {
        "id": refund["id"],
        "payment_id": refund["payment_intent"],
        "amount": _minor(refund["amount"], refund["currency"].upper()),
        "status": _OUTCOMES.get(refund["status"], "processed"),
        "receipt": refund["metadata"].get("refund_key"),
    }


def _counter_captures(payments: Sequence[Document]) -> Iterator[Document]:
    for payment in payments:
        for capture in payment.get("captures", ()):
            if capture.get("provider") == COUNTER:
                yield {
                    "id": capture["capture_id"],
                    "provider": COUNTER,
                    "order_id": capture["order_id"],
                    "amount": capture["amount"],
                    "currency": capture["currency"],
                    "fee": None,
                }


def _counter_refund(made: Document) -> Document:
    return {
        "id": made["provider_refund_id"],
        "payment_id": made["capture_id"],
        "amount": made["amount"],
        "status": made["outcome"],
        "receipt": made["key"],
    }


def _minor(amount: int, currency: str) -> int:
    more = _STRIPE_DIGITS.get(currency, exponent(currency)) - exponent(currency)
    return int(amount // 10**more if more >= 0 else amount * 10**-more)
