"""JSON bodies at the public edge: camelCase there, snake_case here; what a request says beyond its model is refused.

They are read to the letter of RFC 8259. Python's own reader takes NaN, lone surrogates and UTF-16, which neither Mongo
nor an answer of ours could carry.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Coroutine
from typing import Any, Self

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class RequestBody(BaseModel):
    """What a client sends: a field that the model does not know is refused with its path, at every depth."""

    model_config = ConfigDict(alias_generator=to_camel, str_strip_whitespace=True, frozen=True, extra="forbid")


class ResponseBody(BaseModel):
    """What a client gets: a field may be added later, so its schema is open."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, frozen=True)


def without_bom(raw: bytes) -> bytes:
    """The text behind a UTF-8 byte order mark, which RFC 8259 lets a reader pass over."""
    return raw.removeprefix(BOM_UTF8)


class _JsonRequest(Request):
    """A request whose JSON is read by orjson, whatever its Content-Type calls it."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """The same request; FastAPI would not read what is called something else."""
        others = [pair for pair in request.scope["headers"] if pair[0] != b"content-type"]
        return cls({**request.scope, "headers": [*others, (b"content-type", b"application/json")]}, request.receive)

    async def json(self) -> Any:
        return orjson.loads(without_bom(await self.body()))


class JsonRoute(APIRoute):
    """The `route_class` of routers whose endpoints take bodies."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a stricter request."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            asked = _JsonRequest.of(request)
            if self.body_field is not None and not await asked.body():
                raise HTTPException(400, "a JSON body is needed")
            return await handle(asked)

        return strictly
