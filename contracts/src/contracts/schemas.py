"""The wire form of events as JSON Schema, and which changes to it break a producer or a consumer of another version."""

import json
from collections.abc import Iterator
from typing import Any

from contracts.event import Event

Schema = dict[str, Any]
_WITHOUT_EFFECT = frozenset({"title", "description", "default", "examples", "$defs", "$schema", "$id", "$ref"})


def schema_of(event: type[Event]) -> Schema:
    """What a consumer accepts, under the names that stand on the bus."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"marquee:{event.type}",
        **event.model_json_schema(by_alias=False),
    }


def golden(event: type[Event]) -> str:
    """The text of an event's golden file."""
    return json.dumps(schema_of(event), indent=2, ensure_ascii=False) + "\n"


def breaks(old: Schema, new: Schema) -> list[str]:
    """What keeps the two versions from understanding each other, each a line; none for an added optional field.

    Either version may say what the other hears, so a looser value breaks as much as a stricter one.
    """
    return list(_breaks(old, new, (old, new), "event"))


def _breaks(old: Schema, new: Schema, roots: tuple[Schema, Schema], at: str) -> Iterator[str]:
    old, new = _resolved(old, roots[0]), _resolved(new, roots[1])
    yield from _breaks_of_fields(old, new, roots, at)
    for key in sorted((old.keys() | new.keys()) - _WITHOUT_EFFECT - {"properties", "required"}):
        yield from _breaks_of_value(old.get(key), new.get(key), roots, f"{at} {key}")


def _breaks_of_fields(old: Schema, new: Schema, roots: tuple[Schema, Schema], at: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    yield from (f"{at}.{name} was removed" for name in before if name not in after)
    for name in after:
        if name not in before and name in needs:
            yield f"{at}.{name} is new and required"
        elif name in before:
            if (name in needs) != (name in needed):
                yield f"{at}.{name} became {'required' if name in needs else 'optional'}"
            yield from _breaks(before[name], after[name], roots, f"{at}.{name}")


def _breaks_of_value(old: Any, new: Any, roots: tuple[Schema, Schema], at: str) -> Iterator[str]:
    match old, new:
        case dict(), dict():
            yield from _breaks(old, new, roots, at)
        case [dict(), *_], [dict(), *_] if len(old) == len(new):
            for number, (before, after) in enumerate(zip(old, new, strict=True)):
                yield from _breaks(before, after, roots, f"{at} {number}")
        case _:
            if old != new:
                yield f"{at} changed from {old} to {new}"


def _resolved(schema: Schema, root: Schema) -> Schema:
    ref = schema.get("$ref")
    if ref is None:
        return schema
    definition: Schema = root["$defs"][ref.removeprefix("#/$defs/")]
    return {**definition, **{key: value for key, value in schema.items() if key != "$ref"}}
