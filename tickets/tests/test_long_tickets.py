"""One booking is one page, whatever the length of its names and the number of its lines."""

from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tickets.tests.pages import a_page, a_show

from contracts.prices import Charge
from stack.printed import read
from tickets.page import TicketSeat
from tickets.pdf import counter_slip, ticket_pdf

WORDS = ("ஔஔஔஔ", "கொடுக்கிறார்கள்", "मल्टीप्लेक्स", "మల్టీప్లెక్స్", "W", "Interstellar", "A" * 60)


def names(longest: int) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(WORDS), st.integers(0, longest)).map(
        lambda drawn: (f"{drawn[0]} " * longest)[: drawn[1]]
    )


seats = st.builds(TicketSeat, names(21), names(40), st.integers(0, 10**6), names(40), names(80))


@settings(max_examples=30, phases=[Phase.generate])  # a smaller failure would take minutes to find
@given(st.data())
def test_a_ticket_is_one_page(data: st.DataObject) -> None:
    show = a_show(movie_title=data.draw(names(200)), theater_name=data.draw(names(200)), address=data.draw(names(300)))
    page = replace(
        a_page(show=replace(show, screen_name=data.draw(names(200)), city=data.draw(names(200)))),
        seats=tuple(data.draw(st.lists(seats, min_size=1, max_size=10))),
        fees=tuple(Charge(name=name, amount=1) for name in data.draw(st.lists(names(40), max_size=5))),
        guest_name=data.draw(names(200)),
        language=data.draw(st.sampled_from(["en", "hi", "ta"])),
    )
    for printed in (read(ticket_pdf(page)), read(counter_slip(page))):
        assert printed.pages == 1
        assert printed.right_edge_mm < printed.width_mm
        assert page.reference in printed.text


@pytest.mark.parametrize("length", [1, 9, 12, 16, 24, 40, 200])
def test_a_word_of_any_length_stays_inside_the_page(length: int) -> None:
    for pdf in (ticket_pdf, counter_slip):
        printed = read(pdf(a_page(show=a_show(movie_title="W" * length, theater_name="W" * length))))
        assert printed.right_edge_mm < printed.width_mm
        assert printed.text.replace(" ", "").count("W") >= 2 * length
