"""The QR code of a ticket code, as SVG and PNG: the one renderer, for booking's pictures and notify's mails.

The mask is fixed (ADR 23): a signed code has no pattern of its own that a mask would have to break, a reader takes the
mask from the symbol itself, and trying all eight costs four times as much as the rest.
"""

import io
import struct
import zlib

import segno

_MASK = 3
_SCALE, _BORDER = 6, 4  # pixels a module; modules of white around the code, as ISO 18004 asks for
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def svg(code: str) -> bytes:
    """A drawing, which scales to any size."""
    out = io.BytesIO()
    _symbol(code).save(out, kind="svg", scale=_SCALE, border=_BORDER)
    return out.getvalue()


def png(code: str) -> bytes:
    """A picture of one bit a pixel; segno's own PNG writer gives the same one in six times the time."""
    matrix = _symbol(code).matrix
    side = (len(matrix) + 2 * _BORDER) * _SCALE
    pixels = {0: "1" * _SCALE, 1: "0" * _SCALE}  # 1 is white
    margin, padding = "1" * _BORDER * _SCALE, "0" * (-side % 8)
    blank = _scanline("1" * side + padding)
    rows = [_scanline(margin + "".join(map(pixels.__getitem__, row)) + margin + padding) for row in matrix]
    image = b"".join(row * _SCALE for row in rows)
    edge = blank * _BORDER * _SCALE
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)  # one bit a pixel, grey
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(edge + image + edge)), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _symbol(code: str) -> segno.QRCode:
    """The smallest symbol with error level M, or a higher level where that has room."""
    return segno.make_qr(code, error="m", mode="alphanumeric", mask=_MASK)


def _scanline(bits: str) -> bytes:
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
