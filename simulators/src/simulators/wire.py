"""The TCP side: an HTTP server whose answers can also be a reset connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TRANSPORT = "marquee.transport"
# Linger on, for zero seconds: closing sends RST at once and drops what was not yet sent.
_LINGER_ZERO = struct.pack("ii", 1, 0)


class _Protocol(HttpToolsProtocol):
    """uvicorn's own protocol, which also tells the application its transport."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {_TRANSPORT: {"transport": self.transport}}


class Connection:
    """One caller's connection, for as long as one call lasts."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._extensions: Mapping[str, Any] = scope.get("extensions") or {}
        self._receive = receive
        self._send = send

    async def body(self) -> bytes:
        """The whole request body."""
        chunks: list[bytes] = []
        more = True
        while more:
            message = await self._receive()
            chunks.append(message.get("body", b""))
            more = bool(message.get("more_body", False))
        return b"".join(chunks)

    async def gone(self, seconds: float | None = None) -> None:
        """Wait until the caller gives up, or for so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return

    async def reset(self) -> None:
        """Cut the connection by RST, as a crash or a firewall would."""
        transport: asyncio.Transport = self._extensions[_TRANSPORT]["transport"]
        peer = transport.get_extra_info("socket")
        if peer is not None and not transport.is_closing():
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        transport.abort()
        await self.gone()

    async def answer(self, status: int, content: bytes, media_type: str, more: Mapping[str, str]) -> None:
        """Send status, content and `more` headers."""
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(content)).encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in more.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": content})


class _Server(uvicorn.Server):
    """uvicorn's, which looks ten times a second whether it should end; this one sleeps until it is told."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()

    async def main_loop(self) -> None:
        await self._ending.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._ending.set)


async def serve(app: ASGIApp, host: str, port: int) -> None:
    """Until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_Protocol,
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    await _Server(config).serve()
