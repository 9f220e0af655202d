"""JSON bodies at the public edge: camelCase there, snake_case here; a field that no model knows is refused.

They are read to the letter of RFC 8259. Python's own reader takes NaN, lone surrogates and UTF-16, which neither Mongo
nor an answer of ours could carry.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Self, TypeVar

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

VALIDATED_BEFORE = {"validated_before": True}
"""The pydantic context for values that were validated when they were sent: rules that change with the years, such as
which phone numbers there are, do not count for them."""


class RequestBody(BaseModel):
    """What a client sends: a field that the model does not know is refused with its path, at every depth."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        str_strip_whitespace=True,
        frozen=True,
        extra="forbid",
        validate_by_name=False,
        validate_by_alias=True,
    )


class ResponseBody(BaseModel):
    """What a client gets: a field may be added later, so its schema is open. Every field is always there, if need be
    as null; one that is `Absent[…]` is left out instead."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True, json_schema_serialization_defaults_required=True
    )


class _NeverNull:
    """Tells the public document that a field is left out where it would be null."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema_of_field = handler(schema)
        kinds = [kind for kind in schema_of_field.pop("anyOf", ()) if kind != {"type": "null"}]
        return {**schema_of_field, **kinds[0]} if len(kinds) == 1 else {**schema_of_field, "anyOf": kinds}


def _is_none(value: object) -> bool:
    return value is None


_T = TypeVar("_T")
Absent = Annotated[_T | None, Field(exclude_if=_is_none), _NeverNull]
"""The type of a field of an answer that is left out when there is nothing: `hold_id: Absent[str] = None`."""


def json_response(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A model as camelCase JSON."""
    return Response(body.model_dump_json(by_alias=True), status, dict(headers or {}), media_type="application/json")


def created(body: BaseModel, location: str, headers: Mapping[str, str] | None = None) -> Response:
    """201 with what was created, and the path where it is."""
    return json_response(body, 201, {"Location": location, **(headers or {})})


def without_bom(raw: bytes) -> bytes:
    """The text behind a UTF-8 byte order mark, which RFC 8259 lets a reader pass over."""
    return raw.removeprefix(BOM_UTF8)


_FRACTION_OR_EXPONENT = re.compile(rb"[0-9][.eE]")
_EXACT = 2**53  # up to here a float says which whole number it is
B = TypeVar("B", bound=RequestBody)


def body_as(model: type[B], raw: bytes) -> B:
    """The body of an endpoint that reads its request itself; raises what the framework would raise."""
    raw = without_bom(raw)
    try:
        return model.model_validate_json(raw)
    except ValidationError:
        return _checked(model, raw)


def _checked(model: type[B], raw: bytes) -> B:
    """The slower way, for a body that pydantic's own reader refused: it may have written 3 as 3.0."""
    try:
        sent = read_json(raw)
    except orjson.JSONDecodeError:
        raise HTTPException(400, "the body is no JSON") from None
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults], body=sent
        ) from None


def read_json(raw: bytes) -> Any:
    """The value of a JSON text; raises `orjson.JSONDecodeError`. A whole number is an `int` also where it is written
    3.0, as JSON Schema has it."""
    holder: list[Any] = [orjson.loads(without_bom(raw))]
    pending: list[Any] = [holder] if _FRACTION_OR_EXPONENT.search(raw) else []
    while pending:
        part = pending.pop()
        for at, value in part.items() if isinstance(part, dict) else enumerate(part):
            if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
                part[at] = int(value)
            elif isinstance(value, (dict, list)):
                pending.append(value)
    return holder[0]


class _JsonRequest(Request):
    """A request whose JSON is read by orjson, whatever its Content-Type calls it."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """The same request as `application/json`: FastAPI would not read a body of another Content-Type."""
        others = [pair for pair in request.scope["headers"] if pair[0] != b"content-type"]
        return cls({**request.scope, "headers": [*others, (b"content-type", b"application/json")]}, request.receive)

    async def json(self) -> Any:
        return read_json(await self.body())


class JsonRoute(APIRoute):
    """The `route_class` of routers whose endpoints take bodies."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a stricter request."""
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            json_request = _JsonRequest.of(request)
            is_needed = self.body_field is not None and self.body_field.field_info.is_required()
            if is_needed and not await json_request.body():
                raise HTTPException(400, "a JSON body is needed")
            return await handle(json_request)

        return handle_json
