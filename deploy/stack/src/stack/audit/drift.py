"""The providers' books against payment's, entry by entry, by the very checks that payment proves them with."""

from collections.abc import Iterator

from payment.domain import Drift, Facts, RefundOutcome
from payment.drift import CaptureEntry, RefundEntry, drift_of_capture, drift_of_refund
from payment.owed import OUTCOME_RANKS
from stack.audit.books import Books, Document


def books_agree(books: Books) -> Iterator[str]:
    """What the provider has of each capture and refund is what our books have, or somebody is told: an open case, or
    one that was closed with a note."""
    recorded = dict(_recorded(books))
    entries = {capture["id"]: _capture(capture, books) for capture in books.captures}
    for which, entry in entries.items():
        if which in recorded:
            yield from _lines(drift_of_capture(_facts(recorded[which]), entry), recorded[which])
    for refund in books.refunds:
        capture_id = refund["payment_id"]
        if capture_id in recorded and capture_id in entries:
            seen = _refund(refund, entries[capture_id].currency)
            yield from _lines(drift_of_refund(_facts(recorded[capture_id]), seen), recorded[capture_id])


def _recorded(books: Books) -> Iterator[tuple[str, Document]]:
    for payment in books.payments:
        yield from ((capture["capture_id"], payment) for capture in payment.get("captures", ()))


def _facts(payment: Document) -> Facts:
    names = ("captures", "refunds_seen")
    return Facts(payment_id=payment["_id"], **{name: payment[name] for name in names if payment.get(name)})


def _capture(capture: Document, books: Books) -> CaptureEntry:
    made = (refund for refund in books.refunds if refund["payment_id"] == capture["id"])
    refunded = sum(refund["amount"] for refund in made if refund["status"] not in {"failed", "canceled"})
    return CaptureEntry(capture["id"], capture["amount"], capture["currency"], refunded)


def _refund(refund: Document, currency: str) -> RefundEntry:
    outcome: RefundOutcome = next((outcome for outcome in OUTCOME_RANKS if outcome == refund["status"]), "processed")
    return RefundEntry(refund["id"], refund["payment_id"], refund["amount"], currency, outcome)


def _lines(drifts: Iterator[Drift], payment: Document) -> Iterator[str]:
    cases = [case for case in payment.get("cases", ()) if case["kind"] == "drift"]
    in_doubt = {case["about"] for case in cases if case["open"] or case.get("note")}
    for drift in drifts:
        if drift.about not in in_doubt:
            yield (
                f"{payment['_id']}: {drift.what} of {drift.about} is {drift.ours}, at the provider {drift.at_provider}"
            )
