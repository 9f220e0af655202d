"""A ticket is one page that says all a guest needs, in the scripts of its names, whatever the names hold."""

import pytest
from tickets.tests.pages import a_page, a_show

from stack.printed import read
from tickets.page import TicketPage
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
