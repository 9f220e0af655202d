"""Conditional requests (RFC 9110 §13): a read that is not sent twice, and a change that overwrites nobody else's.

The ETag of a resource begins with its version, `"7"`; what else its answer shows comes behind a dot, `"7.3a"`. A change
depends on the version alone.
"""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from chassis.problems import Problem

TAGGED: dict[str, Any] = {"headers": {"ETag": {"$ref": "#/components/headers/ETag"}}}
"""For the public document: the answer to a change has the new ETag."""
_TAG = re.compile(r'"([^"]*)"')
_LIST = re.compile(r'[\s,]*(?:(?:W/)?"[^"]*"\s*(?:,[\s,]*|$))*')
_VERSION = re.compile(r"\d+(?![0-9a-z])", re.ASCII)


class StaleVersion(Problem):
    """It has changed since the ETag in `If-Match`; read it again."""

    status, code = 412, "stale_version"


def tags(header: str) -> frozenset[str]:
    """The opaque tags of an `If-Match` or `If-None-Match`, strong and weak ones (the gateway weakens those of coded
    answers); no tags where it is no list of quoted tags."""
    return frozenset(_TAG.findall(header) if _LIST.fullmatch(header) else ())


def etag_of(version: int, *shown: object) -> str:
    """The strong ETag of a version, and of whatever else the answer shows."""
    return '"' + ".".join(map(str, (version, *shown))) + '"'


def etag_of_bytes(content: bytes) -> str:
    """The strong ETag of a list, or of anything else without a version."""
    return f'"{blake2b(content, digest_size=16).hexdigest()}"'


def json_unless_unchanged(request: Request, etag: str, body: Callable[[], bytes], cache_control: str) -> Response:
    """The JSON that `body` makes, with its ETag; or 304, without making it, where the client has it already."""
    headers = {"ETag": etag, "Cache-Control": cache_control}
    if is_unchanged(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body(), headers=headers, media_type="application/json")


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Whether the client has the answer already: its `If-None-Match` names the ETag. Weak comparison with any of the
    list (RFC 9110 §13.1.2)."""
    return if_none_match.strip() == "*" or etag.strip('"') in tags(if_none_match)


class IfMatch:
    """The versions that a change may be made to; any, without the header."""

    def __init__(self, header: str | None) -> None:
        self._any = header is None or header.strip() == "*"
        self._tags = tags(header or "")

    @property
    def names_versions(self) -> bool:
        """Whether the change may be made to some versions only."""
        return not self._any

    def require(self, version: int) -> None:
        """Raise `StaleVersion` unless `version` is one of those named. To be called where an update that is conditional
        on the version is decided: of two changes to one version only the first is made."""
        if not self._any and not any(_is_of(tag, version) for tag in self._tags):
            raise StaleVersion("it has changed since; read it again")


def _is_of(tag: str, version: int) -> bool:
    match = _VERSION.match(tag)
    return match is not None and int(match[0]) == version


async def _if_match(request: Request) -> IfMatch:
    given = request.headers.getlist("if-match")
    return IfMatch(", ".join(given) if given else None)


IfMatchDep = Annotated[IfMatch, Depends(_if_match)]
