"""A ticket is one page that says all a guest needs, in the scripts of its names, whatever the names hold."""

from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest
import zxingcpp
from tests.factories import a_quote_of
from tickets.tests.pages import a_page, a_show

from contracts.prices import TicketType
from stack.printed import read
from tickets.page import TicketPage, TicketSeat
from tickets.pdf import counter_slip, ticket_pdf

NAMES = {
    "latin": ("Brøken Ærø: Łódź", "Café Ünïcode", "Asha Rao"),
    "hindi": ("क्षत्रिय: दिलवाले दुल्हनिया ले जाएँगे", "राजमन्दिर सिनेमा", "सुश्री क्षितिजा त्रिपाठी"),
    "tamil": ("நண்பன்: பொன்னியின் செல்வன்", "சத்யம் திரையரங்கம்", "ஸ்ரீ கார்த்திக்"),
    "bengali": ("পথের পাঁচালী ও ক্ষুদ্র চলচ্চিত্র", "নন্দন প্রেক্ষাগৃহ", "শ্রীমতী চট্টোপাধ্যায়"),
    "telugu": ("స్త్రీ: బాహుబలి ముగింపు", "ప్రసాద్స్ మల్టీప్లెక్స్", "శ్రీమతి లక్ష్మీ"),
    "mixed": ("RRR: రౌద్రం रुधिर ரணம் ₹", "Ω மற்றும் और", "A. தமிழ் Rao"),
}


def named(script: str, language: str = "en") -> TicketPage:
    title, theater, guest = NAMES[script]
    return a_page(show=a_show(movie_title=title, theater_name=theater), guest_name=guest, language=language)


@pytest.mark.parametrize("language", ["en", "hi", "ta"])
@pytest.mark.parametrize("script", NAMES)
def test_every_script_has_its_glyphs(script: str, language: str) -> None:
    for pdf in (ticket_pdf(named(script, language)), counter_slip(named(script, language))):
        printed = read(pdf)
        assert printed.glyphs > 200
        assert printed.missing == 0


def test_a_character_without_a_glyph_is_seen() -> None:
    """The finder finds: no font here has the signs of Linear B."""
    assert read(ticket_pdf(a_page(show=a_show(movie_title="\U00010000\U00010001")))).missing == 3


def test_a_ticket_says_all_that_a_guest_needs() -> None:
    printed = read(ticket_pdf(a_page(2)))
    assert (printed.pages, round(printed.width_mm), round(printed.height_mm)) == (1, 210, 297)
    for part in (
        "Interstellar",
        "Hindi · IMAX 2D",
        "Marquee Palace",
        "12 Linking Road, Bandra West, Mumbai",
        "Sunday, 29 November 2026",
        "7:30 PM IST",
        "Screen 3",
        "Asha Rao",
        "C1 C2",
        "BK7Q2M9X",
        "2 × Standard",
        "₹500.00",
        "Convenience fee",
        "GST 18 %",
        "₹660.80",
        "give the reference BK7Q2M9X",
    ):
        assert part in printed.text


def test_the_scripts_are_shaped() -> None:
    """A conjunct is one glyph: unshaped, each of its characters would be one, with a visible virama."""
    plain, conjunct = (read(counter_slip(a_page(show=a_show(movie_title=title)))) for title in ("कक", "क्ष"))
    assert plain.glyphs - conjunct.glyphs == 1


def test_equal_tickets_are_equal_bytes() -> None:
    page = a_page()
    assert ticket_pdf(page) == ticket_pdf(page)
    assert ticket_pdf(page) != ticket_pdf(a_page(guest_name="Somebody Else", code=page.code))


def test_many_threads_print_at_once() -> None:
    pages = [a_page(1 + number % 3, guest_name=f"Guest {number}") for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        printed = list(threads.map(ticket_pdf, pages))
    assert printed == [ticket_pdf(page) for page in pages]


def test_a_complimentary_ticket_shows_its_prices_and_costs_nothing() -> None:
    text = read(ticket_pdf(a_page(1, total=0))).text
    assert "Complimentary -₹330.40" in text
    assert "Total ₹0.00" in text


def test_a_newer_ticket_says_so_and_a_reduced_one_names_its_proof() -> None:
    seats = (TicketSeat("C7", "recliner", 15_000, "Child", "Birth certificate"), TicketSeat("C8", "recliner", 25_000))
    text = read(ticket_pdf(a_page(2, seats=seats, version=3, total=47_080))).text
    assert "1 × Child, recliner ₹150.00" in text
    assert "Please bring along: Birth certificate." in text
    assert "ticket no. 3: earlier ones no longer admit" in text


@pytest.mark.parametrize(
    ("ticket", "kind", "proof"),
    [
        (TicketType(type="child", label="Kind", percent=60, proof="a passport"), "Kind, standard", "a passport"),
        (TicketType(type="child", label="Kind", percent=60, proof=True), "Kind, standard", "proof for Kind"),
        (TicketType(type="child", label="Kind", percent=60, proof=False), "Kind, standard", None),
        (TicketType(type="adult", label="Grown up", percent=90), "Standard", None),
        (None, "Standard", None),
    ],
)
def test_a_ticket_type_is_printed_by_its_label_with_the_proof_that_it_needs(
    ticket: TicketType | None, kind: str, proof: str | None
) -> None:
    [line] = a_quote_of({"C7": (15_000, 0)}).lines
    line = line.model_copy(update={"ticket": ticket, "ticket_type": ticket.type if ticket else "adult"})
    text = read(ticket_pdf(a_page(1, seats=(TicketSeat.of(line),)))).text
    assert f"1 × {kind} ₹150.00" in text
    assert ("Please bring along" in text) is (proof is not None)
    assert proof is None or f"Please bring along: {proof}." in text


def test_the_code_on_paper_can_be_scanned() -> None:
    """As a scanner sees the printed page: 150 dots an inch, in grey."""
    for page in (a_page(1), a_page(10)):
        for pdf in (ticket_pdf(page), counter_slip(page)):
            document = pypdfium2.PdfDocument(pdf)
            picture = document[0].render(scale=150 / 72, grayscale=True).to_pil()
            document.close()
            assert [barcode.text for barcode in zxingcpp.read_barcodes(picture)] == [page.code]


def test_a_crowded_ticket_keeps_its_code_legible() -> None:
    show = a_show(movie_title="Night Train " * 16, theater_name="Palace " * 28, address="Unit 7, " * 37)
    page = a_page(10, show=show, guest_name="Guest " * 33)
    document = pypdfium2.PdfDocument(ticket_pdf(page))
    picture = document[0].render(scale=150 / 72, grayscale=True).to_pil()
    document.close()
    assert [barcode.text for barcode in zxingcpp.read_barcodes(picture)] == [page.code]
