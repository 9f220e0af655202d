"""A parameter without a value counts as absent: forms send all their fields, filled in or not."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

_EMPTY = re.compile(rb"[^=]*(=(\+|%20)*)?")


class WithoutEmptyParameters:
    """ASGI: the app does not see parameters of the query that have no value or only spaces."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if query := scope.get("query_string"):
            scope["query_string"] = b"&".join([pair for pair in query.split(b"&") if not _EMPTY.fullmatch(pair)])
        await self._app(scope, receive, send)
