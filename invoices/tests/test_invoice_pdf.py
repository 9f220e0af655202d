"""Invoices and credit notes say what the law asks for, on pages that can be read."""

import re
from dataclasses import replace

import pytest
from invoices.tests.sales import SELLER, a_credit_note, a_quote, an_invoice

from contracts.prices import TaxSlab
from invoices.documents import Seller
from invoices.pdf import credit_note_pdf, invoice_pdf
from invoices.supplies import credited
from stack.printed import read


def test_an_indian_invoice_has_its_particulars() -> None:
    printed = read(invoice_pdf(an_invoice()))
    assert (printed.pages, printed.missing) == (1, 0)
    for part in (
        "Tax invoice",
        "Marquee Palace",
        "12 Linking Road, Bandra West, Mumbai 400050",
        "GSTIN: 27AAPFU0939F1ZV",
        "MQ/26-27/000017",
        "Sunday, 29 November 2026",
        "BK7Q2M9X",
        "Asha Rao",
        "Maharashtra (27)",
        "Description SAC Qty Value Rate CGST SGST Amount",
        "999614 2 ₹500.00 18 % ₹45.00 ₹45.00 ₹590.00",
        "5 % ₹90.00 ₹2.25 (2.5 %) ₹2.25 (2.5 %) ₹4.50",
        "18 % ₹590.00 ₹53.10 (9 %) ₹53.10 (9 %) ₹106.20",
        "998599",
        "₹790.70",
        "Rupees seven hundred and ninety and seventy paise only",
        "reverse charge: no",
    ):
        assert part in printed.text


def test_the_odd_paisa_goes_to_cgst() -> None:
    printed = read(invoice_pdf(an_invoice(a_quote(10_101, fees=()))))
    assert re.search(r"₹101\.01 .* ₹9\.09 ₹9\.09 ₹119\.19", printed.text)
    printed = read(invoice_pdf(an_invoice(a_quote(10_103, fees=()))))
    assert re.search(r"₹101\.03 .* ₹9\.10 ₹9\.09 ₹119\.22", printed.text)


def test_a_union_territory_takes_utgst() -> None:
    printed = read(invoice_pdf(an_invoice(seller=replace(SELLER, tax_id="04AAPFU0939F1ZV"))))
    assert "CGST UTGST" in printed.text
    assert "Chandigarh (04)" in printed.text


def test_a_theater_without_a_tax_id_issues_a_plain_invoice() -> None:
    text = read(invoice_pdf(an_invoice(seller=Seller("Marquee Palace", "Mumbai")))).text
    assert "Tax invoice" not in text
    assert "GSTIN" not in text


def test_outside_india_tax_is_one_column() -> None:
    slabs = (TaxSlab(name="VAT", rate=2_000),)
    invoice = an_invoice(
        a_quote(1_250, fees=(), slabs=slabs, currency="GBP"), timezone="Europe/London", number="MQ/2026/000017"
    )
    text = read(invoice_pdf(replace(invoice, seller=Seller("Odeon", "Leicester Square", "GB123456789")))).text
    assert "Description Qty Value Rate Tax Amount" in text
    assert "Tax ID: GB123456789" in text
    assert "£15.00" in text
    for word in ("CGST", "Rupees", "reverse charge", "Place of supply"):
        assert word not in text


def test_a_credit_note_names_the_invoice_that_it_corrects() -> None:
    invoice = an_invoice()
    note = a_credit_note(invoice, supplies=(credited(invoice.supplies[1], 14_750),))
    text = read(credit_note_pdf(note)).text
    for part in (
        "Credit note",
        "MQC/26-27/000003",
        "MQ/26-27/000017",
        "Cancelled by the guest",
        "₹125.00",
        "₹11.25",
        "₹147.50",
    ):
        assert part in text


@pytest.mark.parametrize(
    "name", ["राजमन्दिर सिनेमा", "சத்யம் திரையரங்கம்", "নন্দন প্রেক্ষাগৃহ", "ప్రసాద్స్ మల్టీప్లెక్స్", "#eval(1) *b* \x00"]
)
def test_names_of_every_script_are_printed(name: str) -> None:
    invoice = an_invoice(seller=Seller(name, name * 5, "27AAPFU0939F1ZV"), buyer_name=name, about=name)
    assert read(invoice_pdf(invoice)).missing == 0


def test_many_lines_go_on_to_the_next_page() -> None:
    printed = read(invoice_pdf(an_invoice(a_quote(*range(10_000, 10_050)))))
    assert printed.pages == 2
    assert "2 / 2" in printed.text
