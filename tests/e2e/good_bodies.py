"""A body for each public call that takes one, good as it is."""

from tests.e2e.conftest import YEAR

PHONE = "+919876543211"
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
CHILD = {"type": "child", "label": "Child", "percent": 60, "proof": True}
FEE = {"name": "f", "perTicket": 100, "taxRate": 1800}
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
BEST_SEATS = {"showtimeId": "{showtime}", "count": 2, "accessible": False}
WAITLIST_ENTRY = {"showtimeId": "{showtime}", "count": 10}
CONFIRM = {"orderId": "{order}", "razorpayPaymentId": "pay_x", "razorpaySignature": "0" * 64}
COUNTER_SALE = {
    "holdId": "{hold}",
    "tender": "cash",
    "received": 10**9,
    "reference": "T-1",
    "customer": {"name": "A", "email": "a@b.test", "phone": "+919876543210"},
}
CHECK_IN = {"reference": "7KQ2M9XD", "showtimeId": "{showtime}", "deviceId": "gate-1"}
SCAN = {"reference": "7KQ2M9XD", "scannedAt": "2026-01-01T00:00:00Z"}
UPLOAD = {"showtimeId": "{showtime}", "deviceId": "gate-1", "scans": [SCAN]}
TWELVE = [f"B{number}" for number in range(1, 13)]
