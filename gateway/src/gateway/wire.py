"""A transport under a client's connection: what is written in one turn of the loop leaves in one piece.

uvicorn writes an answer's head and body apart: two system calls and two packets where one would do.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

MAX_GATHERED_BYTES = 65_536
LINGER_SECONDS = 10.0


class CoalescingTransport:
    """A transport that gathers writes until the loop's next turn; everything else is the inner transport's.

    While `request_unread` is true the client may still be sending. To close then would reset the connection, and the
    client might never see its answer: only our direction ends, and the rest once the client ends its own or the time is
    over."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._abort: asyncio.TimerHandle | None = None
        self.request_unread = False
        self.linger_seconds = LINGER_SECONDS

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Gather the bytes until the next turn; beyond `MAX_GATHERED_BYTES` send them at once, so that flow control
        sees them."""
        if self._abort is not None:
            return
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)
        self._bytes += len(data)
        if self._bytes > MAX_GATHERED_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what was gathered."""
        if self._waiting and not self._transport.is_closing():
            self._transport.write(b"".join(self._waiting))
        self._waiting, self._bytes = [], 0

    def writelines(self, parts: Iterable[bytes]) -> None:
        """As `write`."""
        self.write(b"".join(parts))

    def write_eof(self) -> None:
        """Send what was gathered, then end this direction."""
        self.flush()
        self._transport.write_eof()

    def is_closing(self) -> bool:
        """Whether `close` was called, or the connection is lost."""
        return self._abort is not None or self._transport.is_closing()

    def close(self) -> None:
        """Send what was gathered, then close: at once, or when the client has read it or `linger_seconds` are over."""
        if self.is_closing():
            return
        self.flush()
        if self.request_unread or self._transport.get_write_buffer_size():
            self._abort = self._loop.call_later(self.linger_seconds, self._transport.abort)
        if self.request_unread:
            self._transport.resume_reading()
            self._transport.write_eof()
        else:
            self._transport.close()

    def connection_lost(self) -> None:
        """The inner transport has lost its connection: it need not be aborted any more."""
        if self._abort is not None:
            self._abort.cancel()
