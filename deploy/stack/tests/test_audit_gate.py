"""The audit of check-in: each test spoils a booking whose guest is inside in one way."""

from typing import Any

import pytest
from deploy.stack.tests.books import clean

from stack.audit.checks import violations


def a_scan(number: int, outcome: str = "checked_in") -> dict[str, Any]:
    return {"number": number, "outcome": outcome, "at": "2026-11-23T10:00:00Z"}


def violated(scans: list[dict[str, Any]], **fields: Any) -> list[str]:
    """What the audit says of the sold booking with these scans, by its checks' names."""
    books = clean()
    books.bookings[0] |= {"facts": {"scans": scans}, **fields}
    return [line.split(":")[0] for line in violations(books)]


def test_who_was_let_in_once_and_scanned_again_is_no_violation() -> None:
    assert violated([a_scan(1), a_scan(2, "already_checked_in")], status="checked_in") == []
    assert violated([a_scan(1, "checkin_closed")]) == []


@pytest.mark.parametrize(
    ("scans", "fields"),
    [
        ([a_scan(1), a_scan(2)], {"status": "checked_in"}),
        ([a_scan(1), a_scan(1, "already_checked_in")], {"status": "checked_in"}),
        ([a_scan(1, "not_admitted")], {"status": "checked_in"}),
        ([a_scan(1)], {"status": "confirmed"}),
    ],
)
def test_each_way_to_let_in_wrongly_is_a_violation(scans: list[dict[str, Any]], fields: dict[str, Any]) -> None:
    assert violated(scans, **fields) == ["let_in_once"]


def test_who_is_inside_and_cancelled_is_a_violation_and_by_the_theater_it_is_none() -> None:
    assert "let_in_once" in violated([a_scan(1)], status="cancelled", reason="by_guest")
    assert "let_in_once" not in violated([a_scan(1)], status="cancelled", reason="by_theater")
