"""Marquee's icon: a lit sign with an M, drawn here as an ICO file that holds one PNG."""

import struct
import zlib
from functools import cache

_SIZE, _SCALE = 16, 2
_COLOURS = {".": (0, 0, 0, 0), "r": (158, 27, 50, 255), "o": (255, 209, 102, 255), "w": (255, 255, 255, 255)}
_DRAWING = """
................
.orororororororo
.rrrrrrrrrrrrrrr
.orrrrrrrrrrrrro
.rrwwrrrrrrrwwrr
.orwwwrrrrrwwwro
.rrwwwwrrrwwwwrr
.orwwrwwrwwrwwro
.rrwwrrwwwrrwwrr
.orwwrrrwrrrwwro
.rrwwrrrrrrrwwrr
.orwwrrrrrrrwwro
.rrwwrrrrrrrwwrr
.orrrrrrrrrrrrro
.rrrrrrrrrrrrrrr
.orororororororo
"""


@cache
def ico() -> bytes:
    """An icon file of 32 × 32 pixels."""
    png, side = _png(), _SIZE * _SCALE
    head = struct.pack("<HHH", 0, 1, 1)
    entry = struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(png), len(head) + 16)
    return head + entry + png


def _png() -> bytes:
    """PNG (second edition) §5: a signature, then chunks with a checksum each; a row begins with its filter, none."""
    drawn = [b"\0" + b"".join(bytes(_COLOURS[pixel]) * _SCALE for pixel in row) for row in _DRAWING.split()]
    rows = [row for row in drawn for _ in range(_SCALE)]
    side = _SIZE * _SCALE
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
