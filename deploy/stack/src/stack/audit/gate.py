"""What must hold of check-in, as pure functions over what was read."""

from collections.abc import Iterator

from stack.audit.books import Books, Document


def let_in_once(books: Books) -> Iterator[str]:
    """A booking is let in by one scan at most; it is checked in exactly when one did, unless theater or show ended it
    later; and nobody cancels who is inside."""
    for booking in books.bookings:
        scans = booking.get("facts", {}).get("scans", ())
        admitted = [scan for scan in scans if scan["outcome"] == "checked_in"]
        yield from (f"{booking['_id']} {line}" for line in _faults(booking, admitted, scans))


def _faults(booking: Document, admitted: list[Document], scans: list[Document]) -> Iterator[str]:
    if len(admitted) > 1:
        yield f"was let in {len(admitted)} times"
    if sorted(scan["number"] for scan in scans) != list(range(1, len(scans) + 1)):
        yield f"has scans with the numbers {[scan['number'] for scan in scans]}"
    if booking["status"] == "checked_in" and not admitted:
        yield "is checked in, and no scan let it in"
    if admitted and booking["status"] not in {"checked_in", "cancelled"}:
        yield f"was let in, and is {booking['status']}"
    if admitted and booking.get("reason") == "by_guest":
        yield "was let in, and cancelled by its guest"
