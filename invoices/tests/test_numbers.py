"""Numbers of invoices: by the financial year of the theater's own clock, and never longer than the law allows."""

from datetime import UTC, datetime

import pytest

from invoices.numbers import document_number, financial_year


@pytest.mark.parametrize(
    ("at", "timezone", "year"),
    [
        (datetime(2026, 3, 31, 18, 29, 59, tzinfo=UTC), "Asia/Kolkata", "25-26"),
        (datetime(2026, 3, 31, 18, 30, tzinfo=UTC), "Asia/Kolkata", "26-27"),
        (datetime(2026, 3, 31, 18, 30, tzinfo=UTC), "Asia/Calcutta", "26-27"),
        (datetime(2100, 1, 1, tzinfo=UTC), "Asia/Kolkata", "99-00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Europe/London", "2026"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Asia/Tokyo", "2027"),
        (datetime(2026, 5, 1, tzinfo=UTC), "Asia/Kathmandu", "2026"),
        (datetime(2026, 5, 1, tzinfo=UTC), "UTC", "2026"),
    ],
)
def test_the_year_is_that_of_the_theaters_country_and_clock(at: datetime, timezone: str, year: str) -> None:
    assert financial_year(at, timezone) == year


def test_numbers_read_as_the_contract_says() -> None:
    assert document_number("MQ", "26-27", 17) == "MQ/26-27/000017"
    assert document_number("PVR", "26-27", 999_999) == "PVR/26-27/999999"
    assert document_number("MQ", "26-27", 17, "credit_note") == "MQC/26-27/000017"
    assert document_number("MQ", "2026", 1_000_000, "credit_note") == "MQC/2026/1000000"


@pytest.mark.parametrize(
    ("code", "number", "kind"), [("PVR", 1, "credit_note"), ("PVR", 1_000_000, "invoice"), ("MQ", 0, "invoice")]
)
def test_a_number_that_is_too_long_is_refused(code: str, number: int, kind: str) -> None:
    with pytest.raises(ValueError, match="16"):
        document_number(code, "26-27", number, kind)  # type: ignore[arg-type]
