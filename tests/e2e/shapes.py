"""What the API's page promises of its answers: shapes, and whether a value is of one."""

import re
from typing import Any

from stack.buyer import Answer


class Text(str):
    """A pattern that a text must fit in full."""

    __slots__ = ()


def _id(prefix: str, parts: int = 1) -> Text:
    return Text(rf"{prefix}_[0-9a-z]{{{26 * parts}}}")


TIME = Text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DAY, WORD, ANY = Text(r"\d{4}-\d\d-\d\d"), Text(r"[a-z_]+"), Text(r"(?s).*")
# A field whose name ends in `?` may be missing; a tuple lists what a value may be.
USER = {
    "id": _id("usr"),
    "name": ANY,
    "email": (ANY, None),
    "phone": (ANY, None),
    "roles": [WORD],
    "createdAt": TIME,
    "prefs": {"emailNotifications": bool, "smsNotifications": bool, "language": ANY, "favouriteTheaterIds": [ANY]},
}
PAIR = {"user": USER, "accessToken": ANY, "refreshToken": ANY, "tokenType": Text("Bearer"), "expiresIn": int}
MOVIE = {
    "id": _id("mov"),
    "tmdbId": (int, None),
    "title": ANY,
    "genres": [ANY],
    "runtime": int,
    "rating": (ANY, float, None),
    "poster": (ANY, None),
    "backdrop": (ANY, None),
    "cast": [ANY],
    "language": ANY,
    "synopsis": (ANY, None),
    "releaseDate": (DAY, None),
}
THEATER = {
    "id": _id("thr"),
    "name": ANY,
    "address": ANY,
    "city": ANY,
    "geo": {"lat": float, "lng": float},
    "timezone": ANY,
    "contact": {"phone?": ANY, "email?": ANY},
    "amenities": [ANY],
    "cancellationPolicy": dict,
    "code": Text("[0-9A-Z]{1,3}"),
    "taxId?": ANY,
}
SCREEN = {
    "id": _id("scr"),
    "theaterId": _id("thr"),
    "name": ANY,
    "layout": {
        "rows": int,
        "cols": int,
        "aisles": [int],
        "gaps": [ANY],
        "blocked": [ANY],
        "accessible": [ANY],
        "seatTypes": [{"type": ANY, "rows": [ANY], "priceFactor": float}],
    },
}
SHOWTIME = {
    "id": _id("sho"),
    "movieId": _id("mov"),
    "theaterId": _id("thr"),
    "screenId": _id("scr"),
    "startAt": TIME,
    "endAt": TIME,
    "language": ANY,
    "format": ANY,
    "basePrice": int,
    "priceFrom": int,
    "currency": Text("[A-Z]{3}"),
    "dynamicPricingRules": [dict],
    "status": Text("scheduled|cancelled|finished"),
    "movie": {"title": ANY, "poster": (ANY, None), "runtime": int},
    "theater": {"name": ANY, "timezone": ANY},
    "screen": {"name": ANY},
    "seatsTotal": int,
    "seatsAvailable": int,
    "ticketTypes": [{"type": ANY, "label": ANY, "percent": int}],
}
SEAT = {
    "seatId": Text(r"[A-Z]+\d+"),
    "row": Text("[A-Z]+"),
    "number": int,
    "type": ANY,
    "price": int,
    "status": Text("available|held|sold|blocked"),
    "accessible?": bool,
    "mine?": bool,
    "holdId?": _id("hld", 2),
}
MAP = {
    "showtimeId": _id("sho"),
    "version": int,
    "currency": Text("[A-Z]{3}"),
    "seats": [SEAT],
    "layout": {"rows": int, "cols": int, "aisles": [int]},
}
STATE = {"showtimeId": _id("sho"), "version": int, "state": Text("[ahsb]+")}
QUOTE = {
    "lines": [{"seatId": ANY, "type": ANY, "ticketType": ANY, "price": int, "rules": list}],
    "subtotal": int,
    "fees": int,
    "taxes": int,
    "total": int,
    "currency": Text("[A-Z]{3}"),
}
HOLD = {
    "id": _id("hld", 2),
    "showtimeId": _id("sho"),
    "seatIds": [ANY],
    "expiresAt": TIME,
    "now": TIME,
    "status": Text("active|released|expired|sold"),
    "bookingId": _id("bkg"),
    "quote": QUOTE,
}
BEST_SEATS = {**HOLD, "split": bool}
ORDER = {
    "paymentId": _id("pay"),
    "bookingId": _id("bkg"),
    "provider": Text("razorpay"),
    "orderId": ANY,
    "amount": int,
    "currency": Text("[A-Z]{3}"),
    "keyId": ANY,
}
REFUNDING = Text("due|pending|done|failed")
PAYMENT = {
    "id": _id("pay"),
    "provider": Text("razorpay"),
    "providerRef": ANY,
    "bookingId": _id("bkg"),
    "amount": int,
    "currency": Text("[A-Z]{3}"),
    "refunds": [{"amount": int, "status": REFUNDING, "reason": ANY}],
    "status": Text("created|authorized|succeeded|failed|partially_refunded|refunded"),
}
BOOKED = {"ticketType": ANY, "status": Text("booked|cancelled")}
BOOKING = {
    "id": _id("bkg"),
    "reference": Text("[0-9A-Z]{8}"),
    "reason?": WORD,
    "status": Text("pending|confirmed|checked_in|expired|refunded|cancelled"),
    "showtime": {
        "id": _id("sho"),
        "startAt": TIME,
        "timezone": ANY,
        "movieTitle": ANY,
        "poster": (ANY, None),
        "theaterName": ANY,
        "address": ANY,
        "screenName": ANY,
        "language": ANY,
        "format": ANY,
    },
    "seats": [{"seatId": ANY, "label": {"row": ANY, "number": ANY}, "type": ANY, "price": int, **BOOKED}],
    "amount": int,
    "fees": int,
    "taxes": int,
    "currency": Text("[A-Z]{3}"),
    "paymentId": _id("pay"),
    "qrCode": (ANY, None),
    "createdAt": TIME,
    "confirmedAt": (TIME, None),
    "cancelledAt": (TIME, None),
    "refund?": {"amount": int, "status": REFUNDING},
    "invoiceNumber?": Text("[0-9A-Z]{1,3}/[0-9-]+/[0-9]{6}"),
}
CANCEL_QUOTE = {
    "seatIds": [ANY],
    "paid": int,
    "kept": int,
    "refund": int,
    "currency": Text("[A-Z]{3}"),
    "tier": {"hoursBefore": float, "refundPercent": int},
    "feesRefunded": bool,
    "validUntil": TIME,
}
NEW_MOVIE = {
    "title": "Été",
    "genres": ["Drama"],
    "runtime": 90,
    "rating": "UA",
    "language": "fr",
    "synopsis": "One.\nTwo.",
    "releaseDate": "2026-05-01",
    "poster": "https://img.test/p.jpg",
    "backdrop": "https://img.test/b.jpg",
    "cast": ["A", "B"],
    "tmdbId": 7,
}


def fits(value: Any, shape: Any, at: str = "$") -> None:
    """Raise where a value is not of the shape; fields that the shape does not know are welcome."""
    match shape:
        case tuple():
            fits(value, None if value is None else shape[0], at)
        case Text():
            assert isinstance(value, str), (at, value)
            assert re.fullmatch(shape, value), (at, value)
        case dict():
            assert isinstance(value, dict), (at, value)
            for name, inner in shape.items():
                field = name.removesuffix("?")
                assert field in value or name.endswith("?"), (at, field)
                if field in value:
                    fits(value[field], inner, f"{at}.{field}")
        case [inner]:
            assert isinstance(value, list), (at, value)
            for number, one in enumerate(value):
                fits(one, inner, f"{at}.{number}")
        case None:
            assert value is None, (at, value)
        case _ if shape is float:
            assert isinstance(value, int | float), (at, value)
            assert not isinstance(value, bool), (at, value)
        case _:
            assert type(value) is shape, (at, value)


def fitting(answer: Answer, status: int, shape: Any) -> Any:
    """The body of an answer with that status and shape."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/json"
    fits(answer.body, shape)
    return answer.body


def listed(answer: Answer, shape: Any) -> Any:
    """A list's items."""
    body = fitting(answer, 200, {"items": [shape], "total": int, "page": int, "pageSize": int})
    assert len(body["items"]) <= body["pageSize"]
    return body["items"]
