"""Every problem that a client can meet, as schemas of the public document and as the page `docs/errors.md`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel, to_pascal

from chassis.problems import Problem, members_of
from stack.documents.schemas import REF, Schema, tidy

TRACE = "0af7651916cd43dd8448eb211c80319c"
PRODUCT = frozenset({"chassis", "gateway", "identity", "catalog", "seating", "payment", "booking", "notify"})
_BASE: Schema = {
    "type": "object",
    "description": "RFC 9457 problem document. Clients switch on `code`; some codes have members of their own.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "for people; it may change"},
        "code": {"$ref": f"{REF}ErrorCode"},
        "traceId": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "what to quote to support"},
    },
    "required": ["type", "title", "status", "detail", "code", "traceId"],
}


class Ambiguous(Exception):
    """One code or name stands for two things."""


def known() -> dict[str, type[Problem]]:
    """All problems of the product by code, those that name one; raises `Ambiguous` where two say different things."""
    kinds: dict[str, type[Problem]] = {}
    for kind in sorted(_subclasses(Problem), key=lambda kind: f"{kind.__module__}.{kind.__name__}"):
        package, *inner = kind.__module__.split(".")
        if package not in PRODUCT or "tests" in inner or "code" not in vars(kind):
            continue
        other = kinds.setdefault(kind.code, kind)
        if _said(other) != _said(kind):
            raise Ambiguous(f"{kind.code} is one thing in {other.__module__}, another in {kind.__module__}")
    return kinds


def _subclasses(kind: type[Problem]) -> Iterator[type[Problem]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def _said(kind: type[Problem]) -> tuple[Any, ...]:
    return kind.status, meaning(kind), members_of(kind)  # type: ignore[arg-type]  # a class is hashable


def meaning(kind: type[Problem]) -> str:
    """What the code means, in one line."""
    return " ".join((kind.__doc__ or "").split())


def schema_name(code: str) -> str:
    """`seats_unavailable` → `SeatsUnavailableProblem`."""
    return f"{to_pascal(code)}Problem"


def schemas(problems: Mapping[str, type[Problem]]) -> dict[str, Schema]:
    """Components: the problem of each code, what they have in common, and all codes."""
    codes: Schema = {"type": "string", "enum": sorted(problems), "description": "Every code a problem can have."}
    schemas: dict[str, Schema] = {"ErrorCode": codes, "Problem": _BASE}
    for code, kind in problems.items():
        schemas[schema_name(code)] = _schema(kind, schemas)
    return schemas


def _schema(kind: type[Problem], components: dict[str, Schema]) -> Schema:
    own: dict[str, Schema] = {
        "status": {"type": "integer", "const": kind.status},
        "code": {"type": "string", "const": kind.code},
    }
    properties: dict[str, Schema] = {**_BASE["properties"], **own}
    members = members_of(kind)  # type: ignore[arg-type]  # a class is hashable
    for name, hint in members.items():
        schema = TypeAdapter(hint).json_schema(ref_template=REF + "{model}", mode="serialization")
        for inner, part in schema.pop("$defs", {}).items():
            tidy(part)
            components[inner] = part
        properties[to_camel(name)] = _without_null(schema)
    needed = [to_camel(name) for name in members if not hasattr(kind, name)]
    return {
        "type": "object",
        "description": meaning(kind),
        "properties": properties,
        "required": [*_BASE["required"], *needed],
    }


def _without_null(schema: Schema) -> Schema:
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def responses(codes: Iterable[str], problems: Mapping[str, type[Problem]]) -> Schema:
    """The answer of one status: a problem with one of the codes."""
    listed = sorted(codes)
    refs = {code: f"{REF}{schema_name(code)}" for code in listed}
    schema: Schema = {"$ref": refs[listed[0]]}
    if len(listed) > 1:
        schema = {
            "oneOf": [{"$ref": ref} for ref in refs.values()],
            "discriminator": {"propertyName": "code", "mapping": refs},
        }
    lines = [f"`{code}`: {meaning(problems[code])}" for code in listed]
    return {"description": "\n\n".join(lines), "content": {"application/problem+json": {"schema": schema}}}
