"""Good bodies of the calls of bookings, and values that spoil each of their fields."""

from tests.e2e.bad_values import LONG, NO_COUNT, NO_TEXT, NUL
from tests.e2e.good_bodies import CONFIRM, TWELVE
from tests.e2e.refusal import Refused

OF_BOOKINGS = [
    Refused(
        "guest",
        "POST /api/bookings/confirm",
        CONFIRM,
        {name: [None, 5, [], {}, {"$gt": ""}, "", NUL, LONG] for name in CONFIRM},
        tuple(CONFIRM),
    ),
    Refused(
        "guest",
        "POST /api/bookings/{booking}/cancel",
        {"seatIds": ["A2"], "expectedRefund": 1},
        {"seatIds": [5, "A2", {}, [], [5], [None], [""], [LONG], TWELVE * 5], "expectedRefund": NO_COUNT[1:]},
    ),
    Refused(
        "admin",
        "POST /api/admin/bookings/{booking}/refund",
        {"reason": "spilled", "amount": 1, "seatIds": ["A1"]},
        {
            "reason": NO_TEXT,
            "amount": [*NO_COUNT[1:], 0],
            "seatIds": [5, "A1", {}, [], [None], [5], [[]], [""], [LONG], ["A1"] * 51],
            "refund": ["full"],
        },
        ("reason",),
    ),
    Refused(
        "admin",
        "POST /api/admin/bookings/{booking}/cancel",
        {"reason": "flooded", "refund": "full"},
        {
            "reason": NO_TEXT,
            "refund": [*NO_TEXT, "FULL", "all"],
            "amount": [1],
        },
        ("reason", "refund"),
    ),
]
