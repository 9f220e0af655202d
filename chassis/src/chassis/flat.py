"""Flat dataclasses as documents. `dataclasses.asdict` copies each value deeply, a datetime through its pickle: that
takes ten times as long."""

from typing import Any


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass with slots, whose values are written as they are: none is a dataclass itself."""
    return {name: getattr(value, name) for name in value.__slots__}
