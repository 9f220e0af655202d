"""The audit finds where the reports and payment's books differ, and where sums are not those of the bookings."""

from collections.abc import Callable
from typing import Any

import pytest
from deploy.stack.tests.books import NOW, clean, give_back

from stack.audit.books import Books
from stack.audit.checks import violations

DAY = {"day": "2026-11-23", "gross": 500, "refunds": 120, "fees": 20, "taxes": 10, "tickets": 2, "bookings": 1}
KEY = {"theater_id": "thr_1", "movie_id": "mov_1", "tender": "razorpay", "currency": "INR"}


def reported() -> Books:
    """The confirmed booking is in the reports, with what went back of it; the refused one is not."""
    books = clean()
    give_back(books, 120)
    books.bookings[0].update(
        confirmed_at=NOW, facts={"show": {"revision": 1}}, refund={"amount": 120, "status": "done"}
    )
    seats = {"sold": 2, "unscanned": 1}
    contribution = {
        "_id": "bkg_1",
        "version": 3,
        "days": [dict(DAY)],
        "attendance": dict(seats),
        "showtime_id": "sho_1",
    }
    books.report_bookings.append({**contribution, **KEY})
    books.report_sales.append({"_id": "…", **KEY, **DAY})
    books.report_attendance.append({"_id": "sho_1", **seats})
    return books


def of_reports(books: Books) -> list[str]:
    return [line for line in violations(books) if line.startswith("reports_")]


def both(books: Books, name: str, value: int) -> None:
    """The contribution and the sum are wrong alike."""
    books.report_bookings[0]["days"][0][name] = books.report_sales[0][name] = value


def test_reports_that_tie_are_no_violation() -> None:
    assert of_reports(reported()) == []


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (lambda books: both(books, "gross", 501), "reports_tie_to_payment"),
        (lambda books: both(books, "refunds", 121), "reports_tie_to_payment"),
        (lambda books: both(books, "refunds", 0), "reports_tie_to_payment"),
        (
            lambda books: (books.report_bookings.clear(), books.report_sales.clear(), books.report_attendance.clear()),
            "",
        ),
        (lambda books: books.report_sales[0].update(gross=499), "reports_are_sums"),
        (lambda books: books.report_sales.clear(), "reports_are_sums"),
        (lambda books: books.report_sales.append({**KEY, **DAY, "day": "2026-11-24"}), "reports_are_sums"),
        (lambda books: books.report_attendance[0].update(unscanned=0), "reports_are_sums"),
        (lambda books: books.bookings[0].update(seat_ids=["A1"]), "reports_tie_to_payment"),
    ],
)
def test_what_does_not_tie_is_named(spoil: Callable[[Books], Any], check: str) -> None:
    books = reported()
    spoil(books)
    assert any(line.startswith(check) for line in of_reports(books))
