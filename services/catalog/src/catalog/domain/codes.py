"""The codes that invoices of theaters are numbered under: 1 to 3 capitals or digits."""

import secrets
from collections.abc import Iterator

from chassis.folding import fold

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TRIES = 60


def suggested(name: str) -> Iterator[str]:
    """Codes for a theater of this name, the best first: its initials, its first letters, then any two characters, and
    at last three: those leave no room for the `C` of credit notes under a law that allows 16 characters."""
    words = ["".join(letter for letter in word.upper() if letter in _CHARACTERS) for word in fold(name).split()]
    words = [word for word in words if word]
    if len(words) > 1:
        yield words[0][0] + words[1][0]
    yield from (word[:2] for word in words[:2])
    for length in (2, 3):
        for _ in range(_TRIES):
            yield "".join(secrets.choice(_CHARACTERS) for _ in range(length))


def taken_by(code: str) -> list[str]:
    """What a code takes: itself, and itself with the `C` of its credit notes."""
    return [code, f"{code}C"]
