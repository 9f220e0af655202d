"""JSON bodies to the letter of RFC 8259: what is no JSON is refused before any model sees it.

Python's own reader takes NaN, lone surrogates and UTF-16, which neither Mongo nor an answer of ours could carry.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Self

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute


class _JsonRequest(Request):
    """A request whose JSON is read by orjson, whatever its Content-Type calls it."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """The same request; FastAPI would not read what is called something else."""
        others = [pair for pair in request.scope["headers"] if pair[0] != b"content-type"]
        return cls({**request.scope, "headers": [*others, (b"content-type", b"application/json")]}, request.receive)

    async def json(self) -> Any:
        return orjson.loads(await self.body())


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
