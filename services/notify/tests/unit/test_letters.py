"""Each mail says its facts: who, what, how much, when and which seats; in text as in HTML, in every language."""

import html as escaped
import re
from datetime import timedelta
from io import BytesIO
from typing import Any, cast

import icalendar
import pytest
from pypdf import PdfReader
from services.notify.tests.factories import START, a_show, cancelled, issued, money_back, refund_failed, seats_moved
from services.notify.tests.samples import ABOUT_BOOKINGS, BOOKING, EVENTS, TICKET, body, composed

from contracts.booking import MovedSeats
from contracts.prices import TicketType
from contracts.sale import Contact
from notify.domain import BookingOutline, Recipient
from notify.languages import CATALOGS

LANGUAGES = tuple(CATALOGS)
MOVED = seats_moved(BOOKING)
BACK = ("cancellation", "show_cancelled", "refusal", "refund", "refund_delayed")
FACTS = {
    "confirmation": ("J7, J8", "₹625.50", "₹20.00", "₹3.60", "₹1,274.60", "bkg_01m8kxb1zhepstkgm68a7pym27?token=tok_1"),
    "resend": ("J7, J8", "₹1,274.60", "token=tok_1"),
    "seats_cancelled": ("J8", "₹625.50", "J7", "₹637.30", "token=tok2"),
    "seats_moved": ("J8", "K2", "J7, K2", "6:30", "₹1,274.60", "token=tok3"),
    "cancellation": ("J7, J8", "₹1,274.60"),
    "show_cancelled": ("J7, J8", "₹1,274.60"),
    "refusal": ("J7, J8", "₹1,274.60"),
    "waitlist_offer": ("J7, J8", "₹1,274.60", "5:30", "/showtimes/sho_01m8kxb1zhepstkgm68a7pym28"),
    "refund": ("₹1,274.60",),
    "refund_delayed": ("₹1,274.60",),
    "reschedule": ("J7, J8", "6:30", "9:30"),
    "reminder": ("J7, J8", "6:30", "token=tok_1"),
    "welcome": ("/account/verify-email?token=tok_3", "15"),
    "verification": ("/account/verify-email?token=tok_3", "15"),
    "change": ("/account/verify-email?token=tok_3", "15"),
    "email_change": ("/account",),
    "guest_linked": ("/account",),
    "password_reset": ("/account/reset-password?token=tok_4", "15"),
    "webhook_disabled": ("partner.example", "whk_01m8kxb1zhepstkgm68a7pym27", "15"),
    "webhook_gone": ("partner.example", "whk_01m8kxb1zhepstkgm68a7pym27"),
}


def words(text: str) -> str:
    """A text on one line, with plain spaces."""
    return " ".join(text.replace("\xa0", " ").split())


def shown(html: str) -> str:
    """What a browser shows of the HTML part, and where its links lead."""
    html = re.sub(r"<style.*?</style>|<title.*?</title>|<div class=\"preheader\".*?</div>", " ", html, flags=re.DOTALL)
    html = re.sub(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', r" \2 \1 ", html, flags=re.DOTALL)
    return words(escaped.unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVENTS)
def test_every_mail_says_its_facts_in_text_and_html(name: str, language: str) -> None:
    message = composed(name, language)
    text, html = words(body(message, "plain")), shown(body(message, "html"))
    facts = [*FACTS[name], "Asha Rao"]
    if name in ABOUT_BOOKINGS:
        facts += ["The Long Reel", "Regal", "Screen 2", "1 Main Road, Chennai", "7KQ2M9XD", "2030", "IST"]
        assert "The Long Reel" in str(message["Subject"])
        assert "7KQ2M9XD" in str(message["Subject"])
    for fact in (fact.replace("₹", "₹ ") if language == "ta" else fact for fact in facts):
        assert fact in text
        assert fact in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVENTS)
def test_the_text_part_says_all_that_the_html_says(name: str, language: str) -> None:
    message = composed(name, language)
    text = words(body(message, "plain"))
    html = body(message, "html")
    cells = re.findall(r"<(?:p|h1|h2|td)[^>]*>([^<>]+)</", html) + re.findall(r'href="([^"]+)"', html)
    assert len(cells) > 4
    assert [cell for cell in map(words, map(escaped.unescape, cells)) if cell not in text] == []


@pytest.mark.parametrize("name", EVENTS)
def test_a_mail_in_hindi_or_tamil_has_no_english_sentence(name: str) -> None:
    english = {line for line in body(composed(name), "plain").splitlines() if len(re.findall(r"[a-z]+", line)) > 3}
    for language in ("hi", "ta"):
        lines = set(body(composed(name, language), "plain").splitlines())
        assert [line for line in english & lines if "://" not in line and "Road" not in line] == []


@pytest.mark.parametrize("name", BACK)
def test_no_money_back_is_not_promised(name: str) -> None:
    none = cancelled(BOOKING, refund=0)
    text = body(composed("cancellation", event=none), "plain")
    assert "nothing is paid back" in text
    assert "goes back" not in text
    assert "₹" in body(composed(name), "plain")


def test_a_complimentary_ticket_says_its_prices_and_that_nothing_was_paid() -> None:
    free = TICKET.model_copy(update={"is_complimentary": True})
    text = body(composed("confirmation", event=free), "plain")
    assert "Complimentary: -₹1,274.60" in text
    assert "Total: ₹0.00" in text


def test_a_ticket_type_has_its_label_in_the_mail_and_on_the_page_with_its_proof() -> None:
    child = TicketType(type="u12", label="Child", percent=60, proof="a school card")
    first, second = TICKET.quote.lines
    lines = (first, second.model_copy(update={"ticket_type": "u12", "ticket": child}))
    ticket = TICKET.model_copy(update={"quote": TICKET.quote.model_copy(update={"lines": lines})})
    message = composed("confirmation", event=ticket)
    for text in (body(message, "plain"), shown(body(message, "html"))):
        assert "Seat J7 (standard)" in text
        assert "Seat J8 (Child, standard)" in text
    [page] = parts(message, "application/pdf")
    printed = words(PdfReader(BytesIO(page)).pages[0].extract_text())
    assert "1 × Child, standard" in printed
    assert "Please bring along: a school card." in printed


def parts(message: Any, content_type: str) -> list[bytes]:
    return [
        cast("bytes", part.get_payload(decode=True))
        for part in message.walk()
        if part.get_content_type() == content_type and part.get_content_disposition() == "attachment"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["confirmation", "resend", "seats_cancelled", "seats_moved"])
def test_a_ticket_is_attached_as_a_page_and_as_a_calendar_entry(name: str, language: str) -> None:
    message = composed(name, language)
    [page], [entry] = parts(message, "application/pdf"), parts(message, "text/calendar")
    printed = PdfReader(BytesIO(page)).pages[0].extract_text()
    assert "7KQ2M9XD" in printed
    assert "J7" in printed
    assert ("J8" in printed) is (name not in {"seats_cancelled", "seats_moved"})
    assert ("K2" in printed) is (name == "seats_moved")
    [event] = icalendar.Calendar.from_ical(entry).walk("VEVENT")
    assert (event.decoded("DTSTART"), event["SUMMARY"]) == (START, "The Long Reel")
    assert str(event["UID"]).startswith(BOOKING)
    assert "token=" in str(event["URL"])
    names = [part.get_filename() for part in message.walk() if part.get_content_disposition() == "attachment"]
    assert names == ["ticket-7KQ2M9XD.pdf", "ticket-7KQ2M9XD.ics"]


@pytest.mark.parametrize(
    ("name", "method", "start"),
    [("cancellation", "CANCEL", START), ("reschedule", "PUBLISH", START + timedelta(hours=3))],
)
def test_what_changes_a_show_changes_the_calendar(name: str, method: str, start: Any) -> None:
    [entry] = parts(composed(name), "text/calendar")
    calendar = icalendar.Calendar.from_ical(entry)
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event.decoded("DTSTART")) == (method, start)
    assert (
        event["UID"]
        == icalendar.Calendar.from_ical(parts(composed("confirmation"), "text/calendar")[0]).walk("VEVENT")[0]["UID"]
    )


@pytest.mark.parametrize("name", ABOUT_BOOKINGS)
def test_the_mails_of_a_booking_are_one_thread(name: str) -> None:
    outline = BookingOutline("7KQ2M9XD", a_show(), TICKET, "<first@marquee.example>")
    message = composed(name, outline=outline)
    assert message["In-Reply-To"] == message["References"] == "<first@marquee.example>"
    assert composed(name)["References"] is None


def test_only_what_can_be_turned_off_says_where() -> None:
    offered = {name for name in EVENTS if composed(name)["List-Unsubscribe"]}
    assert offered == {"reminder"}
    assert all(composed(name)["Auto-Submitted"] == "auto-generated" for name in EVENTS)


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% for x in y %}",
    "{name} {0} %(amount)s",
    "Mallory\r\nBcc: evil@example.com",
    "\u202eevil\u202c\x00\x07",
    "=?utf-8?q?=0ABcc=3A_evil@example.com?=",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", EVENTS)
def test_a_hostile_name_is_text_and_nothing_else(name: str, hostile: str, language: str) -> None:
    show = a_show(movie_title=hostile, theater_name=hostile, address=hostile, screen_name=hostile, format=hostile)
    event = EVENTS[name].model_copy(update={"show": show} if "show" in type(EVENTS[name]).model_fields else {})
    recipient = Recipient("usr_1", hostile, "asha@example.com", language=language)
    message = composed(name, event=event, recipient=recipient, outline=BookingOutline("7KQ2M9XD", show, TICKET))
    html = body(message, "html")
    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec == "asha@example.com"
    assert "<script" not in html
    assert "onerror=" not in re.sub(r"&[a-z#0-9]+;[^<]*", "", html)
    assert "49 " not in html.partition("</style>")[2].partition("width")[0]
    assert "\u202e" not in html + body(message, "plain")
    if "{" in hostile:
        assert hostile in escaped.unescape(html)


def test_a_guest_whose_seats_were_moved_reads_of_both_and_how_all_comes_back() -> None:
    text = words(body(composed("seats_moved", at=START - timedelta(seconds=1)), "plain"))
    assert "You bought J8 and have K2 now." in text
    assert "cancel before" in text
    late = words(body(composed("seats_moved", at=START), "plain"))
    assert "You bought J8 and have K2 now." in late
    assert "cancel before" not in late, "nobody can after the start"
    assert "and you get everything back" in text
    at_counter = MOVED.model_copy(update={"contact": Contact(email="asha@example.com")})
    text = words(body(composed("seats_moved", event=at_counter, at=START - timedelta(seconds=1)), "plain"))
    assert "the theater gives you everything back before" in text


def test_a_show_on_another_screen_is_told_with_its_name() -> None:
    moved = MovedSeats(number=1, reason="screen_changed", sold_labels=(), seat_labels=())
    event = MOVED.model_copy(update={"moved": moved})
    text = words(body(composed("seats_moved", event=event, at=START - timedelta(seconds=1)), "plain"))
    assert "The theater has moved your show to another screen: Screen 2." in text
    assert "You bought" not in text


@pytest.mark.parametrize("name", ["confirmation", "seats_cancelled"])
def test_what_was_moved_before_is_told_with_a_later_ticket_too(name: str) -> None:
    event = EVENTS[name].model_copy(update={"moved": MOVED.moved})
    assert "You bought J8 and have K2 now." in words(body(composed(name, event=event), "plain"))


def test_a_refund_that_fails_again_is_the_same_message() -> None:
    first, second = refund_failed(BOOKING), refund_failed(BOOKING, number=2)
    assert body(composed("refund_delayed", event=first), "plain") == body(
        composed("refund_delayed", event=second), "plain"
    )


def test_a_second_payment_that_goes_back_is_said_to_be_needless() -> None:
    text = body(composed("refund", event=money_back(BOOKING, of_booking=False)), "plain")
    assert "not needed for your booking" in text


def test_a_ticket_without_a_token_links_to_the_page_that_asks_for_a_login() -> None:
    bare = issued(BOOKING).model_copy(update={"link_token": None})
    text = body(composed("confirmation", event=bare), "plain")
    assert f"https://marquee.example/bookings/{BOOKING}" in text.split()
    assert "token" not in text
