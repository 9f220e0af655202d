"""Waiting lists: nobody waits twice for a showtime, no seat is offered to two, and no offer stays half made."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from stack.audit.books import Books

_MADE_WITHIN = timedelta(seconds=60)  # an offer can be made for 10 s, and is looked up a second later


def waitlists_are_fair(books: Books) -> Iterator[str]:
    """One open entry for each user and showtime; a live offer's seats are nobody else's; each offer was announced."""
    now = datetime.now(UTC)
    waiting = Counter((entry["showtime_id"], entry["user_id"]) for entry in books.waitlist if entry.get("open"))
    for (showtime_id, user_id), count in waiting.items():
        if count > 1:
            yield f"{user_id} waits {count} times for {showtime_id}"
    offers = [entry for entry in books.waitlist if entry["status"] == "offered" and entry["offer"]["expires_at"] > now]
    seats = Counter((entry["showtime_id"], seat) for entry in offers for seat in entry["offer"]["seat_ids"])
    for (showtime_id, seat), count in seats.items():
        if count > 1:
            yield f"{seat} of {showtime_id} is offered to {count}"
    for entry in books.waitlist:
        if entry["status"] == "offering" and entry["offer"]["made_by"] + _MADE_WITHIN < now:
            yield f"the offer to {entry['_id']} is neither made nor taken back"
