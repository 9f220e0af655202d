"""Sales to invoice, priced as the product prices them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contracts.layout import Seat, SeatLabel
from contracts.prices import Fee, PriceTable, Quote, TaxSlab
from invoices.documents import CreditNote, Invoice, Seller
from invoices.supplies import supplies_of
from pricing import SeatTypePrice, quote_of

ISSUED = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
SELLER = Seller("Marquee Palace", "12 Linking Road, Bandra West, Mumbai 400050", "27AAPFU0939F1ZV")
GST = (TaxSlab(name="GST 5 %", rate=500, up_to=10_000), TaxSlab(name="GST 18 %", rate=1_800))
CONVENIENCE = Fee(name="Convenience fee", per_ticket=3_000, tax_rate=1_800)


def a_quote(
    *prices: int, fees: tuple[Fee, ...] = (CONVENIENCE,), slabs: tuple[TaxSlab, ...] = GST, currency: str = "INR"
) -> Quote:
    """Seats at these prices, each of a type of its own."""
    table = PriceTable(base_price=1, currency=currency, fees=fees, tax_slabs=slabs)
    seats = [
        Seat(
            seat_id=f"A{number}", row="A", number=number, label=SeatLabel(row="A", number=str(number)), type=f"{price}"
        )
        for number, price in enumerate(prices, start=1)
    ]
    return quote_of(table, seats, [SeatTypePrice(price, price) for price in prices])


def an_invoice(quote: Quote | None = None, **changes: Any) -> Invoice:
    quote = quote or a_quote(9_000, 25_000, 25_000)
    invoice = Invoice(
        number="MQ/26-27/000017",
        issued_at=ISSUED,
        timezone="Asia/Kolkata",
        seller=SELLER,
        supplies=supplies_of(quote),
        currency=quote.currency,
        reference="BK7Q2M9X",
        about="Interstellar, Sunday, 29 November 2026, 7:30 PM, Screen 3",
        buyer_name="Asha Rao",
    )
    return replace(invoice, **changes)


def a_credit_note(invoice: Invoice | None = None, **changes: Any) -> CreditNote:
    invoice = invoice or an_invoice()
    note = CreditNote(
        number="MQC/26-27/000003",
        issued_at=datetime(2026, 11, 30, 8, 0, tzinfo=UTC),
        invoice_number=invoice.number,
        invoice_issued_at=invoice.issued_at,
        timezone=invoice.timezone,
        seller=invoice.seller,
        supplies=invoice.supplies[:1],
        currency=invoice.currency,
        reference=invoice.reference,
        reason="Cancelled by the guest",
    )
    return replace(note, **changes)
