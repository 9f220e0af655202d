"""How money, times and names read in a mail."""

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.currencies import exponent

_SYMBOLS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}
_BIDI_CONTROLS = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


def money(amount: int, currency: str) -> str:
    """`₹1,23,456.50`, `SGD 12.00`; rupees are grouped in lakhs."""
    places = exponent(currency)
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
    """An instant by the theater's clock: `Tue 24 November 2026, 18:30 IST (Asia/Kolkata)`."""
    return f"{at.astimezone(ZoneInfo(timezone)):%a %-d %B %Y, %H:%M %Z} ({timezone})"


def one_line(text: str) -> str:
    """The text without line breaks, control characters and changes of direction, its spaces collapsed."""
    shown = text.translate(_BIDI_CONTROLS)
    spaced = (" " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character for character in shown)
    return " ".join("".join(spaced).split())
