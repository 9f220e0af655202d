"""Which credit notes a booking has: together they take back what the invoice has, and none is empty."""

from collections.abc import Sequence

import pytest
from services.booking.tests import facts
from services.booking.tests.facts import NOW, SALE, TOTAL, money_of, recorded
from tests.factories import a_snapshot

from booking.domain.facts import Facts, Grant
from booking.domain.shows import show_of
from booking.invoicing import credit_note_of
from contracts.prices import Charge

FEE = Charge(name="fee", amount=SALE.quote.fees, tax=TOTAL - SALE.quote.subtotal - SALE.quote.fees)
SOLD = SALE.model_copy(update={"quote": SALE.quote.model_copy(update={"fee_lines": (FEE,)})})
SHOW = Facts(show=show_of(a_snapshot(SALE.showtime_id, theater={"code": "RX"})), sold=True)


def grant(number: int, amount: int) -> Facts:
    return Facts(grants=(Grant(number=number, amount=amount, by="by_theater", at=NOW),))


def amounts(news: Sequence[Facts], captured: int = TOTAL) -> list[int]:
    """Of the credit notes, in their order."""
    booking = recorded([money_of(SOLD, captured), SHOW, *news]).booking
    assert booking is not None
    assert booking.invoice is not None
    notes = [paper for paper in booking.papers if paper.kind == "credit_note"]
    return [credit_note_of(booking, note, "RXC/26-27/000001", booking.invoice, "").total for note in notes]


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ([grant(1, 100), facts.theater_cancelled], [100, TOTAL - 100]),
        ([facts.all_by_hand, facts.all_by_hand_failed, facts.theater_cancelled], [TOTAL]),
        ([facts.some_by_hand, facts.some_by_hand_failed, facts.theater_cancelled], [TOTAL // 4, TOTAL - TOTAL // 4]),
        ([facts.all_by_hand_failed, facts.theater_cancelled], [TOTAL]),
    ],
)
def test_what_was_taken_back_once_has_no_further_credit_note(news: Sequence[Facts], expected: list[int]) -> None:
    assert amounts(news) == expected


def test_a_payers_own_fee_that_goes_back_has_no_credit_note_of_its_own() -> None:
    assert amounts([grant(1, TOTAL), grant(2, 500)], TOTAL + 500) == [TOTAL]
