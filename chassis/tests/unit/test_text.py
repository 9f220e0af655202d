"""Text that people type is text and nothing else."""

import re
from typing import Annotated

import pytest
from pydantic import BaseModel, StringConstraints, ValidationError

from chassis.text import Line, Paragraph

WORD = "=?utf-8?q?=0ABcc=3A_x=40y.example?="
BREAKS = ("\n", "\r", "\r\n", "\t", "\u2028", "\u2029")


class Typed(BaseModel):
    line: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Line] = ""
    paragraph: Annotated[str, StringConstraints(max_length=5000), Paragraph] = ""
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Line] = "A"


def fullwidth(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


def refused(field: str, text: str) -> bool:
    try:
        Typed.model_validate({field: text})
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("field", ["line", "paragraph"])
@pytest.mark.parametrize(
    "text",
    [
        WORD,
        f"Dune {WORD} Part Two",
        "=?utf-8?Q?x?=",
        "=?ISO-8859-1?B?QmNj?=",
        "=?utf-8*en?q?x?=",
        "=?no-such-charset?b?x?=",
        "=??q?x?=",
        "=?utf 8?q?a b?=",
        "=?utf-8?q?=0A?= =?utf-8?q?Bcc=3Ax?=",  # two, side by side
        "=?utf-8?q?never closed",
        "=?utf-8?z?another encoding?=",
        "=?utf-8? q ?x?=",
        "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=",  # one in another
        "=?=?utf-8?q?x?=?=",
        fullwidth(WORD),
        "\u207c?utf-8?q?x?=",  # a superscript =
        "=\ufe56utf-8\ufe56q\ufe56x\ufe56=",  # small question marks
        "=?utf-8?\U0001d42a?x?=",  # a bold q
        "=\u200b?utf-8?q?x?=",  # no width, no ink
        "=?ut\u00adf-8?\ufe0fq?x?=",
        "=\u034f?utf-8?q\u2060?x?=",
    ],
)
def test_what_a_mail_program_would_decode_is_refused(field: str, text: str) -> None:
    assert refused(field, text)


@pytest.mark.parametrize("field", ["line", "paragraph"])
@pytest.mark.parametrize(
    "character",
    [*"\x00\x07\x08\x0b\x0c\x1b\x7f\x85\x9f", *"\u202a\u202b\u202c\u202d\u202e", *"\u2066\u2067\u2068\u2069"],
)
def test_controls_of_terminals_and_of_direction_are_refused(field: str, character: str) -> None:
    assert refused(field, f"a{character}b")


@pytest.mark.parametrize("between", BREAKS)
def test_a_line_has_no_breaks_and_a_paragraph_has_one_kind(between: str) -> None:
    assert refused("line", f"a{between}b")
    paragraph = Typed(paragraph=f"a{between}b").paragraph
    assert paragraph == ("a\tb" if between == "\t" else "a\nb")


@pytest.mark.parametrize("text", ["\u200b", "\u2060\ufeff", "\u3164", "\u2800", "\ufe0f", "\u00ad \u200d"])
def test_a_line_without_ink_is_refused(text: str) -> None:
    assert refused("line", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 + 1 = ?",
        "2+2=? Really? Yes?",
        "What?= Who?",
        "a=?b",
        "E=mc², why?",
        "Amélie — l’été",
        "क्‍ष and क्ष",
        "می‌خواهم",
        "שלום\u200f!",
        "👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "A=B?C=D?E?",
        'O\'Neil, "Bob" <b@example.com>',
        "株式会社",
    ],
)
@pytest.mark.parametrize("field", ["line", "paragraph"])
def test_what_people_write_stays_as_it_is(field: str, text: str) -> None:
    assert getattr(Typed.model_validate({field: text}), field) == text


@pytest.mark.parametrize(
    ("field", "text", "fits"),
    [
        ("line", "", True),
        ("line", "Amélie", True),
        ("line", "a\nb", False),
        ("line", "a\u202eb", False),
        ("paragraph", "a\r\nb\tc", True),
        ("paragraph", "a\x1bb", False),
        ("name", "", False),
        ("name", " ", False),
        ("name", "a b", True),
    ],
)
def test_the_schema_tells_clients_which_characters_are_refused(field: str, text: str, *, fits: bool) -> None:
    pattern = Typed.model_json_schema()["properties"][field]["pattern"]
    assert bool(re.search(pattern, text)) is fits
