"""The routing table: which service answers which paths, and within how long. The longest prefix wins; no other
path exists. Some stand here for their calls to be counted apart: metrics bear the path of the route."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes


@dataclass(frozen=True, slots=True)
class Route:
    """Everything at or below `path` goes to `service`. The answer begins within `seconds`, and no pause
    in it is longer."""

    path: str
    service: str
    seconds: float = 10.0


ROUTES = (
    Route("/.well-known/jwks.json", "identity"),
    Route("/api/auth", "identity"),
    Route("/api/users", "identity"),
    Route("/api/admin/users", "identity"),
    Route("/api/cities", "catalog"),
    Route("/api/admin/audit", "identity"),
    Route("/api/movies", "catalog"),
    Route("/api/theaters", "catalog"),
    Route("/api/showtimes", "catalog"),
    Route("/api/admin/movies", "catalog"),
    Route("/api/admin/theaters", "catalog"),
    Route("/api/admin/screens", "catalog"),
    Route("/api/admin/showtimes", "catalog"),
    Route("/api/admin/pricing", "catalog"),
    Route("/api/admin/pricing/backtest", "booking", seconds=30.0),
    Route("/api/admin/taxes", "catalog"),
    Route("/api/seats", "seating"),
    Route("/api/seats/hold", "seating"),
    Route("/api/seats/best-available", "seating"),
    Route("/api/waitlist", "seating"),
    Route("/api/payments", "payment"),
    Route("/api/payments/webhook", "payment", seconds=5.0),  # providers wait no longer
    Route("/api/payments/create-order", "payment", seconds=15.0),
    Route("/api/payments/create-intent", "payment", seconds=15.0),
    Route("/api/bookings", "booking"),
    Route("/api/bookings/confirm", "booking", seconds=15.0),
    Route("/api/admin/cases", "payment"),
    Route("/api/admin/bookings", "booking"),
    Route("/api/admin/checkin", "booking"),
    Route("/api/admin/checkin/batch", "booking", seconds=30.0),
    Route("/api/admin/reports", "booking"),
    Route("/api/notify", "notify"),
    Route("/api/admin/webhooks", "notify"),
)
_BY_PATH = {route.path: route for route in ROUTES}
_AMBIGUOUS = re.compile(rb"%2f|%5c|[\\\x00-\x20\x7f]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def decoded(raw_path: bytes) -> str | None:
    """The percent-decoded path, as services will read it. None where two readers could differ: encoded slashes, dot
    segments, empty segments, control characters, or bytes that are no UTF-8."""
    if _AMBIGUOUS.search(raw_path):
        return None
    try:
        path = unquote_to_bytes(raw_path).decode()
    except UnicodeDecodeError:
        return None
    segments = path.split("/")
    ambiguous = {".", ".."}.intersection(segments) or "" in segments[1:-1] or segments[0] or _CONTROL.search(path)
    return None if ambiguous else path


def find(path: str) -> Route | None:
    """The route with the longest prefix of a decoded path."""
    while path:
        if route := _BY_PATH.get(path):
            return route
        path = path.rpartition("/")[0]
    return None
