"""The reports against payment's and the provider's books, and against the bookings that they are sums of."""

from collections import Counter
from collections.abc import Iterator

from stack.audit.books import ALIVE, Books, Document
from stack.audit.money import in_open_cases, lost_to_rounding, refunded_by_capture, refunds_due

FIGURES = ("gross", "refunds", "fees", "taxes", "tickets", "bookings")
SEATS = ("sold", "unscanned")
_KEY = ("theater_id", "movie_id", "tender", "currency")


def reports_tie_to_payment(books: Books) -> Iterator[str]:
    """Every booking that was ever confirmed is in the reports, with what its capture brought, and with what went back
    of it or is due to."""
    reported = {contribution["_id"]: contribution for contribution in books.report_bookings}
    captures = {capture["id"]: capture for capture in books.captures}
    refunded, due, in_doubt = refunded_by_capture(books), refunds_due(books), in_open_cases(books)
    for booking in books.bookings:
        if not booking.get("confirmed_at") or not (booking.get("facts") or {}).get("show"):
            continue
        contribution, which = reported.get(booking["_id"]), booking.get("capture_id", "")
        if contribution is None:
            yield f"{booking['_id']} is confirmed and in no report"
            continue
        capture = captures.get(which, {"amount": 0})
        gross, refunds = (_sum(contribution, name) for name in ("gross", "refunds"))
        if gross != capture["amount"]:
            yield f"{booking['_id']}: {gross} in the reports, {capture['amount']} were captured"
        seats = len(booking["seat_ids"]) if booking["status"] in ALIVE else 0
        if contribution["attendance"]["sold"] != seats:
            yield f"{booking['_id']}: {contribution['attendance']['sold']} seats in the reports, {seats} are booked"
        back = refunded[which] + due[which]
        if which not in in_doubt and not back <= refunds <= back + lost_to_rounding(capture, refunded[which]):
            yield f"{booking['_id']}: {refunds} refunded in the reports, {back} in payment's books"


def reports_are_sums(books: Books) -> Iterator[str]:
    """The sums are those of what the bookings contribute."""
    summed: Counter[tuple[str, ...]] = Counter()
    for contribution in books.report_bookings:
        for day in contribution.get("days", ()):
            for name in FIGURES:
                summed[*(contribution[part] for part in _KEY), day["day"], name] += day[name]
    stored = {
        (*(row[part] for part in _KEY), row["day"], name): row.get(name, 0)
        for row in books.report_sales
        for name in FIGURES
    }
    for key in sorted(summed.keys() | stored.keys()):
        if summed[key] != stored.get(key, 0):
            yield f"{key}: {stored.get(key, 0)} in the reports, {summed[key]} by the bookings"
    yield from _seats_are_sums(books)


def _seats_are_sums(books: Books) -> Iterator[str]:
    summed: Counter[tuple[str, str]] = Counter()
    for contribution in books.report_bookings:
        for name, seats in contribution.get("attendance", {}).items():
            summed[contribution["showtime_id"], name] += seats
    stored = {(row["_id"], name): row.get(name, 0) for row in books.report_attendance for name in SEATS}
    for showtime_id, name in sorted(summed.keys() | stored.keys()):
        seats, shown = summed[showtime_id, name], stored.get((showtime_id, name), 0)
        if seats != shown:
            yield f"{showtime_id}: {shown} {name} in the reports, {seats} by the bookings"


def _sum(contribution: Document, name: str) -> int:
    return sum(int(day[name]) for day in contribution.get("days", ()))
