"""The first line of a request, put right where only one reading is meant, before the parser sees it.

The parser refuses bytes beyond ASCII and methods that it does not know; a client is better served by a quoted address
and by a 405 or 404.
"""

import re

METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"})
NOBODYS_METHOD = b"UNLINK"  # one that the parser knows and no service has stands for all that it does not know
_ABSOLUTE = re.compile(rb"https?://[^/?#\x00-\x20]*", re.IGNORECASE)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def may_begin(data: bytes) -> bool:
    """Whether a first line can begin so."""
    return _TOKEN.match(data) is not None


def put_right(line: bytes) -> bytes:
    """The line, without its end, with a method that can be parsed and a target in origin form of ASCII alone."""
    method, _, rest = line.partition(b" ")
    target, space, version = rest.rpartition(b" ")
    if not space or not _TOKEN.fullmatch(method):
        return line
    return b" ".join((method if method in METHODS else NOBODYS_METHOD, _quoted(_origin_form(target)), version))


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
