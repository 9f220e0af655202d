"""Good bodies of every public call, and values that spoil each of their fields."""

from dataclasses import dataclass
from typing import Any

from tests.e2e.bad_values import HUGE, LONG, NO_COUNT, NO_EMAIL, NO_LIST, NO_NUMBER, NO_OBJECT, NO_PHONE, NO_TEXT, NUL
from tests.e2e.conftest import YEAR

REGISTRATION = {"name": "A", "email": "a@guests.test", "password": "long enough", "phone": "+919876543210"}
LOGIN = {"email": "{email}", "password": "long enough"}
MOVIE = {"title": "M", "genres": ["Drama"], "runtime": 90, "language": "en"}
THEATER = {
    "name": "T",
    "address": "1 Lane",
    "city": "Pune",
    "geo": {"lat": 1.5, "lng": 2.5},
    "timezone": "Asia/Kolkata",
    "contact": {"phone": "+912222881234", "email": "a@b.test"},
}
LAYOUT = {
    "rows": 2,
    "cols": 3,
    "aisles": [1],
    "seatTypes": [{"type": "s", "rows": ["A"], "priceFactor": 1.5}],
    "gaps": ["A1"],
    "blocked": ["B1"],
    "accessible": ["B2"],
}
LABEL = {"row": "Q", "number": "1"}
SCREEN = {"theaterId": "{theater}", "name": "S", "layout": LAYOUT}
TIER = {"hoursBefore": 2, "refundPercent": 50}
RULE = {"name": "r", "when": {"daysOfWeek": ["mon"], "occupancy": {"gte": 0.5}}, "adjust": {"percent": 10}}
SHOWTIME = {
    "movieId": "{movie}",
    "theaterId": "{theater}",
    "screenId": "{screen}",
    "startAt": f"{YEAR}-01-01T10:00:00Z",
    "language": "en",
    "format": "2D",
    "basePrice": 100,
    "currency": "INR",
}
UNTIL = f"{YEAR}-01-02"
HOLD = {"showtimeId": "{showtime}", "seatIds": ["B1"]}
CONFIRM = {"orderId": "{order}", "razorpayPaymentId": "pay_x", "razorpaySignature": "0" * 64}
TWELVE = [f"B{number}" for number in range(1, 13)]


@dataclass(frozen=True)
class Refused:
    """A call, who makes it, and values for fields of a good body of which each alone spoils it."""

    who: str
    call: str
    good: dict[str, Any]
    bad: dict[str, list[Any]]
    missing: tuple[str, ...] = ()


REFUSED = [
    Refused(
        "nobody",
        "POST /api/auth/register",
        REGISTRATION,
        {
            "name": NO_TEXT,
            "email": [None, *NO_EMAIL],
            "password": [None, 5, [], {}, "short", "x" * 129],
            "phone": NO_PHONE,
        },
        ("name", "email", "password"),
    ),
    Refused(
        "nobody",
        "POST /api/auth/login",
        LOGIN,
        {
            "email": [None, 5, [], {}, {"$gt": ""}, "", "a", LONG],
            "password": [None, 5, [], {"$ne": 1}, "", LONG],
        },
        ("email", "password"),
    ),
    Refused(
        "nobody",
        "POST /api/auth/refresh",
        {"refreshToken": "x"},
        {
            "refreshToken": [None, 5, [], {"$gt": ""}, "", LONG],
        },
        ("refreshToken",),
    ),
    Refused(
        "nobody",
        "POST /api/auth/logout",
        {"refreshToken": "x"},
        {
            "refreshToken": [None, 5, [], {"$gt": ""}, "", LONG],
        },
        ("refreshToken",),
    ),
    Refused(
        "guest",
        "PATCH /api/users/me",
        {},
        {
            "name": NO_TEXT,
            "phone": NO_PHONE,
            "prefs": [*NO_OBJECT, None],
            "prefs.language": [*NO_TEXT, "english!", "$gt"],
            "prefs.emailNotifications": [None, "yes", 1, 0, [], "true"],
            "prefs.smsNotifications": [None, "no", 1, {}],
            "prefs.favouriteTheaterIds": [*NO_LIST, ["thr_x"], ["{theater}"] * 101],
        },
    ),
    Refused(
        "admin",
        "PUT /api/admin/users/{user}/roles",
        {"roles": ["user"]},
        {
            "roles": [*NO_LIST, [], ["root"], ["user", None], ["user"] * 5],
            "theaterIds": [*NO_LIST, ["thr_x"]],
            "grants": [
                *NO_LIST,
                [{"theaterId": "thr_x", "role": "staff"}],
                [{"theaterId": "{theater}", "role": "admin"}],
                [{"theaterId": "{theater}"}],
            ],
        },
        ("roles",),
    ),
    Refused(
        "admin",
        "POST /api/admin/movies",
        MOVIE,
        {
            "title": NO_TEXT,
            "genres": [*NO_LIST, [NUL], [""], ["x"] * 51],
            "runtime": [*NO_COUNT, 0, 1001],
            "language": NO_TEXT,
            "rating": [11, True, [], {}, NUL, LONG],
            "synopsis": [5, [], NUL, LONG],
            "cast": [*NO_LIST, [NUL]],
            "releaseDate": [5, [], "tomorrow", "86400", "20260131", "2026-W05-6", "2026-02-30", LONG],
            "poster": [5, [], "", "javascript:1", NUL, LONG],
            "backdrop": [5, [], "", NUL],
            "tmdbId": ["1", 0, -1, HUGE, 1.5, True],
        },
        ("title", "genres", "runtime", "language"),
    ),
    Refused(
        "admin",
        "PATCH /api/admin/movies/{movie}",
        {},
        {
            "title": NO_TEXT,
            "runtime": [*NO_COUNT, 0],
            "genres": NO_LIST,
            "language": NO_TEXT,
        },
    ),
    Refused(
        "admin",
        "POST /api/admin/theaters",
        THEATER,
        {
            "name": NO_TEXT,
            "address": NO_TEXT,
            "city": NO_TEXT,
            "geo": [None, *NO_OBJECT, {}, {"lat": 1}],
            "geo.lat": [*NO_NUMBER, 90.1, -91],
            "geo.lng": [*NO_NUMBER, 180.1, -181],
            "timezone": [*NO_TEXT, "Mars/Base", "../../etc/passwd", "localtime", "Factory", "EST", "Etc/GMT+5"],
            "contact": NO_OBJECT,
            "contact.phone": [5, True, [], {}, "", "nobody", "+441111", "0" * 41, NUL, LONG],
            "contact.email": NO_EMAIL,
            "amenities": [*NO_LIST, [NUL]],
            "cancellationPolicy": [None, *NO_OBJECT, {"refundRate": 5000}],
            "cancellationPolicy.feesRefunded": [None, 1, "yes"],
            "cancellationPolicy.tiers": [
                *NO_LIST,
                [{"hoursBefore": 2}],
                [{"hoursBefore": "2", "refundPercent": 50}],
                [{**TIER, "refundPercent": 101}],
                [{**TIER, "hoursBefore": -1}],
                [{**TIER, "refundRate": 5}],
                [TIER, TIER],
                [TIER, {**TIER, "hoursBefore": 3}],
            ],
        },
        ("name", "address", "city", "geo", "timezone"),
    ),
    Refused(
        "admin",
        "PATCH /api/admin/theaters/{theater}",
        {},
        {
            "name": NO_TEXT,
            "geo": [None, *NO_OBJECT, {"lat": None}, {"latt": 1}],
            "timezone": NO_TEXT,
            "contact": [None, *NO_OBJECT, {"fax": "1"}],
            "contact.phone": [5, True, [], {}, "", "nobody", "+441111", "0" * 41, NUL, LONG],
            "contact.email": NO_EMAIL,
            "cancellationPolicy": [None, *NO_OBJECT, {"tiers": None}],
        },
    ),
    Refused(
        "admin",
        "POST /api/admin/screens",
        SCREEN,
        {
            "theaterId": [None, 5, [], {}],
            "name": NO_TEXT,
            "layout": [None, *NO_OBJECT, {}],
            "layout.rows": [*NO_COUNT, 0, 101],
            "layout.cols": [*NO_COUNT, 0, 101],
            "layout.aisles": [
                None,
                5,
                "x",
                {},
                [None],
                ["1"],
                [0],
                [-1],
                [3],
                [HUGE],
                [1.5],
                [True],
                [{}],
                [{"after": "1"}],
                [{"after": 1, "rows": ["Z"]}],
                [{"after": 1, "rowz": ["A"]}],
            ],
            "layout.gaps": [*NO_LIST, ["Z9"], [NUL], ["A1", "A2", "A3", "B1", "B2", "B3"]],
            "layout.blocked": [*NO_LIST, ["Z9"], ["A1"]],
            "layout.accessible": [*NO_LIST, ["Z9"], ["A1"]],
            "layout.rowLabels": [None, 5, "x", {}, ["A"], ["A", "A"], ["A", ""], ["A", NUL], [None, None]],
            "layout.numbering": [None, *NO_OBJECT, {"from": "top"}, {"count": "rows"}, {"form": "left"}],
            "layout.seatLabels": [
                None,
                *NO_OBJECT,
                {"Z9": LABEL},
                {"A1": LABEL},
                {"A2": {"row": "A"}},
                {"A2": LABEL, "A3": LABEL},
                {"A2": {**LABEL, "number": 5}},
                {"A2": {**LABEL, "seat": "5"}},
                {"A2": {**LABEL, "row": NUL}},
            ],
            "layout.companions": [None, *NO_OBJECT, {"B3": "A3"}, {"B2": "B2"}, {"Z9": "B2"}, {"B3": 5}],
            "layout.pairs": [
                *NO_LIST,
                [["B2"]],
                [["A2", "B2"]],
                [["B2", "Z9"]],
                [["B2", "B2"]],
                [["B2", "B3"], ["B3", "B2"]],
            ],
            "layout.seatTypes": [
                None,
                5,
                "x",
                {},
                [None],
                [5],
                [{}],
                [{"type": ""}],
                [{"type": 5}],
                [{"type": NUL}],
                [{"type": "s"}] * 2,
                [{"type": "s", "rows": ["Z"]}],
                [{"type": "s", "rows": "A"}],
                [{"type": "s", "rows": ["A", "A"]}],
                [{"type": "s", "priceFactor": "2"}],
                [{"type": "s", "priceFactor": -1}],
                [{"type": "s", "priceFactor": HUGE}],
                [{"type": "s", "priceFactor": True}],
                [{"type": "s"}, {"type": "t"}],
            ],
        },
        ("theaterId", "name", "layout"),
    ),
    Refused(
        "admin",
        "PATCH /api/admin/screens/{screen}",
        {},
        {
            "name": NO_TEXT,
            "layout": [None, *NO_OBJECT, {"rows": 0}, {"cols": "3"}, {"gap": []}, {"numbering": None}],
        },
    ),
    Refused(
        "admin",
        "POST /api/admin/showtimes",
        SHOWTIME,
        {
            "movieId": [None, 5, [], {}],
            "theaterId": [None, 5, [], {}],
            "screenId": [None, 5, [], {}],
            "startAt": [
                None,
                5,
                HUGE,
                "",
                "soon",
                "1999999999",
                "2030-W01-1T10:00:00Z",
                f"{YEAR}-01-01",
                f"{YEAR}-01-01T10:00:00",
                "2020-01-01T10:00:00Z",
                "9999-12-31T23:59:59Z",
                "0001-01-01T00:00:00+14:00",
                LONG,
            ],
            "language": NO_TEXT,
            "format": NO_TEXT,
            "basePrice": NO_COUNT,
            "currency": [*NO_TEXT, "XYZ", "inr", "RUPEES"],
            "dynamicPricingRules": [
                5,
                "x",
                {},
                [None],
                [5],
                [{}],
                [RULE] * 51,
                [{**RULE, "adjust": {}}],
                [{**RULE, "name": ""}],
                [{**RULE, "adjust": {"percent": 1, "amount": 1}}],
                [{**RULE, "adjust": {"percent": "1"}}],
                [{**RULE, "adjust": {"amount": HUGE}}],
                [{**RULE, "adjust": {"setTo": -1}}],
                [{**RULE, "when": {"daysOfWeek": ["someday"]}}],
                [{**RULE, "when": {"from": "25:00"}}],
                [{**RULE, "when": {"dates": ["2026-02-30"]}}],
                [{**RULE, "when": {"dates": [1798156800]}}],
                [{**RULE, "when": {"dates": ["86400"]}}],
                [{**RULE, "when": {"occupancy": {"gte": "0.5"}}}],
                [{**RULE, "minPrice": 5, "maxPrice": 1}],
            ],
            "repeat": [
                *NO_OBJECT,
                {},
                {"times": [], "until": UNTIL},
                {"times": ["25:00"], "until": UNTIL},
                {"times": ["10:00"], "until": "never"},
                {"times": ["10:00"], "until": UNTIL, "days": ["x"]},
            ],
        },
        ("movieId", "theaterId", "screenId", "startAt", "language", "format", "basePrice", "currency"),
    ),
    Refused(
        "admin",
        "PATCH /api/admin/showtimes/{showtime}",
        {},
        {
            "startAt": [None, 5, "", "soon", "1999999999", "2020-01-01T10:00:00Z"],
            "basePrice": NO_COUNT,
            "format": NO_TEXT,
            "status": [5, "", "finished", "CANCELLED", ["cancelled"]],
            "dynamicPricingRules": [5, "x", {}, [None], [{}]],
        },
    ),
    Refused(
        "guest",
        "POST /api/seats/hold",
        HOLD,
        {
            "showtimeId": [None, 5, [], {}, LONG],
            "expectedTotal": NO_COUNT[1:],
            "seatIds": [None, 5, "A1", {}, [], [None], [5], [[]], [""], ["B1", "B1"], TWELVE[:11], [LONG], ["B1"] * 11],
        },
        ("showtimeId", "seatIds"),
    ),
    Refused(
        "guest",
        "POST /api/payments/create-order",
        {"holdId": "{hold}"},
        {
            "holdId": [None, 5, [], {}, {"$gt": ""}, "", LONG],
        },
        ("holdId",),
    ),
    Refused(
        "guest",
        "POST /api/bookings/confirm",
        CONFIRM,
        {name: [None, 5, [], {}, {"$gt": ""}, "", NUL, LONG] for name in CONFIRM},
        tuple(CONFIRM),
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
CALLS = [(one.who, one.call) for one in REFUSED]
