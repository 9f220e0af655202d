"""Values as plain data and back: dicts with snake_case names, lists, strings and numbers, as Mongo stores them."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(value_type: Any) -> TypeAdapter[Any]:
    return TypeAdapter(value_type)


def to_plain(value: Any) -> dict[str, Any]:
    """A value's fields; moments, days and times are text."""
    value_type: Any = type(value)
    fields: dict[str, Any] = _adapter(value_type).dump_python(value, mode="json")
    return fields


def from_plain(value_type: type[T], fields: Mapping[str, Any]) -> T:
    """The value with these fields; other names are passed over. Raises `ValidationError`."""
    any_type: Any = value_type
    value: T = _adapter(any_type).validate_python(fields)
    return value
