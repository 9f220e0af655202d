"""How money, times and names read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.formats import local_time, money, one_line


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "INR", "₹0.00"),
        (99_950, "INR", "₹999.50"),
        (100_000, "INR", "₹1,000.00"),
        (12_345_650, "INR", "₹1,23,456.50"),
        (1_234_567_800, "INR", "₹1,23,45,678.00"),
        (123_456, "USD", "$1,234.56"),
        (1_234, "JPY", "JPY 1,234"),
        (12_345, "KWD", "KWD 12.345"),
        (5, "SGD", "SGD 0.05"),
        (5_000, "CLP", "CLP 5,000"),
        (12_345, "JOD", "JOD 12.345"),
        (5_000, "ISK", "ISK 5,000"),
    ],
)
def test_money_reads_as_in_its_country(amount: int, currency: str, text: str) -> None:
    assert money(amount, currency) == text


def test_a_show_is_told_in_the_theaters_own_time() -> None:
    at = datetime(2030, 7, 1, 20, 30, tzinfo=UTC)
    assert local_time(at, "Asia/Kolkata") == "Tue 2 July 2030, 02:00 IST (Asia/Kolkata)"
    assert local_time(at, "Europe/London") == "Mon 1 July 2030, 21:30 BST (Europe/London)"


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(one_line(text)) == one_line(text)
