"""Text as it is searched: without case and accents."""

import unicodedata

_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})


def fold(text: str) -> str:
    """`Amélie` and `AMELIE` fold to `amelie`; scripts whose vowel signs are letters keep them."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in apart if not unicodedata.combining(character)).translate(_STROKES)
