"""The gateway's side of a client's connection: what is written in one turn of the loop leaves in one piece.

uvicorn writes an answer's head and body apart: two system calls and two packets where one would do.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_GATHERED_BYTES = 65_536


class Gathering:
    """A transport that gathers writes until the loop's next turn; everything else is the inner transport's."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes] = []
        self._bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keep the bytes for the next turn; many are sent at once, so that flow control sees them."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)
        self._bytes += len(data)
        if self._bytes > MOST_GATHERED_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what was kept."""
        if self._waiting and not self._transport.is_closing():
            self._transport.write(b"".join(self._waiting))
        self._waiting, self._bytes = [], 0

    def writelines(self, parts: Iterable[bytes]) -> None:
        """As `write`."""
        self.write(b"".join(parts))

    def write_eof(self) -> None:
        """Send what was kept, then end this direction."""
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send what was kept, then close."""
        self.flush()
        self._transport.close()


class Protocol(HttpToolsProtocol):
    """uvicorn's own, over a gathering transport."""

    def connection_made(self, transport: Any) -> None:
        """Gather what this connection writes."""
        super().connection_made(Gathering(transport))  # type: ignore[arg-type]  # stands in for one
