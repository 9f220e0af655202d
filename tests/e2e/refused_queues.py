"""What the calls about waiting rooms are refused for."""

from tests.e2e.bad_values import HUGE, LONG, NO_TEXT
from tests.e2e.refusal import Refused

OF_QUEUES = [
    Refused(
        "admin",
        "POST /api/admin/queues",
        {"showtimeId": "{showtime}"},
        {
            "showtimeId": [*NO_TEXT[:-2], LONG],
            "opensAt": [5, [], "", "soon", "1999999999", "2030-01-01", "2030-01-01T10:00:00", LONG],
            "ratePerMinute": ["600", 0, -1, HUGE, 1.5, True, None, [], {}],
            "automatic": ["yes", 1, None, [], {}],
        },
        ("showtimeId",),
    ),
]
