"""Invoices and credit notes as A4 pages, in English, with names in whatever script they have.

In India they say what rules 46 and 53 of the CGST rules ask for; elsewhere tax is one column.
"""

from collections.abc import Sequence
from typing import Any

from babel import Locale
from num2words import num2words

from contracts.currencies import exponent
from invoices.documents import CreditNote, Invoice
from invoices.states import place_of_supply, state_tax_name
from invoices.supplies import InvoiceLine, RateTotal, lines_of, totals_by_rate
from printing.formats import country_of, local_date, locale_at, money
from printing.text import printable
from printing.typesetting import Template

_PAGE = Template("invoices", "invoice.typ")


def invoice_pdf(invoice: Invoice) -> bytes:
    """The invoice; more than one page only where its lines need it. Call it in a thread."""
    title = "Tax invoice" if invoice.seller.tax_id else "Invoice"
    return _PAGE.pdf(_data(invoice) | {"title": title, "facts": _facts(invoice)})


def credit_note_pdf(note: CreditNote) -> bytes:
    """The credit note of a refund, with the invoice that it corrects."""
    locale = locale_at("en", note.timezone)
    facts = [
        *_facts(note),
        ("Against invoice", note.invoice_number),
        ("Dated", local_date(note.invoice_issued_at, note.timezone, locale)),
        *([("Reason", printable(note.reason))] if note.reason else []),
    ]
    return _PAGE.pdf(_data(note) | {"title": "Credit note", "facts": facts})


def _data(document: Invoice | CreditNote) -> dict[str, Any]:
    is_indian = _is_indian(document)
    locale = locale_at("en", document.timezone)
    lines = lines_of(document.supplies)
    return {
        "language": "en",
        "seller": printable(document.seller.name),
        "address": printable(document.seller.address),
        "tax_id": printable(document.seller.tax_id),
        "tax_id_name": "GSTIN" if is_indian else "Tax ID",
        "about": printable(document.about),
        "columns": _columns(document, is_indian),
        "lines": [_row(line, document.currency, locale, is_indian) for line in lines],
        "summary": _summary(lines, document, locale),
        "total": money(document.total, document.currency, locale),
        "in_words": _in_words(document.total) if is_indian and document.currency == "INR" else "",
        "notes": _notes(is_indian),
    }


def _is_indian(document: Invoice | CreditNote) -> bool:
    return country_of(document.timezone) == "IN"


def _facts(document: Invoice | CreditNote) -> list[tuple[str, str]]:
    locale = locale_at("en", document.timezone)
    place = place_of_supply(document.seller.tax_id) if _is_indian(document) else None
    facts = [
        ("Number", document.number),
        ("Date", local_date(document.issued_at, document.timezone, locale)),
        ("Booking", printable(document.reference)),
        ("Recipient", printable(document.buyer_name)),
        ("Place of supply", place or ""),
    ]
    return [fact for fact in facts if fact[1]]


def _columns(document: Invoice | CreditNote, is_indian: bool) -> list[str]:
    return ["Description", *(["SAC"] if is_indian else []), "Qty", "Value", "Rate", *_taxes(document), "Amount"]


def _taxes(document: Invoice | CreditNote) -> list[str]:
    return ["CGST", state_tax_name(document.seller.tax_id)] if _is_indian(document) else ["Tax"]


def _row(line: InvoiceLine, currency: str, locale: Locale, is_indian: bool) -> list[str]:
    taxes = (line.central_tax, line.state_tax) if is_indian else (line.tax,)
    return [
        printable(line.description),
        *([line.code] if is_indian else []),
        str(line.quantity),
        money(line.value, currency, locale),
        _percent(line.rate),
        *(money(tax, currency, locale) for tax in taxes),
        money(line.amount, currency, locale),
    ]


def _summary(lines: Sequence[InvoiceLine], document: Invoice | CreditNote, locale: Locale) -> list[list[str]]:
    """A head, and a row for each rate with its taxes and their rates."""
    is_indian = _is_indian(document)

    def row(total: RateTotal) -> list[str]:
        taxes = (total.central_tax, total.state_tax) if is_indian else (total.tax,)
        part = f" ({_percent(total.rate, len(taxes))})" if is_indian else ""
        shown = [money(amount, document.currency, locale) for amount in (total.value, *taxes, total.tax)]
        cells = [shown[0], *(f"{tax}{part}" for tax in shown[1:-1])]
        return [_percent(total.rate), *cells, *(shown[-1:] if is_indian else [])]

    head = ["Rate", "Value", *_taxes(document), *(["Tax"] if is_indian else [])]
    return [head, *map(row, totals_by_rate(lines))]


def _percent(rate: int | None, parts: int = 1) -> str:
    """`18 %`, `2.5 %`; a dash where no rate is known."""
    return "–" if rate is None else f"{rate / 100 / parts:g} %"


def _in_words(amount: int) -> str:
    """`Rupees one lakh and fifty paise only`."""
    rupees, paise = divmod(amount, 10 ** exponent("INR"))
    words = f"Rupees {num2words(rupees, lang='en_IN')}"
    return f"{words} and {num2words(paise, lang='en_IN')} paise only" if paise else f"{words} only"


def _notes(is_indian: bool) -> list[str]:
    issued = "Issued electronically: valid without a signature."
    return ["Tax payable on reverse charge: no.", issued] if is_indian else [issued]
