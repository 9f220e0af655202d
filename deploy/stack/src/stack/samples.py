"""`make samples`: tickets, strips, calendar entries, invoices and credit notes in five scripts, as files to look at."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2

from contracts.ids import BookingId, ShowtimeId, new_id
from contracts.prices import Charge
from invoices.documents import CreditNote, Invoice, Seller
from invoices.pdf import credit_note_pdf, invoice_pdf
from invoices.supplies import PROJECTION, SUPPORT, Supply, credited
from tickets.calendar import CalendarEntry, ticket_ics
from tickets.code import Ticket, TicketSigner
from tickets.page import Show, TicketPage, TicketSeat
from tickets.pdf import counter_slip, ticket_pdf

START = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)
REFERENCE = "BK7Q2M9X"
# script → reader's language, film, theater, address, guest, seats
NAMES = {
    "latin": ("en", "Interstellar", "Marquee Palace", "12 Linking Road, Mumbai", "Asha Rao", 2),
    "hindi": (
        "hi",
        "क्षत्रिय: दिलवाले दुल्हनिया ले जाएँगे",
        "राजमन्दिर सिनेमा",
        "भगवान दास रोड, जयपुर",
        "सुश्री क्षितिजा त्रिपाठी",
        10,
    ),
    "tamil": ("ta", "பொன்னியின் செல்வன்", "சத்யம் திரையரங்கம்", "திரு வி க சாலை, சென்னை", "ஸ்ரீ கார்த்திக்", 4),
    "bengali": ("en", "পথের পাঁচালী ও ক্ষুদ্র চলচ্চিত্র", "নন্দন প্রেক্ষাগৃহ", "জগদীশচন্দ্র বসু রোড, কলকাতা", "শ্রীমতী দীক্ষিতা", 3),
    "telugu": ("en", "స్త్రీ: బాహుబలి ముగింపు", "ప్రసాద్స్ మల్టీప్లెక్స్", "నెక్లెస్ రోడ్, హైదరాబాద్", "శ్రీమతి లక్ష్మీ", 3),
    "long": ("en", "The Unabridged Chronicle of the Night Train " * 4, "Palace " * 28, "Unit 7, " * 37, "A" * 200, 10),
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for script in NAMES:
        for kind, data in _files(script):
            file = folder / f"{script}-{kind}"
            file.write_bytes(data)
            if file.suffix == ".pdf":
                _draw(file)
    print(f"Samples are in {folder}")


def _files(script: str) -> Iterator[tuple[str, bytes]]:
    page = _page(script)
    yield "ticket.pdf", ticket_pdf(page)
    yield "slip.pdf", counter_slip(page)
    labels = tuple(seat.label for seat in page.seats)
    yield "ticket.ics", ticket_ics(CalendarEntry(new_id("bkg"), REFERENCE, 1, page.show, labels, START))
    invoice = _invoice(page)
    yield "invoice.pdf", invoice_pdf(invoice)
    yield "credit-note.pdf", credit_note_pdf(_credit_note(invoice))


def _draw(pdf: Path) -> None:
    document = pypdfium2.PdfDocument(pdf.read_bytes())
    document[0].render(scale=1.5).to_pil().save(pdf.with_suffix(".png"))
    document.close()


def _page(script: str) -> TicketPage:
    language, title, theater, address, guest, count = NAMES[script]
    show = Show(title, theater, address, "Screen 3", START, START + timedelta(hours=3), "Asia/Kolkata", "hi", "IMAX 2D")
    seats = tuple(TicketSeat(f"C{number}", "recliner", 25_000) for number in range(1, count + 1))
    code = TicketSigner(bytes(range(32))).sign(
        Ticket(BookingId(new_id("bkg")), ShowtimeId(new_id("sho")), tuple(seat.label for seat in seats))
    )
    fees = (Charge(name="Convenience fee", amount=3_000 * count),)
    taxes = (
        Charge(name="GST 18 %", amount=4_500 * count),
        Charge(name="Convenience fee tax", amount=540 * count),
    )
    return TicketPage(REFERENCE, code, 1, show, seats, fees, taxes, 33_040 * count, "INR", language, guest)


def _invoice(page: TicketPage) -> Invoice:
    tickets = (
        Supply(seat.label, "Cinema ticket, recliner", seat.price, 4_500, 1_800, PROJECTION) for seat in page.seats
    )
    fees = (Supply(fee.name, fee.name, fee.amount, fee.amount * 18 // 100, 1_800, SUPPORT) for fee in page.fees)
    seller = Seller(page.show.theater_name, page.show.address, "27AAPFU0939F1ZV")
    return Invoice(
        "MQ/26-27/000017",
        START,
        page.show.timezone,
        seller,
        (*tickets, *fees),
        page.currency,
        page.reference,
        page.show.movie_title,
        page.guest_name,
    )


def _credit_note(invoice: Invoice) -> CreditNote:
    """Half of the first ticket."""
    half = credited(invoice.supplies[0], invoice.supplies[0].amount // 2)
    return CreditNote(
        "MQC/26-27/000003",
        START,
        invoice.number,
        invoice.issued_at,
        invoice.timezone,
        invoice.seller,
        (half,),
        invoice.currency,
        invoice.reference,
        "Cancelled by the guest",
        invoice.about,
        invoice.buyer_name,
    )


if __name__ == "__main__":
    main(Path(*sys.argv[1:2] or ["samples"]))
