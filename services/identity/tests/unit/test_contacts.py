"""E-mail addresses and phone numbers without any server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.contacts import email_address, email_key, phone_number

LETTERS = st.text(st.sampled_from("aAkKsSzZ.ßſıİ\u212a\u2126\u0301éÉσςﬁﬃ１"), min_size=1, max_size=8)


def key(address: str) -> str:
    return email_key(email_address(address))


@pytest.mark.parametrize("good", ["Ann.B@example.com", "x@demo.test", "u@marquee.example", "दीपक@उदाहरण.भारत"])
def test_an_address_that_is_written_as_it_is_sent_to_stays_as_it_is(good: str) -> None:
    assert email_address(f" {good} ") == good


@pytest.mark.parametrize(
    "bad",
    ["", "a", "@", "a@b", "a b@example.com", "a@exa mple.com", "a@[127.0.0.1]", "a@b@c.com", "a\u202e@example.com",
     "a\r\n@example.com", "=?utf-8?q?a?=@b@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        email_address(bad)


def a_domain(octets: int) -> str:
    """A domain of that many octets, all labels within their own limit."""
    return (f"{'x' * 49}." * 5)[: octets - 4].rstrip(".").ljust(octets - 4, "y") + ".com"


@pytest.mark.parametrize(
    ("longest", "too_long"),
    [
        ("x" * 64 + "@example.com", "x" * 65 + "@example.com"),
        ("é" * 32 + "@example.com", "é" * 32 + "x@example.com"),
        ("e\u0301" * 32 + "@example.com", "e\u0301" * 33 + "@example.com"),  # as it is sent: composed
        ("x" * 50 + "@" + a_domain(203), "x" * 50 + "@" + a_domain(204)),
        ("x@" + "ü" * 30 + "." + a_domain(191), "x@" + "ü" * 30 + "." + a_domain(192)),  # two octets each
    ],
)
def test_an_address_is_as_long_as_smtp_can_carry(longest: str, too_long: str) -> None:
    assert email_address(longest)
    with pytest.raises(ValueError, match=r"octets|too long"):
        email_address(too_long)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("Ann@example.com", "ANN@EXAMPLE.COM"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@bücher.example", "A@BÜCHER.Example"),
        ("a@bücher.example", "a@bu\u0308cher.example"),
        ("a@example.com", "a@\uff45xample\u3002com"),
        ("a@straße.example", "a@XN--STRAE-OQA.example"),
        ("a@उदाहरण.भारत", "a@xn--p1b6ci4b4b3a.xn--h2brj9c"),
        ("\u00e9@example.com", "e\u0301@example.com"),
    ],
)
def test_what_mail_systems_take_for_one_mailbox_is_one(one: str, same: str) -> None:
    assert key(one) == key(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße@example.com", "strasse@example.com"),
        ("ſam@example.com", "sam@example.com"),
        ("\u212aate@example.com", "kate@example.com"),
        ("ılkay@example.com", "ilkay@example.com"),
        ("İlkay@example.com", "i̇lkay@example.com"),
        ("ﬁona@example.com", "fiona@example.com"),
        ("νίκος@example.com", "νίκοσ@example.com"),
        ("Éva@example.com", "éva@example.com"),
        ("ＡＢ@example.com", "ab@example.com"),
        ("a@straße.example", "a@strasse.example"),
        ("a.b@example.com", "ab@example.com"),
        ("a+b@example.com", "a@example.com"),
    ],
)
def test_what_unicode_alone_unites_are_two_mailboxes(one: str, other: str) -> None:
    assert key(one) != key(other)


@given(LETTERS, LETTERS)
def test_two_local_parts_are_one_only_when_the_case_of_ascii_is_all_that_differs(one: str, other: str) -> None:
    try:
        addresses = [email_address(f"{local}@example.com") for local in (one, other)]
    except ValueError:
        return
    lowered = ["".join(letter.lower() if letter.isascii() else letter for letter in address) for address in addresses]
    assert (email_key(addresses[0]) == email_key(addresses[1])) is (lowered[0] == lowered[1])
    assert all(email_address(address) == address for address in addresses)


@pytest.mark.parametrize(
    "typed", ["+91 98765-43210", "+919876543210", "tel:+919876543210", "+٩١٩٨٧٦٥٤٣٢١٠", "＋９１ 98765 43210"]
)
def test_phone_numbers_take_one_form(typed: str) -> None:
    assert phone_number(typed) == "+919876543210"


@pytest.mark.parametrize("bad", ["9876543210", "+", "+999999999999999999", "abc", "+441111", "+910000000000",
                                 "+447700900123", "+12", "+1 000 000 0000", "+91 98765 43210 ext. 5"])  # fmt: skip
def test_what_is_no_phone_number_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="phone"):
        phone_number(bad)
