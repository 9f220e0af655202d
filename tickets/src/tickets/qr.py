"""The QR code of a ticket code, as SVG and PNG: the one renderer, for booking's pictures and notify's mails."""

import re
import struct
import zlib
from typing import Any

import zxingcpp

_SCALE, _BORDER = 6, 4  # pixels a module; modules of white around the code, as ISO 18004 asks for
_DARK = 0  # of a pixel, as the encoder draws it
_RUN = re.compile(rb"\0+")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def modules(code: str) -> list[list[bool]]:
    """The symbol row by row, True for a dark module: the smallest one with error level M."""
    return [[pixel == _DARK for pixel in row] for row in _rows(code)]


def svg(code: str) -> bytes:
    """A drawing on white, which scales to any size."""
    rows = _rows(code)
    side = len(rows) + 2 * _BORDER
    path = "".join(_rectangles(row, y) for y, row in enumerate(rows, start=_BORDER))
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


def _rows(code: str) -> list[bytes]:
    """The symbol's pixels row by row, a byte each."""
    symbol = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = memoryview(symbol.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    side, pixels = image.shape[1], image.tobytes()
    return [pixels[at : at + side] for at in range(0, len(pixels), side)]


def _rectangles(row: bytes, y: int) -> str:
    """A rectangle for each run of dark modules."""
    runs = ((run.start() + _BORDER, run.end() - run.start()) for run in _RUN.finditer(row))
    return "".join([f"M{x} {y}h{width}v1h-{width}z" for x, width in runs])


def _scanline(bits: str) -> bytes:
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
