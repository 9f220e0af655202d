"""What a public call is refused for."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Refused:
    """A call, who makes it, and values for fields of a good body of which each alone spoils it."""

    who: str
    call: str
    good: dict[str, Any]
    bad: dict[str, list[Any]]
    missing: tuple[str, ...] = ()
