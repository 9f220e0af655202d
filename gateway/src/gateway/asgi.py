"""Our own app's side of an exchange: health, documents and pages are answered over ASGI."""

import asyncio
from typing import Any, Protocol
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from chassis.logs import logger
from gateway.request import Fields, RequestHead

log = logger(__name__)
UNREAD_SECONDS = 30.0  # a client that reads nothing of its answer for so long is dropped


class Client(Protocol):
    """Who gets the answer."""

    is_over: bool

    def start(self, status: int, fields: Fields) -> None:
        """The answer begins."""

    def write(self, part: bytes) -> None:
        """Some of its body."""

    def flush(self) -> None:
        """Send now what was said so far."""

    def end(self) -> None:
        """It is whole."""

    def cut(self, reason: str) -> None:
        """It stopped in the middle, and must not be taken for whole."""


class AsgiCall:
    """One call of an ASGI app, in a task of its own."""

    def __init__(self, app: ASGIApp, scope: Scope, body: bytes, client: Client) -> None:
        self._app, self._scope, self._body, self._client = app, scope, body, client
        self._is_read = self._is_whole = False
        self._gone, self._writable = asyncio.Event(), asyncio.Event()
        self._writable.set()

    def start(self, tasks: set[asyncio.Task[None]]) -> None:
        """Call the app; `tasks` are those that the server waits for when it ends."""
        task = asyncio.get_running_loop().create_task(self._run())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def pause(self) -> None:
        """The client does not read."""
        self._writable.clear()

    def resume(self) -> None:
        """The client reads again."""
        self._writable.set()

    def abandon(self) -> None:
        """The client hung up: the app may hear of it, and what it still sends goes nowhere."""
        self._gone.set()
        self._writable.set()

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._receive, self._send)
        except Exception:
            log.exception("our own app failed in the middle of its answer")
        if not self._is_whole and not self._client.is_over:
            self._client.cut("our own app stopped")

    async def _receive(self) -> Message:
        if not self._is_read:
            self._is_read = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _until_read(self) -> None:
        """Until the client has read of what was sent, or is dropped, since whoever never reads would stay for ever."""
        if self._writable.is_set():
            return
        try:
            async with asyncio.timeout(UNREAD_SECONDS):
                await self._writable.wait()
        except TimeoutError:
            if not self._client.is_over:
                self._client.cut("the client does not read")
            self.abandon()

    async def _send(self, message: Message) -> None:
        await self._until_read()
        if self._client.is_over:
            return
        if message["type"] == "http.response.start":
            self._client.start(message["status"], [(name.lower(), value) for name, value in message["headers"]])
            return
        self._client.write(message.get("body", b""))
        if message.get("more_body", False):
            self._client.flush()
        else:
            self._is_whole = True  # and is over later, where it is long and coded in a thread
            self._client.end()


def scope_of(request: RequestHead, request_id: str, state: dict[str, Any]) -> Scope:
    """The ASGI scope of a request; `state` is the lifespan's."""
    fields = [field for field in request.fields if field[0] != b"x-request-id"]
    path = request.path.decode()
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": request.version,
        "method": request.method,
        "scheme": request.scheme,
        "path": unquote(path) if "%" in path else path,
        "raw_path": request.path,
        "query_string": request.query,
        "root_path": "",
        "headers": [*fields, (b"x-request-id", request_id.encode())],
        "client": (request.address, 0),
        "server": None,
        "state": state.copy(),
    }
