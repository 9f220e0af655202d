"""The numbers of invoices and credit notes: a series for each theater and financial year."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from printing.formats import country_of

LONGEST = 16  # rule 46(b) of the CGST rules
Kind = Literal["invoice", "credit_note"]
_APRIL = 4


def financial_year(at: datetime, timezone: str) -> str:
    """The year that an instant falls into by a theater's clock: `26-27` from 1 April 2026 in India, else `2026`."""
    day = at.astimezone(ZoneInfo(timezone))
    if country_of(timezone) != "IN":
        return f"{day.year:04d}"
    begins = day.year if day.month >= _APRIL else day.year - 1
    return f"{begins % 100:02d}-{(begins + 1) % 100:02d}"


def document_number(code: str, year: str, number: int, kind: Kind = "invoice") -> str:
    """`MQ/26-27/000017`, of a credit note `MQC/26-27/000001`; each kind is counted from 1 in a series of its own.

    Raises `ValueError` for what would be longer than the law allows.
    """
    text = f"{code}{'C' if kind == 'credit_note' else ''}/{year}/{number:06d}"
    if number < 1 or len(text) > LONGEST:
        raise ValueError(f"not a number of at most {LONGEST} characters: {text}")
    return text
