"""The parts of a mail as bytes (RFC 2045). The standard library's classes parse each header that they are given.

The same parts give the same bytes. Boundaries hold `=_`, which neither quoted-printable nor base64 can contain, so that
no content ends a part.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence

CRLF = b"\r\n"


def text_part(text: str, subtype: str) -> bytes:
    """A text of the type `text/{subtype}`, in UTF-8 and quoted-printable."""
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    lines = "\n".join(text.splitlines()) + "\n"
    return head.encode() + binascii.b2a_qp(lines.encode(), istext=True).replace(b"\n", CRLF)


def binary_part(content: bytes, content_type: str, headers: Mapping[str, str]) -> bytes:
    """A file in base64; all headers are ASCII."""
    fields = {"Content-Type": content_type, "Content-Transfer-Encoding": "base64", **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode("ascii") + CRLF + base64.encodebytes(content).replace(b"\n", CRLF)


def multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    """Parts in one part of the type `multipart/{subtype}`."""
    boundary = f"=_{subtype}"
    opening, closing = f"--{boundary}\r\n".encode(), f"--{boundary}--\r\n".encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(opening + part + CRLF for part in parts) + closing


def message(headers: Mapping[str, str], content: bytes) -> bytes:
    """A whole message; `headers` are encoded and folded already, `content` is a part."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return head.encode() + b"MIME-Version: 1.0\r\n" + content
