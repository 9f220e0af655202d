"""All that the audit compares, as it was read, and which bookings count as alive."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
ALIVE = frozenset({"confirmed", "checked_in"})


@dataclass(frozen=True)
class Books:
    """All that is compared. `captures`, `refunds` and `disputes` are those of every provider's books, in the form of
    `provider_books`. `maps` holds, for each showtime, the seat ids shown sold; `mails` counts by Message-ID;
    `strangers` are captures that webhooks told of and that fit no payment of ours: `make status` shows them. `settled`
    are those of which payment's inbox says that there is nothing left to do. `report_bookings` is what each booking
    contributes to the reports, `report_sales` and `report_attendance` are the sums."""

    bookings: list[Document] = field(default_factory=list)
    payments: list[Document] = field(default_factory=list)
    ledgers: list[Document] = field(default_factory=list)
    deliveries: list[Document] = field(default_factory=list)
    waitlist: list[Document] = field(default_factory=list)
    series: list[Document] = field(default_factory=list)
    captures: list[Document] = field(default_factory=list)
    refunds: list[Document] = field(default_factory=list)
    disputes: list[Document] = field(default_factory=list)
    maps: dict[str, frozenset[str]] = field(default_factory=dict)
    mails: Counter[str] = field(default_factory=Counter)
    strangers: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    report_bookings: list[Document] = field(default_factory=list)
    report_sales: list[Document] = field(default_factory=list)
    report_attendance: list[Document] = field(default_factory=list)


def alive(books: Books) -> list[Document]:
    """Bookings that own their seats."""
    return [booking for booking in books.bookings if booking["status"] in ALIVE]
