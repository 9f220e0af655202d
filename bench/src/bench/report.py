"""The tables that a benchmark prints, and where results are kept."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path("bench/results")
Row = tuple[str, str, str]
HEAD: Row = ("what", "measured", "against")


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> str:
    """A Markdown table with columns as wide as they need to be."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [_line(head, widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    return "\n".join(lines + [_line(row, widths) for row in rows])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"


def write(name: str, text: str) -> None:
    """Keep a result, with what it was measured on, and print it."""
    load = f"{os.getloadavg()[2]:.1f} processes running over the last 15 minutes"
    head = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {load}"
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / name).write_text(f"{head}\n\n{text}\n", encoding="utf-8")
    print(f"{head}\n\n{text}\n")
