"""Text as it is searched: what people type on whatever keyboard for what is written in whatever way.

Case and accents do not count, nor kinds and runs of spaces, nor what is not seen, nor which apostrophe, quote or dash a
phone has put in place of the keyboard's, nor a script's own digits. Vowel signs and viramas of Indian scripts and the
voicing marks of kana are spelling and stay.
"""

import re
import unicodedata

_STROKES = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
_APOSTROPHES = "\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u00b4\u055a\ua78c`"
_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u2039\u203a\u02ba\u02ee\u301d\u301e\u301f\u05f4"
_SLASHES = "\u2044\u2215"
# Letters that one character or a consonant, a virama and a joiner write: Malayalam chillus, the Bengali khanda ta.
_JOINED = {"ൺ": "ണ്", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "ൿ": "ക്", "ൔ": "മ്", "ൕ": "യ്", "ൖ": "ഴ്", "ৎ": "ত্"}
_TYPED = str.maketrans(
    {
        **_STROKES,
        **_JOINED,
        **dict.fromkeys(_APOSTROPHES, "'"),
        **dict.fromkeys(_QUOTES, '"'),
        **dict.fromkeys(_SLASHES, "/"),
        "\u0640": None,  # the tatweel only stretches a word
    }
)
_SPELLING = frozenset({8, 9})  # canonical combining classes: kana voicing, virama
_INVISIBLE = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"[\s\u2800]+")
_DASHES = re.compile(r"-+")
WHOLE_PART = 3
"""Parts of a text of up to so many letters are in an index as they are."""
LONGEST_PART = 60
"""Of what begins at a letter so much is in an index."""


def fold(text: str) -> str:
    """`  Amélie’s  –  २ ` and `AMELIE'S - 2` are one; folded again it stays as it is."""
    typed = _without_invisible(text).translate(_TYPED)  # before NFKD: it takes an accent for a space, too
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", typed).casefold()).translate(_TYPED)
    whole = unicodedata.normalize("NFC", _without_invisible("".join(map(_plain, apart))))
    return _DASHES.sub("-", _SPACES.sub(" ", whole)).strip(" ")


def parts(folded: str) -> list[str]:
    """The entries of a folded text in an index, by which any part of it is found: what begins at each of its letters,
    and each run of a few letters."""
    tails = {folded[at : at + LONGEST_PART] for at in range(len(folded))}
    runs = {folded[at : at + length] for length in range(1, WHOLE_PART + 1) for at in range(len(folded) - length + 1)}
    return sorted(tails | runs)


def _without_invisible(text: str) -> str:
    """Without joiners, marks of direction, soft hyphens, variants, and blanks of no width."""
    return _INVISIBLE.sub("", "".join(character for character in text if unicodedata.category(character) != "Cf"))


def _plain(character: str) -> str:
    if unicodedata.combining(character) not in {0, *_SPELLING}:
        return ""
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.decimal(character))
        case "Pd":
            return "-"
    return "-" if character in "\u2212\u2043\u02d7" else character
