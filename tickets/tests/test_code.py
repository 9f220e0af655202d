"""A ticket code holds what it was made from, and nothing else passes for one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tickets.tests.factories import SIGNER, a_ticket, scattered_seats

from contracts.ids import BookingId, ShowtimeId, encode
from contracts.layout import row_letters
from tickets import base45
from tickets.code import MOST_SEATS, PREFIX, InvalidTicket, Reason, Ticket, TicketSigner, verify
from tickets.keys import TicketKey

KEYS = [SIGNER.key]
NO_SEATS = ("", "A", "7", "A0", "A07", "a7", "A1000", "AAA1", "A-1", "A1 ", "A1\n", "A٣")
uuids = st.integers(0, 2**128 - 1).map(encode)
seats = st.tuples(st.integers(0, 701).map(row_letters), st.integers(1, 999)).map(lambda place: f"{place[0]}{place[1]}")
tickets = st.builds(
    Ticket,
    uuids.map(lambda suffix: BookingId(f"bkg_{suffix}")),
    uuids.map(lambda suffix: ShowtimeId(f"sho_{suffix}")),
    st.lists(seats, min_size=1, max_size=MOST_SEATS).map(tuple),
    st.integers(1, 65_535),
)


def refusal(code: str, keys: list[TicketKey] = KEYS) -> Reason:
    with pytest.raises(InvalidTicket) as caught:
        verify(code, keys)
    assert str(caught.value)
    return caught.value.reason


@given(tickets)
def test_a_ticket_comes_back_from_its_code(ticket: Ticket) -> None:
    code = SIGNER.sign(ticket)
    assert verify(code, KEYS) == ticket
    assert code == TicketSigner(bytes(range(32))).sign(ticket)
    assert code == code.strip()


@given(tickets, st.data())
def test_a_code_with_any_character_changed_is_refused(ticket: Ticket, data: Any) -> None:
    code = SIGNER.sign(ticket)
    place = data.draw(st.integers(0, len(code) - 1))
    character = data.draw(
        st.one_of(st.sampled_from(base45.ALPHABET), st.characters()).filter(lambda c: c != code[place])
    )
    refusal(code[:place] + character + code[place + 1 :])


@given(tickets, st.data())
def test_a_code_that_was_cut_lengthened_or_doubled_is_refused(ticket: Ticket, data: Any) -> None:
    code = SIGNER.sign(ticket)
    cut = data.draw(st.integers(0, len(code) - 1))
    for text in (
        code[:cut],
        code[cut + 1 :],
        code + code,
        code + code[: cut + 1],
        code.lower(),
        f" {code}",
        f"{code}\n",
    ):
        refusal(text)


@given(
    st.one_of(st.text(), st.text(base45.ALPHABET), st.binary().map(base45.encode), st.text(st.characters(codec=None)))
)
def test_whatever_a_gate_scans_is_refused_with_a_reason(text: str) -> None:
    assert refusal(PREFIX + text) in {"malformed", "unknown_key"}
    if not text.startswith(PREFIX):
        assert refusal(text) == "not_a_ticket"


@given(st.binary(max_size=300))
def test_what_our_own_key_signed_is_a_ticket_only_in_the_form_of_one(body: bytes) -> None:
    """A signature over other bytes, as one of another document would be, opens no gate."""
    signature = SIGNER._private_key.sign(PREFIX.encode() + body)
    assert refusal(PREFIX + base45.encode(body + signature)) in {"malformed", "unknown_key"}
    head = SIGNER.key.short_id + body
    signature = SIGNER._private_key.sign(PREFIX.encode() + head)
    try:
        ticket = verify(PREFIX + base45.encode(head + signature), KEYS)
    except InvalidTicket:
        return
    assert SIGNER.sign(ticket) == PREFIX + base45.encode(head + signature)


def test_a_signature_over_the_body_without_the_prefix_counts_for_nothing() -> None:
    body = base45.decode(SIGNER.sign(a_ticket()).removeprefix(PREFIX))[:-64]
    assert refusal(PREFIX + base45.encode(body + SIGNER._private_key.sign(body))) == "bad_signature"


def test_a_text_longer_than_any_code_is_not_decoded() -> None:
    longest = SIGNER.sign(a_ticket(*scattered_seats(MOST_SEATS)))
    assert len(verify(longest, KEYS).seat_ids) == MOST_SEATS
    assert refusal(longest + "000") == "malformed"
    assert refusal(PREFIX + "0" * 10_000_000) == "malformed"


def test_a_code_is_verified_with_the_key_it_names() -> None:
    other, ticket = TicketSigner(b"\1" * 32), a_ticket()
    assert verify(other.sign(ticket), [SIGNER.key, other.key]) == ticket
    assert refusal(other.sign(ticket)) == "unknown_key"
    assert refusal(SIGNER.sign(ticket), []) == "unknown_key"


def test_of_two_keys_with_one_short_id_either_may_have_signed() -> None:
    twin = TicketSigner(b"\1" * 32).key
    twin.short_id = SIGNER.key.short_id
    ticket = a_ticket()
    assert verify(SIGNER.sign(ticket), [twin, SIGNER.key]) == ticket
    assert refusal(SIGNER.sign(ticket), [twin]) == "bad_signature"


@pytest.mark.parametrize(
    "change",
    [
        {"booking_id": "sho_01jd8xq4m2f7kt9v3w5y7z1abc"},
        {"booking_id": "bkg_1"},
        {"booking_id": "bkg_81jd8xq4m2f7kt9v3w5y7z1abc"},
        {"showtime_id": "sho_01JD8XQ4M2F7KT9V3W5Y7Z1ABC"},
        {"seat_ids": ()},
        {"seat_ids": ("A1",) * (MOST_SEATS + 1)},
        *({"seat_ids": ("A1", seat)} for seat in NO_SEATS),
        {"version": 0},
        {"version": 65_536},
    ],
)
def test_what_the_format_cannot_hold_is_a_value_error(change: dict[str, Any]) -> None:
    ticket = a_ticket()
    values = {name: getattr(ticket, name) for name in ("booking_id", "showtime_id", "seat_ids", "version")}
    with pytest.raises(ValueError, match=r"seat|id|version"):
        SIGNER.sign(Ticket(**values | change))
