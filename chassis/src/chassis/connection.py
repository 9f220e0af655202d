"""A connection to a service, and its end: whoever calls learns of each call whether it was read.

uvicorn's own closes an idle connection without a word. A call that is on its way just then is lost, and its caller
cannot know whether anything was done.
"""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.drain import LEAVING, Drain

_LINGER_SECONDS = 1.0  # for the caller to read what it was told


class Connection(HttpToolsProtocol):
    """uvicorn's own protocol, whose answers end their connection once the process is to end, and which says so where
    there is nothing to answer."""

    drain: ClassVar[Drain]
    _has_left = False

    def data_received(self, data: bytes) -> None:
        """Read on; what comes after the goodbye is dropped."""
        if not self._has_left:
            super().data_received(data)

    def on_headers_complete(self) -> None:
        """A request begins."""
        super().on_headers_complete()
        if self.drain.begun and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """An answer that began before the process was to end could not say that it is the last."""
        super().on_response_complete()
        if self.drain.begun and not self.transport.is_closing() and self._is_all_answered():
            self._leave()

    def shutdown(self) -> None:
        """The process is to end: what was asked is answered still."""
        if self._is_all_answered():
            self._leave()
        elif not self.cycle.response_started:
            self.cycle.keep_alive = False

    def _is_all_answered(self) -> bool:
        """Whether nothing was asked that has no answer yet: requests that come at once are answered one by one."""
        return self.cycle is None or self.cycle.response_complete

    def _leave(self) -> None:
        """End our direction, and the rest once the caller has read that: closed at once, the connection would be reset
        by what the caller sends meanwhile, and that might keep it from reading."""
        if self._has_left or self.transport.is_closing():
            return
        self._has_left = True
        self._unset_keepalive_if_required()
        self.transport.write(LEAVING)
        self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.abort)


def protocol(drain: Drain) -> type[asyncio.Protocol]:
    """The protocol of a service's process."""
    return type("Connection", (Connection,), {"drain": drain})
