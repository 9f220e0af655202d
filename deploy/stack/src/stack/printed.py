"""What a reader of a PDF gets: its pages, its text, and glyphs that its fonts do not have."""

import io
from dataclasses import dataclass

import pypdfium2
from pypdf import PageObject, PdfReader
from pypdf.generic import ByteStringObject, ContentStream, TextStringObject

_MM = 25.4 / 72  # a point


@dataclass(frozen=True)
class Printed:
    pages: int
    width_mm: float
    height_mm: float
    right_edge_mm: float
    """Where the text that reaches farthest to the right ends."""
    text: str
    """All text in the order of the page, its lines joined by spaces."""
    glyphs: int
    missing: int
    """Glyphs that show as an empty box: the fonts have none for a character."""


def read(pdf: bytes) -> Printed:
    reader = PdfReader(io.BytesIO(pdf))
    glyphs = [glyph for page in reader.pages for glyph in glyphs_of(page, reader)]
    width, height = (float(side) * _MM for side in reader.pages[0].mediabox[2:])
    return Printed(len(reader.pages), width, height, right_edge(pdf), text_of(pdf), len(glyphs), glyphs.count(0))


def glyphs_of(page: PageObject, reader: PdfReader) -> list[int]:
    """The numbers of the glyphs that a page shows, two bytes each; 0 is the box for what a font does not have."""
    shown = b""
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator == b"Tj":
            shown += raw(operands[0])
        elif operator == b"TJ":
            strings = [part for part in operands[0] if isinstance(part, ByteStringObject | TextStringObject)]
            shown += b"".join(map(raw, strings))
    return [int.from_bytes(shown[at : at + 2]) for at in range(0, len(shown), 2)]


def raw(string: ByteStringObject | TextStringObject) -> bytes:
    return string.original_bytes


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return " ".join(" ".join(pages).split())


def right_edge(pdf: bytes) -> float:
    """How far text reaches on the first page, in mm."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[0].get_textpage()
    boxes = [text.get_rect(index) for index in range(text.count_rects())]
    document.close()
    return max((box[2] for box in boxes), default=0.0) * _MM
