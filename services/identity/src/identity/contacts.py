"""E-mail addresses and phone numbers, each in one form."""

import string
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

LONGEST_EMAIL = 254
_LONGEST_LOCAL_PART = 64
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def email_address(value: str) -> str:
    """The address as mail is sent to it, its domain in lower case and in its own script; raises `ValueError`.

    Limits are RFC 5321's, in octets. No DNS is asked: test domains are welcome.
    """
    try:
        found = validate_email(value.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    local_part = _composed(value.strip().rpartition("@")[0])
    if len(local_part.encode()) > _LONGEST_LOCAL_PART:
        raise ValueError(f"the part before the @ may have {_LONGEST_LOCAL_PART} octets")
    return f"{local_part}@{found.domain}"


def _composed(local_part: str) -> str:
    """In NFC, unless that makes ASCII of other letters (the Kelvin sign a K): mail systems tell those apart."""
    would_be_ascii = any(
        unicodedata.normalize("NFC", letter).isascii() for letter in local_part if not letter.isascii()
    )
    return local_part if would_be_ascii else unicodedata.normalize("NFC", local_part)


def email_key(email: str) -> str:
    """The same for addresses that mail systems take for one, which differ in the case of ASCII alone.

    Other letters that Unicode unites (`ß` and `ss`) are different mailboxes. `email` is from `email_address`, so its
    domain is in one form already.
    """
    return email.translate(_LOWER)


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
