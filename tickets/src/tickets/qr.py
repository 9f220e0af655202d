"""The QR code of a ticket code, as SVG and PNG: the one renderer, for booking's pictures and notify's mails."""

import struct
import zlib
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import zxingcpp

_SCALE, _BORDER = 6, 4  # pixels a module; modules of white around the code, as ISO 18004 asks for
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def modules(code: str) -> list[list[bool]]:
    """The symbol row by row, True for a dark module: the smallest one with error level M."""
    symbol = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = memoryview(symbol.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    return [[pixel == 0 for pixel in row] for row in image.tolist()]


def svg(code: str) -> bytes:
    """A drawing on white, which scales to any size."""
    rows = modules(code)
    side = len(rows) + 2 * _BORDER
    path = "".join(stroke for y, row in enumerate(rows) for stroke in _strokes(row, y + _BORDER))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side * _SCALE}" height="{side * _SCALE}" '
        f'viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path d="{path}"/></svg>'
    ).encode()


def png(code: str) -> bytes:
    """A picture of one bit a pixel."""
    rows = modules(code)
    side = (len(rows) + 2 * _BORDER) * _SCALE
    margin, padding = "1" * _BORDER * _SCALE, "0" * (-side % 8)
    pixels = {False: "1" * _SCALE, True: "0" * _SCALE}  # 1 is white
    lines = [_scanline(margin + "".join(map(pixels.__getitem__, row)) + margin + padding) for row in rows]
    edge = _scanline("1" * side + padding) * _BORDER * _SCALE
    image = edge + b"".join(line * _SCALE for line in lines) + edge
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)  # one bit a pixel, grey
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(image, level=3)), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _strokes(row: list[bool], y: int) -> Iterator[str]:
    """A rectangle for each run of dark modules."""
    x = _BORDER
    for is_dark, run in groupby(row):
        width = len(list(run))
        if is_dark:
            yield f"M{x} {y}h{width}v1h-{width}z"
        x += width


def _scanline(bits: str) -> bytes:
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
