"""What the gateway itself refuses: each with its status and code."""

from chassis.problems import Problem

CLOSING = {"Connection": "close"}


class TargetTooLong(Problem):
    """No address of ours is that long."""

    status, code = 414, "uri_too_long"


class MalformedRequest(Problem):
    """No HTTP, or HTTP that two readers could read differently (RFC 9112): the connection cannot be used further."""

    status, code = 400, "malformed_request"

    def __init__(self, detail: str = "this is no HTTP request that can be read in one way only") -> None:
        super().__init__(detail, headers=CLOSING)


class HeadersTooLarge(Problem):
    """More header bytes than any call of ours needs."""

    status, code = 431, "headers_too_large"

    def __init__(self) -> None:
        super().__init__(headers=CLOSING)


class RequestTimeout(Problem):
    """The client took too long to send its request; no service was asked."""

    status, code = 408, "request_timeout"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers=CLOSING)


class TooManyConnections(Problem):
    """This address has as many connections open as any client needs."""

    status, code = 429, "too_many_connections"

    def __init__(self) -> None:
        super().__init__("close connections or use them again", headers={**CLOSING, "Retry-After": "1"})


class UnsupportedEncoding(Problem):
    """Requests are read as they are (RFC 9110 §15.5.16)."""

    status, code = 415, "unsupported_encoding"

    def __init__(self) -> None:
        super().__init__("send the body without Content-Encoding", headers={"Accept-Encoding": "identity"})


class PreflightRefused(Problem):
    """This origin may not make this call, or not with these headers."""

    status, code = 400, "preflight_refused"


class ShowtimeNotFound(Problem):
    """No showtime has this id."""

    status, code = 404, "showtime_not_found"


class ShowtimeClosed(Problem):
    """The showtime was cancelled, has begun or is over."""

    status, code = 409, "showtime_closed"


class NotASocket(Problem):
    """Socket.IO is spoken over websockets alone: `transports: ["websocket"]`."""

    status, code = 400, "websocket_required"


class TooManyShowtimes(Problem):
    """A connection watches as many showtimes as it may."""

    status, code = 429, "too_many_showtimes"


class QueueRequired(Problem):
    """The showtime's waiting room is in force: hold with the pass of who was admitted, as `X-Queue-Pass`."""

    status, code = 429, "queue_required"


class QueueNotFound(Problem):
    """The showtime has no waiting room."""

    status, code = 404, "queue_not_found"


class QueueOpen(Problem):
    """The waiting room has opened: when it opens cannot be changed any more."""

    status, code = 409, "queue_open"
