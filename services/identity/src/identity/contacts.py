"""E-mail addresses and phone numbers in one form each."""

import phonenumbers
from email_validator import EmailNotValidError, validate_email


def email_address(value: str) -> str:
    """The address with its domain in lower case; raises `ValueError`. No DNS: test domains are welcome."""
    try:
        return validate_email(value.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None


def email_key(email: str) -> str:
    """What makes two addresses the same: their letters, not their case."""
    return email.casefold()


def phone_number(value: str) -> str:
    """The number in E.164, such as `+919876543210`; raises `ValueError`."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise ValueError("a phone number with its country code, such as +919876543210") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("no such phone number can exist")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
