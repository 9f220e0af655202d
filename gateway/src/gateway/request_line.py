"""The request line, normalized before the parser reads it where it can mean one thing only.

The parser refuses bytes beyond ASCII and methods that it does not know; here such bytes are percent-encoded, and such a
method is answered 405 or 404.
"""

import re

METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"})
UNKNOWN_METHOD = b"UNLINK"  # known to the parser, not to any service; stands for methods the parser does not know
_ABSOLUTE = re.compile(rb"https?://[^/?#\x00-\x20]*", re.IGNORECASE)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def may_be_request_line(data: bytes) -> bool:
    """Whether a request line can begin with these bytes."""
    return _TOKEN.match(data) is not None


def normalized(line: bytes) -> bytes:
    """The line, given and returned without its line end, with a method that can be parsed and a target in origin form
    of ASCII alone."""
    method, _, rest = line.partition(b" ")
    target, space, version = rest.rpartition(b" ")
    if not space or not _TOKEN.fullmatch(method):
        return line
    return b" ".join((method if method in METHODS else UNKNOWN_METHOD, _quoted(_origin_form(target)), version))


def _origin_form(target: bytes) -> bytes:
    """RFC 9112 §3.2: clients may send a whole URL, or `*` for the server itself."""
    if target == b"*":
        return b"/*"
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return target
    rest = target[absolute.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest


def _quoted(target: bytes) -> bytes:
    return target if target.isascii() else _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], target)
