"""Booking references: seven random Crockford base32 letters and a check letter, to be read aloud and typed."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("ILO", "110", " -")


def new_reference() -> str:
    """A reference such as `7KQ2M9XD`; unique only by the index it is stored under."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return letters + _check_letter(letters)


def canonical(typed: str) -> str | None:
    """The reference somebody typed (lower case, O for 0, I or L for 1, spaces), or None when it cannot be one."""
    text = typed.upper().translate(_READ_AS)
    if len(text) != 8 or not set(text) <= set(ALPHABET) or _check_letter(text[:7]) != text[7]:
        return None
    return text


def _check_letter(letters: str) -> str:
    """Odd weights have an inverse modulo 32, so that any one wrong letter is noticed."""
    return ALPHABET[sum((2 * place + 1) * ALPHABET.index(letter) for place, letter in enumerate(letters)) % 32]
