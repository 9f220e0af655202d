"""Base45 as RFC 9285 has it, with one spelling for each byte string."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.base45 import decode, encode


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_examples_of_the_rfc(data: bytes, text: str) -> None:
    assert (encode(data), decode(text)) == (text, data)


@pytest.mark.parametrize("text", ["GGW", ":::", "::", "V5", "A", "BB8A", "bb8", "BB\n", "BB8\n", "B,8", "Ⅷ88"])
def test_what_encode_does_not_make_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not base45"):
        decode(text)


@given(st.binary(max_size=300))
def test_bytes_come_back(data: bytes) -> None:
    assert decode(encode(data)) == data


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=20))
def test_a_text_that_decodes_is_the_only_one_for_its_bytes(text: str) -> None:
    try:
        data = decode(text)
    except ValueError:
        return
    assert encode(data) == text
