"""Good bodies of the calls of bookings, and values that spoil each of their fields."""

from tests.e2e.bad_values import LONG, NO_COUNT, NO_KEY, NO_LIST, NO_OBJECT, NO_TEXT, NUL
from tests.e2e.conftest import YEAR
from tests.e2e.good_bodies import CHECK_IN, CONFIRM, RULE, SCAN, TWELVE, UPLOAD
from tests.e2e.refusal import Refused

OF_BOOKINGS = [
    Refused(
        "admin",
        "POST /api/admin/pricing/backtest",
        {"scope": {"theaterId": "{theater}"}, "dynamicPricingRules": [RULE], "from": "2026-12-01", "to": "2026-12-02"},
        {
            "scope": [None, *NO_OBJECT, {}, {"theaterId": "thr_x", "screenId": "scr_x"}, {"cityId": "x"}],
            "dynamicPricingRules": [*NO_LIST, [{"name": "r"}], [{**RULE, "adjust": {}}], [RULE] * 51],
            "from": [None, 5, [], "", "today", "2026-02-30", "20261201"],
            "to": [None, 5, [], "", "20261202", "2026-11-30"],
            "basePrice": [1],
        },
        ("scope", "dynamicPricingRules", "from", "to"),
    ),
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
    Refused(
        "admin",
        "POST /api/admin/checkin",
        CHECK_IN,
        {
            "reference": [*NO_TEXT[:8], LONG],
            "showtimeId": NO_KEY[1:],
            "deviceId": NO_TEXT[1:],
            "version": [1],
        },
        ("reference",),
    ),
    Refused(
        "admin",
        "POST /api/admin/checkin/batch",
        UPLOAD,
        {
            "showtimeId": NO_KEY,
            "deviceId": NO_TEXT,
            "scans": [
                *NO_LIST,
                [SCAN] * 501,
                [{**SCAN, "scannedAt": f"{YEAR}-01-01T00:00:00Z"}],
                [{**SCAN, "scannedAt": "2026-01-01"}],
                [{**SCAN, "qrCode": "MQ2."}],
                [{"reference": "7KQ2M9XD"}],
            ],
        },
        ("showtimeId", "deviceId", "scans"),
    ),
]
