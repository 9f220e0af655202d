"""What the calls about prices are refused for."""

from tests.e2e.bad_values import HUGE, LONG, NO_LIST, NO_OBJECT, NUL
from tests.e2e.good_bodies import CHILD, FEE, RULE
from tests.e2e.refusal import Refused

_NO_RULES = [5, "x", {}, [None], [5], [{}], [RULE] * 51, [{**RULE, "when": {"ticketType": ""}}]]
_NO_PRICE = ["1", -1, HUGE, 1.5, True, [], {}]
OF_PRICES = [
    Refused(
        "admin",
        "PATCH /api/admin/pricing",
        {"scope": {"theaterId": "{theater}"}},
        {
            "scope": [None, *NO_OBJECT, {}, {"theaterId": "{theater}", "screenId": "{screen}"}, {"theaterId": 5}],
            "basePrice": _NO_PRICE,
            "seatTypes": [
                *NO_LIST[1:],
                [{}],
                [{"type": "s"}],
                [{"type": "s", "priceFactor": -1}],
                [{"type": "s", "priceFactor": "2"}],
                [{"type": "s", "priceFactor": 2}] * 2,
                [{"type": "s", "priceFactor": 2, "rows": ["A"]}],
            ],
            "ticketTypes": [
                *NO_LIST[1:],
                [{}],
                [CHILD, CHILD],
                [{**CHILD, "percent": 201}],
                [{**CHILD, "percent": -1}],
                [{**CHILD, "percent": 59.5}],
                [{**CHILD, "percent": "60"}],
                [{**CHILD, "label": ""}],
                [{**CHILD, "type": NUL}],
                [{**CHILD, "proof": 5}],
                [{**CHILD, "proof": LONG}],
            ],
            "dynamicPricingRules": _NO_RULES,
            "fees": [
                *NO_LIST[1:],
                [{}],
                [FEE] * 21,
                [{**FEE, "perTicket": -1}],
                [{**FEE, "perTicket": "1"}],
                [{**FEE, "taxRate": 10_001}],
                [{**FEE, "name": ""}],
            ],
        },
        ("scope",),
    ),
    Refused(
        "admin",
        "POST /api/admin/pricing/preview",
        {"showtimeId": "{showtime}"},
        {
            "showtimeId": [None, 5, [], {}, LONG],
            "basePrice": _NO_PRICE,
            "dynamicPricingRules": _NO_RULES,
            "at": [5, [], "", "soon", "1999999999", "2030-01-01", "2030-01-01T10:00:00", LONG],
            "occupancy": ["0.5", -0.1, 1.1, True, [], {}],
        },
        ("showtimeId",),
    ),
]
