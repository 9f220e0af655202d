"""E-mail addresses and phone numbers, each in one form: the types of fields that take and that show them."""

import unicodedata
from collections.abc import Callable
from typing import Annotated

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, ValidationInfo

from chassis.bodies import VALIDATED_BEFORE

_LONGEST_EMAIL = 254
_LONGEST_LOCAL_PART = 64
_FEWEST_DIGITS = 8  # with the country code: St Helena's; the numbering plans of larger countries would allow fewer


def email_address(value: str) -> str:
    """The address as mail is sent to it, its domain in lower case and in its own script; raises `ValueError`.

    Limits are RFC 5321's, in octets. No DNS is asked: test domains are welcome.
    """
    try:
        parsed = validate_email(value.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    local_part = _composed(value.strip().rpartition("@")[0])
    if len(local_part.encode()) > _LONGEST_LOCAL_PART:
        raise ValueError(f"the part before the @ may have {_LONGEST_LOCAL_PART} octets")
    return f"{local_part}@{parsed.domain}"


def _composed(local_part: str) -> str:
    """In NFC, unless that makes ASCII of other letters (the Kelvin sign a K): mail systems tell those apart."""
    would_be_ascii = any(
        unicodedata.normalize("NFC", letter).isascii() for letter in local_part if not letter.isascii()
    )
    return local_part if would_be_ascii else unicodedata.normalize("NFC", local_part)


def phone_number(value: str) -> str:
    """The number in E.164, such as `+919876543210`; raises `ValueError`."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise ValueError("a phone number with its country code, such as +919876543210") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("there is no such phone number")
    if number.extension:
        raise ValueError("a phone number without an extension")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national_number(phone: str) -> str:
    """A number in E.164 as its own country dials it, without a leading 0; its digits where it is none."""
    try:
        return str(phonenumbers.parse(phone, None).national_number)
    except phonenumbers.NumberParseException:
        return "".join(filter(str.isdecimal, phone)).lstrip("0")


def dialable(value: str) -> str:
    """The number as it is written; raises `ValueError` where it has a country code and not that country's length."""
    if value.startswith("+"):
        try:
            number = phonenumbers.parse(value, None)
        except phonenumbers.NumberParseException:
            number = None
        digits = sum(map(str.isdecimal, value))
        if number is None or digits < _FEWEST_DIGITS or not phonenumbers.is_possible_number(number):
            raise ValueError("no country has such a phone number")
    return value


def _unless_validated_before(form: Callable[[str], str]) -> AfterValidator:
    """Which numbers and domains there are changes with the years: a value that is stored stays as it is."""

    def validated(value: str, info: ValidationInfo) -> str:
        return value if info.context is VALIDATED_BEFORE else form(value)

    return AfterValidator(validated)


ShownEmail = Annotated[str, Field(json_schema_extra={"format": "idn-email"})]
"""An address in an answer; the part before the @ may be any script's."""
ShownPhone = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")]
"""A number in an answer, in E.164."""
Email = Annotated[ShownEmail, Field(max_length=_LONGEST_EMAIL), _unless_validated_before(email_address)]
Phone = Annotated[str, Field(max_length=32), _unless_validated_before(phone_number)]
ShownPrintedPhone = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[+(]?[0-9][0-9 ()./-]*$")]
"""A number as it is printed for people to dial: national and toll-free ones have no country code."""
PrintedPhone = Annotated[ShownPrintedPhone, _unless_validated_before(dialable)]
