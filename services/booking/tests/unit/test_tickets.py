"""Tickets are checked offline, and their QR code carries them."""

import io
import random
from collections.abc import Callable

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from services.booking.tests.factories import TICKET_SEED

from booking.domain.reference import ALPHABET, canonical, new_reference
from booking.domain.tickets import InvalidTicket, Signer, Ticket, qr_code, verify
from contracts.ids import new_id

SIGNER = Signer(TICKET_SEED)
TEN_SEATS = tuple(f"AA{number}" for number in range(11, 21))
TICKET = Ticket(new_id("bkg"), "7KQ2M9XD", new_id("sho"), TEN_SEATS)


def test_the_qr_code_decodes_to_the_signed_ticket_which_verifies() -> None:
    text = SIGNER.text(TICKET)
    image = Image.open(io.BytesIO(qr_code(text, "png")))
    [barcode] = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    assert barcode.text == text
    assert verify(barcode.text, SIGNER.public_key) == TICKET
    assert len(text) < 400


def test_the_same_ticket_always_has_the_same_text() -> None:
    assert SIGNER.text(TICKET) == Signer(TICKET_SEED).text(TICKET)


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_ticket_with_any_letter_changed_is_refused(place: int, letter: str) -> None:
    text = SIGNER.text(TICKET)
    place %= len(text)
    if text[place] == letter:
        return
    with pytest.raises(InvalidTicket):
        verify(text[:place] + letter + text[place + 1 :], SIGNER.public_key)


@given(st.text())
def test_whatever_a_gate_scans_is_a_ticket_or_refused(text: str) -> None:
    for scanned in (text, f"MQ1.{text}", f"MQ1.{text}.{text}"):
        with pytest.raises(InvalidTicket):
            verify(scanned, SIGNER.public_key)


@pytest.mark.parametrize("spelled", [lambda letter: letter.replace("_", "/"), lambda letter: letter.replace("-", "+")])
def test_a_ticket_has_one_spelling(spelled: Callable[[str], str]) -> None:
    tickets = (SIGNER.text(Ticket(new_id("bkg"), "7KQ2M9XD", new_id("sho"), TEN_SEATS)) for _ in range(50))
    texts = [text for text in tickets if spelled(text) != text]
    assert texts
    for text in texts:
        with pytest.raises(InvalidTicket):
            verify(spelled(text), SIGNER.public_key)


def test_a_ticket_of_another_key_is_refused() -> None:
    other = Signer(b"\1" * 32)
    with pytest.raises(InvalidTicket):
        verify(other.text(TICKET), SIGNER.public_key)


def test_references_are_read_as_people_type_them_and_notice_any_one_wrong_letter() -> None:
    for _ in range(50):
        reference = new_reference()
        assert canonical(f" {reference[:4].lower()}-{reference[4:]} ") == reference
        place = random.randrange(8)
        for letter in set(ALPHABET) - {reference[place]}:
            assert canonical(reference[:place] + letter + reference[place + 1 :]) is None
    assert canonical("7KQ2M9XU") is None
    assert canonical("") is None
