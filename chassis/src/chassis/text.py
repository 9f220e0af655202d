"""Text that people type: one line, or a paragraph that may have line breaks. It holds no characters that control a
terminal, the direction or the lines of text, and nothing that a mail program would decode."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_CONTROLS_BUT_BREAKS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_SEPARATORS = r"\u2028\u2029"
_DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"
_SEPARATORS_AND_DIRECTIONS = r"\u2028-\u202e\u2066-\u2069"
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols without ink
# RFC 2047 names the encodings b and q; what is closed by ?= is taken for one with any.
_ENCODED_WORD = re.compile(r"=\?[^?]*\?\s*[bq]\s*\?|=\?[^?]*\?[^?]*\?.*\?=", re.IGNORECASE | re.DOTALL)
_REFUSED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(f"[{_CONTROLS}]"), "control characters are not allowed"),
    (re.compile(f"[{_SEPARATORS}]"), "line separators are not allowed"),
    (re.compile(f"[{_DIRECTIONS}]"), "characters that turn the direction of text are not allowed"),
)


@dataclass(frozen=True, slots=True)
class _Text:
    """A constraint of a string: `check` runs after its other constraints and raises `ValueError`; `excluded` are the
    characters that its schema rules out."""

    check: Callable[[str], str]
    excluded: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = handler(schema)
        any_of = f"[^{self.excluded}]*"
        ink = rf"[^\s{self.excluded}]{any_of}" if described.get("minLength") else ""
        return {"pattern": f"^{any_of}{ink}$", **described}


def _line(value: str) -> str:
    for characters, message in _REFUSED:
        if characters.search(value):
            raise ValueError(message)
    if _ENCODED_WORD.search(_as_read(value)):
        raise ValueError("text in the form =?…?…?…?= is not allowed")
    if value and not any(map(_has_ink, value)):
        raise ValueError("there is nothing to be seen")
    return value


def _as_read(value: str) -> str:
    """As programs read it that unite characters that look alike and drop invisible ones."""
    seen = "".join(character for character in value if not _is_invisible(character))
    return "".join(character for character in unicodedata.normalize("NFKC", seen) if not _is_invisible(character))


def _is_invisible(character: str) -> bool:
    """Format characters, variation selectors and their like."""
    return unicodedata.category(character) == "Cf" or unicodedata.name(character, "").startswith(
        ("VARIATION SELECTOR", "COMBINING GRAPHEME JOINER", "MONGOLIAN FREE VARIATION")
    )


def _has_ink(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPSC" and not (_is_invisible(character) or character in _BLANKS)


def _paragraph(value: str) -> str:
    lines = re.sub(f"\r\n|[\r{_SEPARATORS}]", "\n", value)
    _line(re.sub(r"[\n\t]", " ", lines))
    return lines


Line = _Text(_line, _CONTROLS + _SEPARATORS_AND_DIRECTIONS)
"""Annotates a string field: one line of text."""
Paragraph = _Text(_paragraph, _CONTROLS_BUT_BREAKS + _DIRECTIONS)
"""Annotates a string field: text that may have line breaks and tabs; every line break becomes a line feed."""
