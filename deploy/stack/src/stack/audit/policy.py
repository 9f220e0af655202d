"""Cancellations: what was granted is what the policy of the sale gives, counted anew from the stored facts."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from stack.audit.books import Books, Document

_WHOLE = {"hours_before": 0, "refund_percent": 100}
_STORED_TO = timedelta(milliseconds=2)  # times are stored to the millisecond, each by itself


def refunds_follow_policy(books: Books) -> Iterator[str]:
    """A refund that was decided by terms is what they give, by terms that held; a guest's always was."""
    for booking in books.bookings:
        facts = booking.get("facts", {})
        ended = facts.get("ended") or {}
        terms = ended.get("terms")
        if terms:
            if not _held(facts, terms):
                yield f"{booking['_id']}: was cancelled at {ended['at']} by terms that did not hold: {terms}"
            least, most = _granted(facts, terms)
            if not least <= ended["refund"] <= most:
                yield f"{booking['_id']}: {ended['refund']} granted, the terms give {least} to {most}"
        elif ended.get("by") == "by_guest":
            yield f"{booking['_id']}: was cancelled by its guest without terms"


def _held(facts: Document, terms: Document) -> bool:
    """A tier of the policy until its last instant, or everything until a start that the show was moved from."""
    sale, ended, tier = facts["ordered"], facts["ended"], terms["tier"]
    policy, starts = sale["cancellation_policy"], list(_starts(facts))
    moved = tier == _WHOLE and terms["fees_refunded"] and _among(terms["ends_at"], starts)
    start_at = terms["ends_at"] + timedelta(hours=tier["hours_before"])
    listed = tier in policy["tiers"] and terms["fees_refunded"] == policy["fees_refunded"]
    longer = (other for other in policy["tiers"] if other["hours_before"] > tier["hours_before"])
    over = all(ended["at"] > start_at - timedelta(hours=other["hours_before"]) - _STORED_TO for other in longer)
    return bool(ended["at"] <= terms["ends_at"] and (moved or (listed and over and _among(start_at, starts))))


def _starts(facts: Document) -> Iterator[datetime]:
    """All starts of the show that the booking knows of."""
    yield facts["ordered"]["start_at"]
    yield facts["show"]["start_at"]
    for move in facts.get("moves", ()):
        yield from (move["previous_start_at"], move["start_at"])


def _among(moment: datetime, moments: Iterable[datetime]) -> bool:
    return any(abs(moment - other) <= _STORED_TO for other in moments)


def _granted(facts: Document, terms: Document) -> tuple[int, int]:
    """The least and the most that the terms give: one amount, unless some had gone back before."""
    quote, returned = facts["ordered"]["quote"], facts["ended"].get("returned", 0)
    percent = Fraction(terms["tier"]["refund_percent"], 100)
    tickets = [line["price"] + line["tax"] for line in quote["lines"]]
    whole = sum(floor(ticket * percent + Fraction(1, 2)) for ticket in tickets)
    if terms["fees_refunded"]:
        whole += quote["total"] - sum(tickets)
    left = max(0, min(quote["total"], facts["paid"]["amount"]) - returned)
    return max(0, min(whole - returned, left)), min(whole, left)
