"""Text of other people stays text on a ticket: no markup, no code, no turn of direction, no control character."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tickets.tests.pages import a_page, a_show

from printing.text import printable
from stack.printed import Printed, read
from tickets.page import TicketPage, TicketSeat
from tickets.pdf import counter_slip, ticket_pdf

MARKUP = (
    '#eval("1 + 1")',
    '#image("/etc/passwd")',
    "#sys.inputs.data",
    "*bold* _slanted_ `raw` $x^2$",
    "= Heading",
    "<label> @reference [content]",
    r"\u{1F600} \ \#",
    "// comment /* comment */",
    '"); #panic("',
    "{{ 7 * 7 }} ${7 * 7} </svg><script>",
)


def with_names(text: str) -> TicketPage:
    show = a_show(movie_title=text, theater_name=text, address=text, screen_name=text, language=text, format=text)
    return a_page(
        show=show, seats=(TicketSeat(text[:10] or "-", text, 1, text, text),), guest_name=text, reference="BK7Q2M9X"
    )


def both(page: TicketPage) -> tuple[Printed, Printed]:
    return read(ticket_pdf(page)), read(counter_slip(page))


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_printed_as_it_was_typed(text: str) -> None:
    for printed in both(with_names(text)):
        assert "".join(printed.text.split()).count("".join(text.split())) >= 4
        assert printed.missing == 0


@pytest.mark.parametrize(
    "text", ["one\ntwo", "one\x00\x1b\x7ftwo", "one\u202e\u2066two", "one\ud800two", "one\ue000\ufffetwo"]
)
def test_what_controls_a_line_or_a_page_is_left_out(text: str) -> None:
    assert printable(text).replace(" ", "") == "onetwo"
    for printed in both(with_names(text)):
        assert printed.text.replace(" ", "").count("onetwo") >= 4
        assert printed.missing == 0


@pytest.mark.parametrize("text", ["عربی فلم", "😀 👨‍👩‍👧 🇮🇳", "ਪੰਜਾਬੀ ગુજરાતી ଓଡ଼ିଆ ಕನ್ನಡ മലയാളം සිංහල", "→ ₹ € © ™ № … ½ ²"])
def test_scripts_and_signs_besides_have_their_glyphs(text: str) -> None:
    for printed in both(with_names(text)):
        assert printed.missing == 0


@settings(max_examples=40, phases=[Phase.generate])
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_makes_a_ticket(text: str) -> None:
    for printed in both(with_names(text)):
        assert printed.pages == 1
        assert "BK7Q2M9X" in printed.text
