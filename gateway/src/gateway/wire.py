"""A transport under a client's connection that ends it so that the client can still read its answer."""

import asyncio
from typing import Any

LINGER_SECONDS = 10.0


class LingeringTransport:
    """While `request_unread` is true the client may still be sending. To close then would reset the connection, and the
    client might never see its answer: only our direction ends, and the rest once the client ends its own or the time is
    over. Everything but closing is the inner transport's.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._abort: asyncio.TimerHandle | None = None
        self.request_unread = False
        self.linger_seconds = LINGER_SECONDS

    @property
    def inner(self) -> asyncio.Transport:
        """The transport itself, for another protocol that takes the connection over."""
        return self._transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, unless `close` was called."""
        if self._abort is None:
            self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether `close` was called, or the connection is lost."""
        return self._abort is not None or self._transport.is_closing()

    def close(self) -> None:
        """Close: at once, or when the client has read its answer or `linger_seconds` are over."""
        if self.is_closing():
            return
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
