"""Booking references: seven Crockford base32 letters and a check letter, to be read aloud and typed."""

import hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("ILO", "110", " -")
_LETTERS, _LETTER_BITS = 7, 5


class References:
    """The references of bookings, made from their ids and a secret seed: a booking that is made anew, after a restore,
    has the one that it had, and nobody who knows its id alone can tell it."""

    def __init__(self, seed: bytes) -> None:
        self._key = hmac.digest(seed, b"references of bookings", "sha256")

    def of(self, booking_id: str, candidate: int = 0) -> str:
        """A reference such as `7KQ2M9XD`; unique only by the index it is stored under. Where another booking has it the
        next `candidate` is tried."""
        number = int.from_bytes(hmac.digest(self._key, f"{booking_id} {candidate}".encode(), "sha256"))
        letters = "".join(ALPHABET[number >> _LETTER_BITS * place & 31] for place in range(_LETTERS))
        return letters + _check_letter(letters)


def canonical(typed: str) -> str | None:
    """The reference somebody typed (lower case, O for 0, I or L for 1, spaces), or None when it cannot be one."""
    text = typed.upper().translate(_READ_AS)
    if len(text) != _LETTERS + 1 or not set(text) <= set(ALPHABET) or _check_letter(text[:-1]) != text[-1]:
        return None
    return text


def _check_letter(letters: str) -> str:
    """Odd weights have an inverse modulo 32, so that any one wrong letter is noticed."""
    return ALPHABET[sum((2 * place + 1) * ALPHABET.index(letter) for place, letter in enumerate(letters)) % 32]
