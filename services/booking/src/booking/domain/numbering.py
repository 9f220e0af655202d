"""Which invoices and credit notes a booking has, and in which series each gets its number. Pure, no clock.

A paper is chosen by the write that first needs it, and so is its series: a theater's code and financial year are those
of that time, whatever they are when the number is taken, and a crash between the two takes it in the same series.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Literal

from booking.domain.advance import BookingState, EventKind, refund_keys
from booking.domain.facts import Facts, Show, refund_key
from contracts.event import UtcTime, Value
from invoices.numbers import document_number, financial_year

INVOICE = "invoice"
Kind = Literal["invoice", "credit_note"]


class Paper(Value):
    """An invoice, or the credit note of the refund under `key`; seller and series as they were when it was due.

    `code` and `year` are the series' together with the kind.
    """

    key: str
    kind: Kind
    code: str
    year: str
    issued_at: UtcTime
    timezone: str
    seller: str
    address: str
    tax_id: str | None = None

    @property
    def series(self) -> str:
        """The id of its series: `RX/26-27`, or `RXC/26-27` of credit notes."""
        return self.text(1).rpartition("/")[0]

    def text(self, number: int) -> str:
        """The number as it is printed: `RX/26-27/000017`."""
        return document_number(self.code, self.year, number, self.kind)


def papers_needed(facts: Facts, state: BookingState, now: datetime, known: Collection[Paper] = ()) -> Iterator[Paper]:
    """The papers beside those that are `known`: the invoice of a booking that was paid for and confirmed, and a credit
    note for each refund of it, as long as something of the invoice is left to take back. A refund that failed, and was
    made again under another key, has taken it back already.

    None for what was free, and none while the theater's code is not known. Where the theater's code has three
    characters its credit notes would have a number longer than the law allows, and get none.
    """
    show = facts.show
    if EventKind.CONFIRMED not in state.events or not facts.captured or show is None or show.theater_code is None:
        return
    keys = {paper.key for paper in known}
    if INVOICE not in keys:
        yield _paper(INVOICE, "invoice", show, show.theater_code, now)
    amounts = _amounts_back(facts, state)
    left = (facts.ordered.quote.total if facts.ordered else 0) - sum(amounts.get(key, 0) for key in keys)
    by_hand = [refund.key for refund in facts.by_hand if refund.amount and not refund.failed]
    for key in (*refund_keys(facts, state.refund_due), *by_hand):
        note = _paper(key, "credit_note", show, show.theater_code, now)
        if key not in keys and left > 0 and _has_room(note):
            yield note
            left -= amounts[key]


def _amounts_back(facts: Facts, state: BookingState) -> dict[str, int]:
    """What goes back under each key, or was to."""
    capture_id = facts.paid.capture_id if facts.paid else ""
    of_grants = {refund_key(capture_id, grant.number): grant.amount for grant in facts.grants}
    by_hand = {refund.key: refund.amount for refund in facts.by_hand}
    return {**of_grants, refund_key(capture_id): state.refund_due, **by_hand}


def _paper(key: str, kind: Kind, show: Show, code: str, now: datetime) -> Paper:
    return Paper(
        key=key,
        kind=kind,
        code=code,
        year=financial_year(now, show.timezone),
        issued_at=now,
        timezone=show.timezone,
        seller=show.theater_name,
        address=show.address,
        tax_id=show.tax_id,
    )


def _has_room(paper: Paper) -> bool:
    try:
        paper.text(1)
    except ValueError:
        return False
    return True
