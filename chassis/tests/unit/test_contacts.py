"""E-mail addresses and phone numbers in one form, by themselves and as fields of bodies and of their changes."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.bodies import RequestBody
from chassis.changes import Change
from chassis.contacts import Email, Phone, PrintedPhone, email_address, phone_number


class Contact(RequestBody):
    phone: Phone | None = None
    email: Email | None = None


class NewPlace(RequestBody):
    name: str
    contact: Contact = Contact()


class PlacePatch(Change[NewPlace]):
    """What to change of a place."""


@pytest.mark.parametrize("good", ["Ann.B@example.com", "x@demo.test", "u@marquee.example", "दीपक@उदाहरण.भारत"])
def test_an_address_that_is_written_as_it_is_sent_to_stays_as_it_is(good: str) -> None:
    assert email_address(f" {good} ") == good


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a",
        "@",
        "a@b",
        "a b@example.com",
        "a@exa mple.com",
        "a@[127.0.0.1]",
        "a@b@c.com",
        "a\u202e@example.com",
        "a\r\n@example.com",
        "=?utf-8?q?a?=@b@example.com",
    ],
)
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
    "typed", ["+91 98765-43210", "+919876543210", "tel:+919876543210", "+٩١٩٨٧٦٥٤٣٢١٠", "＋９１ 98765 43210"]
)
def test_phone_numbers_take_one_form(typed: str) -> None:
    assert phone_number(typed) == "+919876543210"


@pytest.mark.parametrize(
    "bad",
    [
        "9876543210",
        "+",
        "+999999999999999999",
        "abc",
        "+441111",
        "+910000000000",
        "+447700900123",
        "+12",
        "+1 000 000 0000",
        "+91 98765 43210 ext. 5",
    ],
)
def test_what_is_no_phone_number_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="phone"):
        phone_number(bad)


RETIRED: dict[str, Any] = {"name": "Roxy", "contact": {"phone": "+441111", "email": "a@b"}}


@pytest.mark.parametrize(
    ("change", "contact"),
    [
        ({"name": "Rex"}, RETIRED["contact"]),
        ({"contact": {"phone": " +91 98765 43210"}}, {"phone": "+919876543210", "email": "a@b"}),
        ({"contact": {"email": "a@xn--bcher-kva.example"}}, {"phone": "+441111", "email": "a@bücher.example"}),
    ],
)
def test_what_was_valid_when_it_was_stored_stays_when_something_else_is_changed(
    change: dict[str, Any], contact: dict[str, str]
) -> None:
    assert PlacePatch.model_validate(change).applied(RETIRED).contact.model_dump() == contact


@pytest.mark.parametrize("bad", [{"phone": "+441111"}, {"phone": "+9" * 17}, {"email": "a@b"}])
def test_what_is_sent_is_judged_in_a_change_as_in_a_whole(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PlacePatch.model_validate({"contact": bad})
    with pytest.raises(ValidationError):
        NewPlace.model_validate({"name": "Roxy", "contact": bad})


@pytest.mark.parametrize("number", ["1800 266 0606", "(022) 6677-8899", "+912212345678", "+971 4 234 5678", "1"])
def test_a_printed_number_stays_as_it_is_written(number: str) -> None:
    assert TypeAdapter(PrintedPhone).validate_python(number) == number


@pytest.mark.parametrize("number", ["", "box office", "+441111", "+", "+999 12 34", "12\n34", "0" * 41])
def test_what_nobody_can_dial_is_not_printed(number: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PrintedPhone).validate_python(number)
