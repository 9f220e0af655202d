"""The upgrade to a websocket of ours (RFC 6455 §4.2): what must be asked, and what is answered."""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from urllib.parse import parse_qs

from wsproto.utilities import generate_accept_token

PATHS = frozenset({"/socket.io", "/socket.io/"})
_RAW_PATHS = frozenset(path.encode() for path in PATHS)
_KEY_BYTES = 16


def is_asked(method: bytes, target: bytes, fields: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether this head asks for Socket.IO over a websocket as it should. `fields` have names in lower case."""
    path, _, query = target.partition(b"?")
    if method != b"GET" or path not in _RAW_PATHS:
        return False
    by_name = dict(fields)
    parameters = parse_qs(query.decode("latin-1"))
    return (
        by_name.get(b"upgrade", b"").strip().lower() == b"websocket"
        and by_name.get(b"sec-websocket-version", b"").strip() == b"13"
        and _is_key(by_name.get(b"sec-websocket-key", b"").strip())
        and parameters.get("EIO") == ["4"]
        and parameters.get("transport") == ["websocket"]
        and "sid" not in parameters
    )


def answer(fields: Sequence[tuple[bytes, bytes]], request_id: str) -> bytes:
    """101, without extensions: a frame is the same for every client."""
    token = generate_accept_token(dict(fields)[b"sec-websocket-key"].strip())
    lines = (
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + token,
        b"X-Request-Id: " + request_id.encode(),
        b"\r\n",
    )
    return b"\r\n".join(lines)


def _is_key(key: bytes) -> bool:
    try:
        return len(b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
