"""Cancellations: what was granted is what the policy of the sale gives, counted anew from the stored facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from stack.audit.books import Books, Document

_WHOLE = {"hours_before": 0, "refund_percent": 100}
_STORED_TO = timedelta(milliseconds=2)  # times are stored to the millisecond, each by itself


@dataclass(frozen=True)
class _Decision:
    """Seats of a booking that were cancelled: when, by whom, by which terms, for how much. `returned` had gone back for
    no seat in particular by then (by hand, of a grant at most so much), `granted` for others."""

    seats: frozenset[str]
    at: datetime
    by: str
    refund: int | None
    terms: Document | None
    returned: int
    granted: int


def refunds_follow_policy(books: Books) -> Iterator[str]:
    """A refund that was decided by terms is what they give, by terms that held; a guest's always was."""
    for booking in books.bookings:
        facts = booking.get("facts", {})
        for decision in _decisions(facts):
            if decision.terms and decision.refund is not None:
                if not _held(facts, decision, decision.terms):
                    yield f"{booking['_id']}: was cancelled at {decision.at} by terms that did not hold"
                least, most = _granted(facts, decision, decision.terms)
                if not least <= decision.refund <= most:
                    yield f"{booking['_id']}: {decision.refund} granted, the terms give {least} to {most}"
            elif decision.by == "by_guest":
                yield f"{booking['_id']}: was cancelled by its guest without terms"


def _decisions(facts: Document) -> Iterator[_Decision]:
    """Every cancelling of seats, of some or of all that were left."""
    grants, left = facts.get("grants", ()), {line["seat_id"] for line in _lines(facts)}
    by_hand, granted = sum(refund["amount"] for refund in facts.get("by_hand", ())), 0
    for grant in grants:
        seats = frozenset(grant["seat_ids"])
        if seats:
            left -= seats
            terms = grant.get("terms")
            yield _Decision(seats, grant["at"], grant["by"], grant["amount"], terms, by_hand + granted, granted)
        granted += grant["amount"]
    if ended := facts.get("ended"):
        returned = ended["returned_by_hand"] + sum(grant["amount"] for grant in grants if not grant["seat_ids"])
        about = (ended["at"], ended["by"], ended.get("refund"), ended.get("terms"), returned, ended["granted"])
        yield _Decision(frozenset(left), *about)


def _lines(facts: Document) -> list[Document]:
    return list(facts["ordered"]["quote"]["lines"]) if "ordered" in facts else []


def _held(facts: Document, decision: _Decision, terms: Document) -> bool:
    """A tier of the policy until its last instant, or everything: until a start that the show was moved from, and until
    the start where the theater had moved seats."""
    sale, tier = facts["ordered"], terms["tier"]
    policy, starts = sale["cancellation_policy"], list(_starts(facts))
    moved = tier == _WHOLE and terms["fees_refunded"] and _among(terms["ends_at"], _free_until(facts))
    start_at = terms["ends_at"] + timedelta(hours=tier["hours_before"])
    listed = tier in policy["tiers"] and terms["fees_refunded"] == policy["fees_refunded"]
    longer = (other for other in policy["tiers"] if other["hours_before"] > tier["hours_before"])
    over = all(decision.at > start_at - timedelta(hours=other["hours_before"]) - _STORED_TO for other in longer)
    return bool(decision.at <= terms["ends_at"] and (moved or (listed and over and _among(start_at, starts))))


def _starts(facts: Document) -> Iterator[datetime]:
    """All starts of the show that the booking knows of."""
    yield facts["ordered"]["start_at"]
    yield facts["show"]["start_at"]
    for move in facts.get("moves", ()):
        yield from (move["previous_start_at"], move["start_at"])


def _free_until(facts: Document) -> Iterator[datetime]:
    """Until when everything went back, since the theater had changed what was bought. A move of the show counts before
    it is a fact of the booking."""
    yield from (move["previous_start_at"] for move in facts.get("moves", ()))
    if not _among(facts["ordered"]["start_at"], [facts["show"]["start_at"]]):
        yield facts["ordered"]["start_at"]
    if any(move["is_new"] for move in facts.get("reseatings", ())):
        yield from _starts(facts)


def _among(moment: datetime, moments: Iterable[datetime]) -> bool:
    return any(abs(moment - other) <= _STORED_TO for other in moments)


def _granted(facts: Document, decision: _Decision, terms: Document) -> tuple[int, int]:
    """The least and the most that the terms give: one amount, unless some had gone back before."""
    quote, lines = facts["ordered"]["quote"], _lines(facts)
    percent = Fraction(terms["tier"]["refund_percent"], 100)
    tickets = {line["seat_id"]: line["price"] + line["tax"] for line in lines}
    whole = sum(floor(tickets[seat] * percent + Fraction(1, 2)) for seat in decision.seats)
    if terms["fees_refunded"]:
        fees, count = quote["total"] - sum(tickets.values()), len(lines)
        shares = (fees * (place + 1) // count - fees * place // count for place in range(count))
        whole += sum(share for line, share in zip(lines, shares, strict=True) if line["seat_id"] in decision.seats)
    left = max(0, min(quote["total"], facts["paid"]["amount"]) - decision.granted)
    return max(0, min(whole, left) - decision.returned), min(whole, left)
