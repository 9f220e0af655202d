"""Types of single fields in bodies: texts and their lengths, links, currencies, prices in minor units."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypeAliasType

from chassis.text import Line, Paragraph
from contracts.currencies import EXPONENTS


def _currency(value: str) -> str:
    if value not in EXPONENTS:
        raise ValueError("no currency of ISO 4217")
    return value


Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Line]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Line]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Paragraph]
Prose = Annotated[str, StringConstraints(max_length=5000), Paragraph]
Link = Annotated[
    str,
    StringConstraints(max_length=2000, pattern=r"^(https?://|/)[^\s\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$"),
    Line,
]
Id = Annotated[str, StringConstraints(max_length=64)]
Currency = TypeAliasType(
    "Currency", Annotated[str, AfterValidator(_currency), Field(json_schema_extra={"enum": sorted(EXPONENTS)})]
)
Price = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Words = Annotated[list[Short], Field(max_length=50)]
YesOrNo = Annotated[bool, Field(strict=True)]
