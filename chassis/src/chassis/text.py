"""Text that people type: one line without control characters, or a paragraph that may have line breaks."""

import unicodedata

from pydantic import AfterValidator

_BREAKS = frozenset("\n\r\t")


def _line(value: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("control characters are not allowed")
    return value


def _paragraph(value: str) -> str:
    _line("".join(character for character in value if character not in _BREAKS))
    return value


Line = AfterValidator(_line)
Paragraph = AfterValidator(_paragraph)
