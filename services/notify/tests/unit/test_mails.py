"""What mails look like to whoever reads them, and that no name gets to write a header."""

import io
import re
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, cast

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from services.notify.tests.factories import (
    QR_TEXT,
    START,
    a_booking_id,
    a_show,
    cancelled,
    issued,
    money_back,
    refused,
    rescheduled,
)

from contracts.booking import TicketIssued
from notify.domain import BookingOutline, ChannelName, Delivery, Recipient
from notify.mails import MailComposer
from notify.triggers import TriggerEvent, give_up_at, new_delivery

COMPOSER = MailComposer("Marquee <tickets@marquee.example>", "https://marquee.example")
QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
NAMES = ("Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type")


def a_delivery(event: TriggerEvent) -> Delivery:
    return new_delivery(ChannelName.MAIL, event, "<a.b@marquee.example>", START)


def sent(
    event: TriggerEvent, name: str = "Asha", email: str = "asha@example.com", outline: BookingOutline | None = None
) -> EmailMessage:
    outline = outline or BookingOutline("7KQ2M9XD", a_show())
    content = COMPOSER.compose(a_delivery(event), Recipient("usr_1", name, email), outline).content
    return message_from_bytes(content, policy=SMTP)


def shape(part: Any) -> Any:
    if part.is_multipart():
        return {part.get_content_subtype(): [shape(inner) for inner in part.iter_parts()]}
    return part.get_content_type()


def test_a_confirmation_is_built_so_that_clients_show_the_code_or_attach_it() -> None:
    message = sent(issued(a_booking_id()))
    assert shape(message) == {
        "mixed": [
            {"alternative": ["text/plain", {"related": ["text/html", "image/png"]}]},
            "application/pdf",
            "text/calendar",
        ]
    }
    [picture] = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert str(picture["Content-ID"]).startswith("<qr.bkg_")
    image = Image.open(io.BytesIO(cast("bytes", picture.get_payload(decode=True))))
    [code] = zxingcpp.read_barcodes(image, formats=QR_CODE)
    assert code.text == QR_TEXT


@pytest.mark.parametrize("make", [refused, money_back])
def test_other_mails_are_text_and_html_without_a_code(make: Any) -> None:
    message = sent(make(a_booking_id()))
    assert shape(message) == {"alternative": ["text/plain", "text/html"]}
    for kind in ("plain", "html"):
        content = message.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert "₹1,274.60" in content
        assert "The Long Reel" in content


def test_a_mail_can_be_written_without_knowing_the_show() -> None:
    assert "7KQ2" not in str(sent(money_back(a_booking_id()), outline=BookingOutline())["Subject"])


def test_styles_are_inline_but_for_dark_colours_and_narrow_screens_and_nothing_is_fetched() -> None:
    html = sent(issued(a_booking_id())).get_body(("html",)).get_content()  # type: ignore[union-attr]
    [sheet] = re.findall("<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert "prefers-color-scheme: dark" in sheet
    assert re.sub(r"@media [^{]*\{([^{}]*\{[^{}]*\}\s*)*\}|:root \{[^}]*\}", "", sheet).strip() == ""
    assert re.findall(r'src="([^:"]*):', html) == ["cid"]
    assert "url(" not in html
    assert "@import" not in html


def test_titles_are_escaped_in_html_and_plain_in_text() -> None:
    title = "Tom & <b>Jerry</b>"
    message = sent(issued(a_booking_id(), movie_title=title), outline=BookingOutline("R", a_show(movie_title=title)))
    assert "Tom &amp; &lt;b&gt;Jerry" in message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert title in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert title in str(message["Subject"])


texts = st.text(st.characters(codec="utf-8"), max_size=300)  # names come over JSON: no lone surrogates


ENCODED = (
    "x =?utf-8?q?=0ASubject=3A_Win=0A=0AYour_account_is_locked?= y",
    "=?utf-8?b?CkJjYzogZXZpbEBleGFtcGxlLmNvbQ==?=",
    "=?iso-8859-1?Q?=0D=0ABcc=3A_evil@example.com?= =?utf-8?q?more?=",
    "=?utf-8?q?=?utf-8?q?nested?=?=",
    "=?unknown?x?broken",
    "आशा =?utf-8?q?=0ABcc=3A_evil@example.com?=",
)
"""Names that say something else where an encoded word is decoded."""


@pytest.mark.parametrize("text", ENCODED)
def test_an_encoded_word_in_a_name_or_title_arrives_as_the_text_it_is(text: str) -> None:
    message = sent(
        issued(a_booking_id(), movie_title=text), name=text, outline=BookingOutline("R", a_show(movie_title=text))
    )
    assert tuple(message.keys()) == NAMES
    assert shape(message)["mixed"][1] == "application/pdf"
    raw = COMPOSER.compose(
        a_delivery(issued(a_booking_id())),
        Recipient("usr_1", text, "asha@example.com"),
        BookingOutline("R", a_show(movie_title=text)),
    ).content
    plain = message_from_bytes(raw)
    [(subject, charset)] = decode_header(plain["Subject"])
    assert subject.decode(charset) == f"Your tickets: {text} (R)"
    name = plain["To"].rpartition("<")[0].strip()
    [(shown, charset)] = decode_header(name)
    assert shown.decode(charset) == text
    assert f"Hello {text}," in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name", ["A, B <evil@example.com>, " + "x" * 80, 'Ann "the Reel" Lee', "a@b, c@d; e:f", "Rao\\", "x" * 200, ","]
)
def test_a_name_with_signs_of_a_list_is_one_recipient(name: str) -> None:
    [to] = sent(issued(a_booking_id()), name=name)["To"].addresses
    assert (to.display_name, to.addr_spec) == (name, "asha@example.com")


@pytest.mark.parametrize(
    ("email", "address", "needs_smtputf8"),
    [
        ("asha@bücher.example", "asha@xn--bcher-kva.example", False),
        ("asha@xn--bcher-kva.example", "asha@xn--bcher-kva.example", False),
        ("asha@BÜCHER.example", "asha@xn--bcher-kva.example", False),
        ("asha@उदाहरण.परीक्षा", "asha@xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g", False),
        ("आशा@bücher.example", "आशा@xn--bcher-kva.example", True),
    ],
)
def test_a_domain_is_written_as_any_mail_server_takes_it(email: str, address: str, needs_smtputf8: bool) -> None:
    mail = COMPOSER.compose(a_delivery(issued(a_booking_id())), Recipient("usr_1", "Asha", email), BookingOutline())
    assert (mail.recipient.address, mail.recipient.needs_smtputf8) == (address, needs_smtputf8)
    head = mail.content.partition(b"\r\n\r\n")[0]
    assert f" <{address}>\r\n".encode() in head
    assert head.isascii() is not needs_smtputf8


def test_seats_are_told_by_what_is_painted_on_them() -> None:
    for event in (issued(a_booking_id()), cancelled(a_booking_id()), refused(a_booking_id())):
        for kind in ("plain", "html"):
            content = sent(event).get_body((kind,)).get_content()  # type: ignore[union-attr]
            assert "J7" in content
            assert "C7" not in content


def test_a_moved_show_is_told_with_both_times_and_until_when_all_comes_back() -> None:
    moved = rescheduled(a_booking_id(), previous_start_at=START + timedelta(hours=1))
    message = sent(moved, outline=BookingOutline("7KQ2M9XD", moved.show))
    assert message["Subject"] == "Your show has a new time: The Long Reel (7KQ2M9XD)"
    for kind in ("plain", "html"):
        content = " ".join(message.get_body((kind,)).get_content().split())  # type: ignore[union-attr]
        assert "Tuesday, 15 January 2030" in content
        assert "9:30 PM IST" in content
        assert "cancel before Tuesday, 15 January 2030, 7:30 PM IST and you get everything back" in content


def test_a_show_moved_after_its_old_start_promises_nothing_that_is_over() -> None:
    moved = rescheduled(a_booking_id(), previous_start_at=START)
    for kind in ("plain", "html"):
        content = sent(moved, outline=BookingOutline("7KQ2M9XD", moved.show)).get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert "everything back" not in content
        assert "terms of cancellation" in content


@given(texts, texts)
def test_no_name_or_title_writes_a_header(name: str, title: str) -> None:
    for text in (f"{name}\r\nBcc: evil@example.com", f"{title}\nBcc: evil@example.com\r\n\r\nbody", name, title):
        message = sent(issued(a_booking_id()), name=text, outline=BookingOutline("R", a_show(movie_title=text)))
        assert tuple(message.keys()) == NAMES
        assert message["To"].addresses[0].addr_spec == "asha@example.com"


def test_a_subject_in_tamil_arrives_as_it_was() -> None:
    title = "நீண்ட திரைப்படம் " * 5
    message = sent(issued(a_booking_id()), outline=BookingOutline("R", a_show(movie_title=title)))
    assert " ".join(title.split()) in str(message["Subject"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "no address",
        "a@b@c",
        "a\r\nBcc: b@example.com",
        "a@",
        "@b.example",
        "a b@c.example",
        "a..b@c.example",
        "a@b..example",
    ],
)
def test_an_address_that_is_none_is_a_value_error(address: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        sent(issued(a_booking_id()), email=address)


def test_a_confirmation_is_tried_up_to_the_shows_start_and_what_is_about_money_for_a_day() -> None:
    ticket = issued(a_booking_id())
    assert isinstance(ticket, TicketIssued)
    assert give_up_at(ticket, START.replace(hour=1)) == give_up_at(ticket, START - timedelta(days=9)) == START
    assert (give_up_at(ticket, START) - START).total_seconds() == 600
    assert (give_up_at(cancelled(a_booking_id()), START) - START).total_seconds() == 86_400
    assert give_up_at(cancelled(a_booking_id()), START - timedelta(days=9)) == START
    assert (give_up_at(money_back(a_booking_id()), START) - START).total_seconds() == 86_400
