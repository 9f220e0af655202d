"""How money, times and names read in a mail."""

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

_SYMBOLS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}
_DIGITS_AFTER = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3}  # ISO 4217; all others have 2


def money(amount: int, currency: str) -> str:
    """`₹1,23,456.50`, `SGD 12.00`; rupees are grouped in lakhs."""
    places = _DIGITS_AFTER.get(currency, 2)
    whole, part = divmod(amount, 10**places)
    text = (_in_lakhs(whole) if currency == "INR" else f"{whole:,}") + (f".{part:0{places}d}" if places else "")
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{text}" if symbol else f"{currency} {text}"


def _in_lakhs(whole: int) -> str:
    digits = str(whole)
    head, tail = digits[:-3], digits[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*groups, tail])


def local_time(at: datetime, timezone: str) -> str:
    """`Tue 24 November 2026, 18:30 IST (Asia/Kolkata)`: the theater's own time, whatever the reader's."""
    return f"{at.astimezone(ZoneInfo(timezone)):%a %-d %B %Y, %H:%M %Z} ({timezone})"


def one_line(text: str) -> str:
    """Without line breaks and control characters, so that no name or title can begin a header of its own."""
    kept = (" " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character for character in text)
    return " ".join("".join(kept).split())
