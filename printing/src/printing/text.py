"""Text of other people on a printed line: whatever it holds, it stays text."""

import unicodedata

_JOINERS = frozenset("\u200c\u200d")  # the scripts of India write with them
_SPACES, _NOTHING = frozenset({"Cc", "Zl", "Zp", "Zs"}), frozenset({"Cf", "Cn", "Co", "Cs"})


def printable(text: str) -> str:
    """The text as one line in NFC: without control characters, turns of direction, private or unassigned characters
    and halves of surrogates; its spaces are collapsed."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    characters = map(_printed, unicodedata.normalize("NFC", text))
    return " ".join("".join(characters).split())


def _printed(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACES:
        return " "
    return "" if category in _NOTHING and character not in _JOINERS else character
