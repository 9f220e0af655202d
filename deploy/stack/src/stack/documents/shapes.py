"""Whether one JSON Schema still takes what another took (requests), and gives only what it gave (answers)."""

from collections.abc import Callable, Iterator
from typing import Any

from stack.documents.schemas import Schema, resolved

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SAME = ("pattern", "format", "multipleOf")
_KINDS = ("string", "integer", "number", "boolean", "array", "object", "null")
MAY_GROW = "x-extensible-enum"
"""Marks words of an answer to which more may be added: clients pass over those that they do not know."""
Compare = Callable[[Schema, Schema, str], Iterator[str]]


class Shapes:
    """Compares schemas of an old document with schemas of a new one."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._under_way: set[tuple[str, str, str]] = set()

    def requests(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        """What was good in a request and is refused now."""
        for before, after in self._plain(old, new, at, "requests"):
            alternatives, taken = self._alternatives(before, self._old), self._alternatives(after, self._new)
            if len(alternatives) > 1 or len(taken) > 1:
                yield from self._each(alternatives, taken, at, self.requests, "is not taken any more")
            else:
                yield from self._narrowed(before, after, at)

    def answers(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        """What an answer had and lost, or what it has that an old client does not know."""
        for before, after in self._plain(old, new, at, "answers"):
            known, given = self._alternatives(before, self._old), self._alternatives(after, self._new)
            if len(known) > 1 or len(given) > 1:
                yield from self._each(
                    given,
                    known,
                    at,
                    lambda old, other, here: self.answers(other, old, here),
                    "is new, and no client knows it",
                )
                values = [value for value in known if _kinds(value) != {"null"}]
                yield from self._each(values, given, at, self.answers, "is not answered any more")
            else:
                yield from self._changed(before, after, at)

    def _plain(self, old: Schema, new: Schema, at: str, way: str) -> Iterator[tuple[Schema, Schema]]:
        """Both with their references followed and `allOf` joined; nothing where that comparison is under way."""
        key = (way, str(old.get("$ref", id(old))), str(new.get("$ref", id(new))))
        if key in self._under_way:
            return
        self._under_way.add(key)
        try:
            yield self._joined(old, self._old), self._joined(new, self._new)
        finally:
            self._under_way.discard(key)

    def _joined(self, schema: Schema, root: Schema) -> Schema:
        whole = resolved(root, schema)
        for part in whole.get("allOf", ()):
            whole = _merged(self._joined(part, root), whole)
        return {key: value for key, value in whole.items() if key != "allOf"}

    def _alternatives(self, schema: Schema, root: Schema) -> list[Schema]:
        """The variants of a schema, each of one type."""
        for word in ("oneOf", "anyOf"):
            if word in schema:
                shared = {key: value for key, value in schema.items() if key != word}
                parts = [_merged(self._joined(part, root), shared) for part in schema[word]]
                return [alternative for part in parts for alternative in self._alternatives(part, root)]
        kinds = schema.get("type")
        return [{**schema, "type": kind} for kind in kinds] if isinstance(kinds, list) else [schema]

    @staticmethod
    def _each(some: list[Schema], others: list[Schema], at: str, compare: Compare, verdict: str) -> Iterator[str]:
        """A line for each that fits none of the others; with one candidate of its type, what keeps it from fitting."""
        for kind in some:
            same = [other for other in others if _kinds(kind) & _kinds(other)]
            breaks = [list(compare(kind, other, at)) for other in same]
            if not breaks:
                yield f"{at}: {_named(kind)} {verdict}"
            elif all(breaks):
                yield from min(breaks, key=len)

    def _narrowed(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        if lost := _kinds(old) - _kinds(new):
            yield f"{at}: {', '.join(sorted(lost))} is not taken any more"
            return
        before, after = _values(old), _values(new)
        if after is not None and (before is None or before - after):
            gone = "anything else" if before is None else ", ".join(sorted(before - after))
            yield f"{at}: {gone} is not taken any more"
        yield from _stricter(old, new, at)
        yield from self._fields_taken(old, new, at)
        yield from self._items(old, new, at, self.requests)

    def _fields_taken(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in before.items():
            if name in after:
                yield from self.requests(field, after[name], f"{at}.{name}")
            else:
                yield f"{at}.{name}: was removed"
        for name in sorted(needs - needed):
            yield f"{at}.{name}: is {'required' if name in before else 'new and required'} now"

    def _changed(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        if _kinds(new) - _kinds(old):
            yield f"{at}: changed from {_named(old)} to {_named(new)}"
            return
        before, after = _values(old), _values(new)
        if before is not None and before != after:
            yield from _other_values(before, after, at, may_grow=bool(new.get(MAY_GROW)))
        if old.get("format") != new.get("format"):
            yield f"{at}: format changed from {old.get('format')} to {new.get('format')}"
        yield from self._fields_given(old, new, at)
        yield from self._items(old, new, at, self.answers)

    def _fields_given(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        after, needed = new.get("properties", {}), set(old.get("required", ()))
        for name, field in old.get("properties", {}).items():
            if name not in after:
                yield f"{at}.{name}: was removed"
                continue
            if name in needed and name not in new.get("required", ()):
                yield f"{at}.{name}: may be left out now"
            yield from self.answers(field, after[name], f"{at}.{name}")

    @staticmethod
    def _items(old: Schema, new: Schema, at: str, compare: Compare) -> Iterator[str]:
        for word, suffix in (("items", "[]"), ("additionalProperties", ".*")):
            before, after = old.get(word, True), new.get(word, True)
            if isinstance(before, dict) and isinstance(after, dict):
                yield from compare(before, after, at + suffix)
            elif before != after and after is not True:
                yield f"{at}{suffix}: changed from {before} to {after}"


def _merged(part: Schema, whole: Schema) -> Schema:
    """What both say; where they differ, the whole has it."""
    merged = {**part, **whole}
    if "properties" in part or "required" in part:
        merged["properties"] = {**part.get("properties", {}), **whole.get("properties", {})}
        merged["required"] = [*part.get("required", ()), *whole.get("required", ())]
    return merged


def _kinds(schema: Schema) -> set[str]:
    kind = schema.get("type")
    if kind is None:
        values = schema.get("enum", [schema["const"]] if "const" in schema else None)
        return set(_KINDS) if values is None else {_kind_of(value) for value in values}
    return {"integer", "number"} if kind == "number" else {kind}


def _kind_of(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case None:
            return "null"
        case _:
            return "string" if isinstance(value, str) else "object"


def _values(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {repr(schema["const"])}
    return {repr(value) for value in schema["enum"]} if "enum" in schema else None


def _named(schema: Schema) -> str:
    return str(schema.get("const", schema.get("enum", schema.get("type", "any value"))))


def _other_values(known: set[str], given: set[str] | None, at: str, *, may_grow: bool) -> Iterator[str]:
    if given is None:
        yield f"{at}: may be any value now"
        return
    new = () if may_grow else sorted(given - known)
    yield from (f"{at}: {value} is new, and no client knows it" for value in new)
    yield from (f"{at}: {value} is not answered any more" for value in sorted(known - given))


def _stricter(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for word in _UPPER:
        if word in new and new[word] < old.get(word, float("inf")):
            yield f"{at}: {word} {new[word]} is stricter than {old.get(word, 'none')}"
    for word in _LOWER:
        if word in new and new[word] > old.get(word, float("-inf")):
            yield f"{at}: {word} {new[word]} is stricter than {old.get(word, 'none')}"
    for word in _SAME:
        if word in new and new[word] != old.get(word):
            yield f"{at}: {word} {new[word]} in place of {old.get(word, 'none')}"
    if new.get("uniqueItems") and not old.get("uniqueItems"):
        yield f"{at}: repeats are not taken any more"
