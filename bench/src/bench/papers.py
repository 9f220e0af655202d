"""What the printed things of a sale cost: processor time of a ticket as PDF, its calendar entry and its invoice."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.report import Row
from contracts.ids import BookingId, ShowtimeId, new_id
from contracts.layout import SeatLabel
from contracts.prices import Charge, Quote, QuoteLine
from invoices.documents import Invoice, Seller
from invoices.pdf import invoice_pdf
from invoices.supplies import supplies_of
from tickets.calendar import CalendarEntry, ticket_ics
from tickets.code import Ticket, TicketSigner
from tickets.page import Show, TicketPage
from tickets.pdf import ticket_pdf

ROUNDS, SALES = 3, 100
BUDGET = 8.0
"""Milliseconds of a processor that PDF and calendar entry of a sale may take."""

_SIGNER = TicketSigner(bytes(range(32)))
_START = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)
_TITLES = {"en": "Interstellar", "hi": "दिलवाले दुल्हनिया ले जाएँगे", "ta": "பொன்னியின் செல்வன்"}


def papers(sales: int = SALES) -> list[Row]:
    """Medians over `sales` that differ in names, codes and languages, each of one seat or more."""
    pages = [_page(number) for number in range(sales)]
    pdf = _milliseconds(lambda number: ticket_pdf(pages[number]), sales)
    ics = _milliseconds(lambda number: ticket_ics(_entry(pages[number])), sales)
    invoice = _milliseconds(lambda number: invoice_pdf(_invoice(number)), sales)
    return [
        ("ticket.pdf", f"{pdf:.1f} ms", ""),
        ("ticket.ics", f"{ics:.1f} ms", ""),
        ("ticket.pdf and ticket.ics, a sale", f"{pdf + ics:.1f} ms", f"budget {BUDGET:.0f} ms"),
        ("invoice.pdf, when it is opened", f"{invoice:.1f} ms", ""),
    ]


def _milliseconds(make: Callable[[int], object], sales: int) -> float:
    """The median processor time of one, all threads together, after a first round that reads fonts."""
    _round(make, sales)
    return median(took for _ in range(ROUNDS) for took in _round(make, sales))


def _round(make: Callable[[int], object], sales: int) -> Sequence[float]:
    took = []
    for number in range(sales):
        before = time.process_time()
        make(number)
        took.append((time.process_time() - before) * 1000)
    return took


def _page(number: int) -> TicketPage:
    language = ("en", "en", "hi", "ta")[number % 4]
    quote = _quote(1 + number % 4)
    ids = BookingId(new_id("bkg")), ShowtimeId(new_id("sho"))
    code = _SIGNER.sign(Ticket(*ids, tuple(line.seat_id for line in quote.lines)))
    show = Show(
        movie_title=f"{_TITLES[language]} {number}",
        theater_name=f"Marquee Palace {number % 10}",
        address="12 Linking Road, Bandra West, Mumbai",
        screen_name="Screen 3",
        start_at=_START + timedelta(hours=number),
        end_at=_START + timedelta(hours=number + 3),
        timezone="Asia/Kolkata",
        language=language,
        format="2D",
    )
    return TicketPage.of(quote, show, reference=f"BK7Q2{number:03d}", code=code, language=language)


def _entry(page: TicketPage) -> CalendarEntry:
    seats = tuple(seat.label for seat in page.seats)
    return CalendarEntry(page.reference, page.reference, 1, page.show, seats, _START, language=page.language)


def _invoice(number: int) -> Invoice:
    quote = _quote(1 + number % 4)
    seller = Seller("Marquee Palace", "12 Linking Road, Bandra West, Mumbai", "27AAPFU0939F1ZV")
    return Invoice(
        f"MQ/26-27/{number + 1:06d}",
        _START,
        "Asia/Kolkata",
        seller,
        supplies_of(quote),
        quote.currency,
        f"BK7Q2{number:03d}",
    )


def _quote(seats: int) -> Quote:
    """Seats at ₹250.00 with a fee of ₹30.00 each, and 18 % on both."""
    lines = tuple(
        QuoteLine(
            seat_id=f"C{number}",
            label=SeatLabel(row="C", number=str(number)),
            type="standard",
            price=25_000,
            base=25_000,
            tax=4_500,
            tax_rate=1_800,
        )
        for number in range(1, seats + 1)
    )
    return Quote(
        lines=lines,
        fee_lines=(Charge(name="Convenience fee", amount=3_000 * seats, tax=540 * seats, tax_rate=1_800),),
        tax_lines=(
            Charge(name="GST 18 %", amount=4_500 * seats),
            Charge(name="Convenience fee tax", amount=540 * seats),
        ),
        subtotal=25_000 * seats,
        fees=3_000 * seats,
        taxes=5_040 * seats,
        total=33_040 * seats,
        currency="INR",
    )
