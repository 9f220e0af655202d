"""The head of a client's request, as the parser read it."""

from collections.abc import Sequence

Fields = Sequence[tuple[bytes, bytes]]
"""Headers in the order in which they came; names are in lower case."""


class RequestHead:
    """`path` and `query` are as they came, not decoded. `by_name` has the last value of each header."""

    __slots__ = ("address", "by_name", "fields", "method", "path", "query", "scheme", "version")

    def __init__(
        self,
        method: str,
        target: bytes,
        fields: Fields,
        *,
        version: str = "1.1",
        address: str = "unknown",
        scheme: str = "http",
    ) -> None:
        self.method, self.fields, self.version = method, fields, version
        self.address, self.scheme = address, scheme
        self.path, _, self.query = target.partition(b"#")[0].partition(b"?")
        self.by_name = dict(fields)

    @property
    def target(self) -> bytes:
        """Path and query."""
        return self.path + b"?" + self.query if self.query else self.path
