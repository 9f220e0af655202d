"""Names and titles on one line of a header."""

import unicodedata

_BIDI_CONTROLS = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


def one_line(text: str) -> str:
    """The text without line breaks, control characters and changes of direction, its spaces collapsed."""
    shown = text.translate(_BIDI_CONTROLS)
    spaced = (" " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character for character in shown)
    return " ".join("".join(spaced).split())
