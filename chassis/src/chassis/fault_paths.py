"""Where in a request a value is wrong, by the names and indexes that the client wrote."""

from collections.abc import Sequence
from typing import Any


def path_of(location: Sequence[str | int], sent: Any, *, missing: bool = False) -> str:
    """`("body", "seatIds", 0)` → `seatIds.0`; the body itself is `body`, a parameter its own name.

    The validator puts names of its own between those of the client: of a union's members, of functions. Names that are
    not in the body `sent` are left out, save the last one of a value that is `missing`.
    """
    source, *rest = location
    if source != "body":
        return str(rest[0] if rest else source)
    parts: list[str] = []
    for at, part in enumerate(rest, 1):
        if _lies_in(sent, part):
            sent = sent[part]
        elif not (missing and at == len(rest)):
            continue
        parts.append(str(part))
    return ".".join(parts) or "body"


def _lies_in(value: Any, part: str | int) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)
