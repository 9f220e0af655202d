"""The audit finds a gap in the numbers of invoices, a number given twice, and a paper without one."""

from collections.abc import Callable
from typing import Any

import pytest
from deploy.stack.tests.books import clean

from stack.audit.books import Books
from stack.audit.checks import violations

PAPER = {"key": "invoice", "kind": "invoice", "code": "RX", "year": "26-27"}


def invoiced() -> Books:
    """Both bookings have an invoice; the second one has a credit note."""
    books = clean()
    for number, booking in enumerate(books.bookings, 1):
        booking["papers"] = [dict(PAPER)]
        booking["facts"] = {"numbers": [{"key": "invoice", "number": number}]}
    books.bookings[1]["papers"].append({**PAPER, "key": "refund_pay_2", "kind": "credit_note"})
    books.bookings[1]["facts"]["numbers"].append({"key": "refund_pay_2", "number": 1})
    books.series.extend([{"_id": "RX/26-27", "last": 2, "open": []}, {"_id": "RXC/26-27", "last": 1, "open": []}])
    return books


def _numbers(books: Books, place: int) -> list[dict[str, Any]]:
    numbers: list[dict[str, Any]] = books.bookings[place]["facts"]["numbers"]
    return numbers


def test_numbers_without_a_gap_are_no_violation() -> None:
    assert violations(invoiced()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda books: _numbers(books, 0)[0].update(number=2),
        lambda books: _numbers(books, 0)[0].update(number=3),
        lambda books: _numbers(books, 0).clear(),
        lambda books: books.series[0].update(last=3),
        lambda books: books.series.pop(),
        lambda books: books.series.append({"_id": "QQ/26-27", "last": 1, "open": []}),
    ],
)
def test_a_gap_a_double_and_a_paper_without_a_number_are_named(spoil: Callable[[Books], Any]) -> None:
    books = invoiced()
    spoil(books)
    assert [line for line in violations(books) if line.startswith("numbers_have_no_gap:")]
