"""What is said to those who watch a showtime: each frame is encoded once, and written to as many as there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import orjson

Change = tuple[str, str]
"""A seat and its letter: `a` available, `h` held, `s` sold, `b` blocked."""
_TEXT = 0x81  # a whole message of text, unmasked (RFC 6455 §5.2)
_SHORT, _MIDDLE = 126, 65_536


@dataclass(frozen=True)
class Frame:
    """One event, `name`, with its data; `version` is the map's after it, None where it has none."""

    name: str
    data: dict[str, object]
    version: int | None

    @cached_property
    def sse(self) -> bytes:
        """As a server-sent event; its id is the version."""
        id_ = b"" if self.version is None else b"id: %d\n" % self.version
        return b"%bevent: %b\ndata: %b\n\n" % (id_, self.name.encode(), orjson.dumps(self.data))

    @cached_property
    def websocket(self) -> bytes:
        """As a Socket.IO event, in a frame of a websocket."""
        return text_frame(b"42" + orjson.dumps([self.name, self.data]))


def seats(showtime_id: str, version: int, since: int, changes: Sequence[Change]) -> Frame:
    """Seats that changed from version `since` to `version`, each once."""
    data = {"showtimeId": showtime_id, "version": version, "since": since, "changes": changes}
    return Frame("seats", data, version)


def snapshot(showtime_id: str, version: int, state: str) -> Frame:
    """The whole map, a letter for each seat."""
    return Frame("snapshot", {"showtimeId": showtime_id, "version": version, "state": state}, version)


def closed(showtime_id: str, status: str) -> Frame:
    """The show was cancelled; nothing follows."""
    return Frame("closed", {"showtimeId": showtime_id, "status": status}, None)


def text_frame(payload: bytes) -> bytes:
    """A whole websocket message from the server."""
    size = len(payload)
    if size < _SHORT:
        return bytes((_TEXT, size)) + payload
    if size < _MIDDLE:
        return bytes((_TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_TEXT, 127)) + size.to_bytes(8, "big") + payload
