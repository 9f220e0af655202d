"""Lines of a CSV file (RFC 4180, UTF-8 with a byte order mark) in which no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
_RUN = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
_MAY_RUN = re.compile(rf"""[,"\n]\s*[{re.escape("".join(_RUN))}]""")
"""Where a cell begins that may be run. Numbers below 0 look like one too, and so does the end after an empty cell."""
Cell = str | int | float | None


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as they are sent; numbers stay numbers, also below 0."""
    rows = list(rows)
    lines = _written(rows)
    if _MAY_RUN.search("\n" + lines):  # one look at all is cheaper than one at each cell
        lines = _written([[_harmless(cell) for cell in row] for row in rows])
    return lines.encode()


def _written(rows: Iterable[Sequence[Cell]]) -> str:
    lines = io.StringIO(newline="")
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return lines.getvalue()


def _harmless(cell: Cell) -> Cell:
    """What a spreadsheet would run is text to it behind an apostrophe."""
    if not isinstance(cell, str) or cell[:1].isalnum():
        return cell
    return "'" + cell if cell.startswith(_RUN) or cell.lstrip().startswith(_RUN) else cell
