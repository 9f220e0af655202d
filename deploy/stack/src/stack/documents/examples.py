"""Examples of the public document: one story, told wherever a field of that name stands.

What the story has for a schema whole comes first, then a model's own `examples`, then what follows from the schema.
"""

from http import HTTPStatus
from typing import Any

from stack.documents.rules import OWN
from stack.documents.schemas import Schema, resolved
from stack.documents.story import FIELDS, STORY, UNIQUE, WHOLE

_OF_FORMAT = {
    "date-time": "2026-12-05T10:00:00Z",
    "date": "2026-12-05",
    "time": "18:30:00",
    "uri": "https://marquee.example/",
    "uri-reference": "/api/movies",
    "idn-email": "asha@example.com",
    "password": "a phrase of one's own",
}
_OF_KIND: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "boolean": (bool,),
}
_OF_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}


def example(root: Schema, schema: Schema, name: str = "") -> Any:
    """A good value of a schema; `name` is that of the field, or of the schema itself."""
    owner = schema["$ref"].rpartition("/")[2] if "$ref" in schema else name
    whole = resolved(root, schema)
    if owner in WHOLE:
        return _shaped(root, whole, WHOLE[owner])
    if values := whole.get("examples", whole.get("enum", [whole["const"]] if "const" in whole else [])):
        return STORY[name] if STORY.get(name) in values else values[0]
    match whole:
        case {"oneOf": variants} | {"anyOf": variants}:
            return example(root, next(variant for variant in variants if variant != {"type": "null"}), name)
        case {"type": "object"}:
            return _of_fields(root, whole, owner)
        case {"type": "array", "items": dict(items)}:
            return _told(name, whole, [example(root, items, name)])
    kind = whole.get("type", "")
    return _told(name, whole, _OF_FORMAT.get(whole.get("format", ""), _OF_TYPE.get(kind)))


def _of_fields(root: Schema, schema: Schema, name: str) -> Any:
    fields = schema.get("properties", {})
    if not fields:
        inner = schema.get("additionalProperties")
        return {"A1": example(root, inner)} if isinstance(inner, dict) and inner else {}
    return {field: _field(root, part, field, name) for field, part in fields.items()}


def _shaped(root: Schema, schema: Schema, value: Any) -> Any:
    """What the story tells, as the schema is now: without fields that it has not, with those that it needs."""
    whole = resolved(root, schema)
    if isinstance(value, list) and isinstance(whole.get("items"), dict):
        return [_shaped(root, whole["items"], item) for item in value]
    if not isinstance(value, dict) or "properties" not in whole:
        return value
    needed = set(whole.get("required", ()))
    return {
        field: _shaped(root, part, value[field]) if field in value else example(root, part, field)
        for field, part in whole["properties"].items()
        if field in value or field in needed
    }


def _field(root: Schema, schema: Schema, field: str, owner: str) -> Any:
    if field == "id":
        return f"{OWN.get(owner, 'id')}_{UNIQUE}"
    is_in_story = (owner, field) in FIELDS
    return _shaped(root, schema, FIELDS[owner, field]) if is_in_story else example(root, schema, field)


def _told(name: str, schema: Schema, otherwise: Any) -> Any:
    """What the story has for a field of that name, where it is of the right type."""
    value = STORY.get(name, otherwise)
    return value if _fits(value, schema.get("type")) else otherwise


def _fits(value: Any, kind: Any) -> bool:
    return isinstance(value, _OF_KIND.get(str(kind), (object,)))


def tell(document: Schema) -> None:
    """Give every parameter, body and answer of a document an example."""
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                if "schema" in parameter and "example" not in parameter:
                    parameter["example"] = example(document, parameter["schema"], parameter["name"])
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                _tell_content(document, part.get("content", {}))
    for answer in document["components"]["responses"].values():
        _tell_problems(document, answer["content"]["application/problem+json"])


def _tell_content(document: Schema, content: Schema) -> None:
    for media in content.values():
        if media.get("schema") and "example" not in media:
            media["example"] = example(document, media["schema"])


def _tell_problems(document: Schema, media: Schema) -> None:
    examples = {}
    for schema in media["schema"].get("oneOf", [media["schema"]]):
        whole = resolved(document, schema)
        status = whole["properties"]["status"]["const"]
        shared = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": whole["description"].rstrip("."),
        }
        code = whole["properties"]["code"]["const"]
        examples[code] = {"value": {**example(document, schema), **shared}}
    media["examples"] = examples
