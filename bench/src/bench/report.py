"""The table that a benchmark prints."""

from collections.abc import Sequence

Row = tuple[str, str, str]
HEAD: Row = ("what", "measured", "against")


def table(rows: Sequence[Row]) -> str:
    """A Markdown table with columns as wide as they need to be."""
    widths = [max(len(row[column]) for row in (HEAD, *rows)) for column in range(3)]
    lines = [_line(HEAD, widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    return "\n".join(lines + [_line(row, widths) for row in rows])


def _line(row: Row, widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
