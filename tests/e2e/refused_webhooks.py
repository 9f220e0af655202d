"""Good bodies of the calls about webhooks, and values that spoil each of their fields."""

from typing import Any

from tests.e2e.bad_values import LONG, NO_LIST, NUL
from tests.e2e.refusal import Refused

WEBHOOK = {
    "url": "https://partner.example/marquee",
    "events": ["payment.disputed"],
    "theaterIds": ["{theater}"],
    "enabled": False,
}
_NO_URL: list[Any] = [
    None,
    5,
    [],
    {},
    "",
    " ",
    "/path",
    "partner.example",
    "ftp://partner.example/",
    "javascript:1",
    "http://partner.example/",
    "https://",
    "https://user:pass@partner.example/",
    "https://partner.example/#part",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254/",
    "https://10.0.0.1/",
    "https://[::ffff:192.168.0.1]/",
    "https://2886729729/",
    "http://0.0.0.0/",
    NUL,
    LONG,
]
_BAD: dict[str, list[Any]] = {
    "url": _NO_URL,
    "events": [*NO_LIST, [], ["booking.confirmed.v1"], ["booking.ticket_issued"], ["x"], ["payment.disputed"] * 2],
    "theaterIds": [*NO_LIST[1:], [], ["x"], ["{movie}"], ["{theater}", "{theater}"]],
    "enabled": [None, 0, 1, "true", "", [], {}],
    "secret": ["whsec_mine"],
}
OF_WEBHOOKS = [
    Refused("admin", "POST /api/admin/webhooks", WEBHOOK, _BAD, ("url", "events")),
    Refused("admin", "PATCH /api/admin/webhooks/{webhook}", {}, _BAD),
    Refused(
        "admin",
        "POST /api/admin/webhooks/{webhook}/recover",
        {"since": "2026-01-01T00:00:00Z"},
        {"since": [None, 5, [], {}, "", "yesterday", "1999999999", "2026-01-01", "2026-01-01T10:00:00", LONG]},
        ("since",),
    ),
]
