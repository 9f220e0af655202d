"""Walking and tidying JSON Schemas as pydantic and FastAPI make them."""

from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]
REF = "#/components/schemas/"
_ONE = ("items", "additionalProperties", "not", "contains", "propertyNames")
_MANY = ("anyOf", "oneOf", "allOf", "prefixItems")
_NAMED = ("properties", "$defs", "patternProperties")


def children(schema: Schema) -> Iterator[Schema]:
    """The schemas directly inside a schema."""
    yield from (schema[key] for key in _ONE if isinstance(schema.get(key), dict))
    for key in _MANY:
        yield from schema.get(key, ())
    for key in _NAMED:
        yield from schema.get(key, {}).values()


def tidy(schema: Schema) -> None:
    """Without titles, which only repeat names and make generators mix up what shares one, and without `null` as the
    default of what may be left out, at every depth; a pair of two alike is a list of two."""
    schema.pop("title", None)
    if schema.get("default", ...) is None:
        del schema["default"]
    for word, limit in schema.items():
        if isinstance(limit, float) and limit.is_integer():
            schema[word] = int(limit)
    if schema.get("type") == "array" and "maxLength" in schema:  # of a list that a validator of its own comes before
        schema["maxItems"] = schema.pop("maxLength")
    first, *more = schema.get("prefixItems", [None])
    if first is not None and all(other == first for other in more):
        schema["items"] = schema.pop("prefixItems")[0]
    for child in children(schema):
        tidy(child)


def drop_defaults(schema: Schema) -> None:
    """No default is told, at any depth."""
    schema.pop("default", None)
    for child in children(schema):
        drop_defaults(child)


def in_operation(operation: Any) -> Iterator[Schema]:
    """The schemas that an operation has in its parameters, bodies and answers."""
    if isinstance(operation, list):
        for part in operation:
            yield from in_operation(part)
    elif isinstance(operation, dict):
        for key, part in operation.items():
            if key == "schema" and isinstance(part, dict):
                yield part
            elif key not in {"example", "examples"}:
                yield from in_operation(part)


def rewritten(part: Any, change: Callable[[str], str]) -> Any:
    """A copy in which each `$ref` is what `change` makes of it."""
    if isinstance(part, dict):
        return {
            key: change(value) if key == "$ref" and isinstance(value, str) else rewritten(value, change)
            for key, value in part.items()
        }
    return [rewritten(value, change) for value in part] if isinstance(part, list) else part


def references(part: Any) -> Iterator[str]:
    """Every `$ref` in a document or a part of one."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolved(root: Schema, schema: Schema) -> Schema:
    """The schema that a `$ref` names, with what stands beside it; a schema without one as it is."""
    if "$ref" not in schema:
        return schema
    part: Any = root
    for key in schema["$ref"].removeprefix("#/").split("/"):
        part = part[key]
    return resolved(root, {**part, **{key: value for key, value in schema.items() if key != "$ref"}})
