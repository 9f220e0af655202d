"""Which e-mail addresses are one mailbox, without any server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.contacts import email_address
from identity.contacts import email_key

LETTERS = st.text(st.sampled_from("aAkKsSzZ.ßſıİ\u212a\u2126\u0301éÉσςﬁﬃ１"), min_size=1, max_size=8)


def key(address: str) -> str:
    return email_key(email_address(address))


@pytest.mark.parametrize(
    ("address", "same"),
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
def test_what_mail_systems_take_for_one_mailbox_is_one(address: str, same: str) -> None:
    assert key(address) == key(same)


@pytest.mark.parametrize(
    ("address", "other"),
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
def test_what_unicode_alone_unites_are_two_mailboxes(address: str, other: str) -> None:
    assert key(address) != key(other)


@given(LETTERS, LETTERS)
def test_two_local_parts_are_one_only_when_the_case_of_ascii_is_all_that_differs(first: str, second: str) -> None:
    try:
        addresses = [email_address(f"{local}@example.com") for local in (first, second)]
    except ValueError:
        return
    lowered = ["".join(letter.lower() if letter.isascii() else letter for letter in address) for address in addresses]
    assert (email_key(addresses[0]) == email_key(addresses[1])) is (lowered[0] == lowered[1])
    assert all(email_address(address) == address for address in addresses)
