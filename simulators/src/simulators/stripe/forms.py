"""Stripe's form encoding, `a[b][0][c]=v`, and reading it field by field: the first fault is named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import parse_qsl

from simulators.edge import Call
from simulators.journal import JsonObject
from simulators.stripe.errors import Refusal

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MAX_KEYS, _MAX_KEY_CHARS, _MAX_VALUE_CHARS = 50, 40, 500
_MAX_TEXT = 5000


def params_of(call: Call) -> Params:
    """The parameters of a call: of the query where it reads, of the body where it writes."""
    if call.method == "GET":
        return Params(decoded(call.query))
    kind = call.headers.get("content-type", "")
    if call.body and not kind.startswith("application/x-www-form-urlencoded"):
        raise Refusal(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any "
            "questions, we can help at https://support.stripe.com/."
        )
    return Params(decoded(parse_qsl(call.body.decode("utf-8", errors="replace"), keep_blank_values=True)))


def decoded(pairs: Iterable[tuple[str, str]]) -> JsonObject:
    """Nested by their brackets. A list is an object whose keys are numbers: whoever wants a list reads it as one."""
    values: JsonObject = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        if match is None:
            raise Refusal(f"Invalid parameter name: {name}")
        _insert(values, [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])], value)
    return values


def _insert(values: JsonObject, path: list[str], value: str) -> None:
    for key in path[:-1]:
        inner = values.setdefault(key or str(len(values)), {})
        if not isinstance(inner, dict):
            raise Refusal("Invalid hash", param=path[0])
        values = inner
    values[path[-1] or str(len(values))] = value


class Params:
    """`at` is where in the request these are: it stands in front of a name that is refused."""

    def __init__(self, values: JsonObject, at: str = "") -> None:
        self._values = values
        self._at = at

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def canonical(self) -> JsonObject:
        """For comparing two requests."""
        return self._values

    def refuse_unknown(self, known: Collection[str]) -> None:
        unknown = [self._name(name) for name in self._values if name not in known]
        if unknown:
            words = f"Received unknown parameter{'s' if len(unknown) > 1 else ''}: {', '.join(unknown)}"
            raise Refusal(words, code="parameter_unknown", param=unknown[0])

    def text(self, name: str, most: int = _MAX_TEXT) -> str | None:
        """None where it is not given, or is to be unset."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise Refusal("Invalid string", param=self._name(name))
        if value is not None and len(value) > most:
            words = f"Invalid string: {value[:10]}…; must be at most {most} characters"
            raise Refusal(words, code="parameter_invalid_string", param=self._name(name))
        return value or None

    def required(self, name: str) -> str:
        if name not in self._values:
            raise Refusal(f"Missing required param: {self._name(name)}.", code="parameter_missing", param=name)
        value = self.text(name)
        if value is None:
            raise self._empty(name)
        return value

    def whole(self, name: str) -> int | None:
        if name not in self._values:
            return None
        value = self.required(name)
        if not _WHOLE.fullmatch(value):
            raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=self._name(name))
        return int(value)

    def boolean(self, name: str) -> bool | None:
        value = self.text(name)
        if value not in {None, "true", "false"}:
            raise Refusal(f"Invalid boolean: {value}", param=self._name(name))
        return None if value is None else value == "true"

    def choice(self, name: str, options: Collection[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in options:
            words = f"Invalid {self._name(name)}: must be one of {', '.join(options)}"
            raise Refusal(words, param=self._name(name))
        return value

    def email(self, name: str) -> str | None:
        value = self.text(name, most=512)
        if value is not None and not _EMAIL.fullmatch(value):
            raise Refusal(f"Invalid email address: {value}", code="email_invalid", param=self._name(name))
        return value

    def within(self, name: str) -> Params | None:
        """The object of this name."""
        value = self._values.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, dict):
            raise Refusal("Invalid object", param=self._name(name))
        return Params(value, self._name(name))

    def listed(self, name: str) -> list[str]:
        value = self._values.get(name, {})
        items = list(value.values()) if isinstance(value, dict) else None
        if items is None or not all(isinstance(item, str) for item in items):
            raise Refusal("Invalid array", param=self._name(name))
        return items

    def raw(self, name: str) -> object:
        """As it came: text, or an object of texts and objects."""
        return self._values.get(name) or None

    def metadata(self, former: Mapping[str, str] | None = None) -> dict[str, str]:
        """The former ones with these in front; an empty value takes a key away, an empty whole takes all."""
        if self._values.get("metadata") == "":
            return {}
        given = self.within("metadata")
        merged = dict(former or {})
        for key, value in ({} if given is None else given.canonical()).items():
            _check_metadata(key, value)
            merged[key] = value
        merged = {key: value for key, value in merged.items() if value != ""}
        if len(merged) > _MAX_KEYS:
            raise Refusal(f"You can only have up to {_MAX_KEYS} metadata keys.", param="metadata")
        return merged

    def _name(self, name: str) -> str:
        return f"{self._at}[{name}]" if self._at else name

    def _empty(self, name: str) -> Refusal:
        words = (
            f"You passed an empty string for '{self._name(name)}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{self._name(name)}' cannot be unset. You should remove '{self._name(name)}' from "
            "your request or supply a non-empty value."
        )
        return Refusal(words, code="parameter_invalid_empty", param=self._name(name))


def _check_metadata(key: str, value: object) -> None:
    if not isinstance(value, str):
        raise Refusal("Invalid string", param=f"metadata[{key}]")
    if len(key) > _MAX_KEY_CHARS:
        words = f"Metadata keys can have up to {_MAX_KEY_CHARS} characters. Invalid key: {key}"
        raise Refusal(words, param="metadata")
    if len(value) > _MAX_VALUE_CHARS:
        words = (
            f"Metadata values can have up to {_MAX_VALUE_CHARS} characters, but you passed in a value that is "
            f"{len(value)} characters. Invalid value: {value}"
        )
        raise Refusal(words, param=f"metadata[{key}]")
