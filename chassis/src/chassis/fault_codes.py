"""What kind of wrong a value is, as clients switch on it to say so in their readers' language."""

from collections.abc import Mapping
from typing import Any, Literal

FaultCode = Literal[
    "missing",
    "unknown_field",
    "too_short",
    "too_long",
    "too_few",
    "too_many",
    "too_small",
    "too_large",
    "not_offered",
    "malformed",
]
_CODES: Mapping[str, FaultCode] = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_few",
    "too_long": "too_many",
    "greater_than": "too_small",
    "greater_than_equal": "too_small",
    "less_than": "too_large",
    "less_than_equal": "too_large",
    "literal_error": "not_offered",
    "enum": "not_offered",
}
_LIMITS = ("min_length", "max_length", "ge", "le")  # those that a value may be equal to


def code_of(error: Mapping[str, Any]) -> FaultCode:
    """The code of one of the validator's errors; of text, a list or a number that is no such thing `malformed`."""
    return _CODES.get(error["type"], "malformed")


def limit_of(error: Mapping[str, Any]) -> int | float | None:
    """The length or number that the value may just have; None where there is none."""
    limits = error.get("ctx", {})
    return next((limits[name] for name in _LIMITS if isinstance(limits.get(name), int | float)), None)
