"""The invariants, as pure functions over what was read: each returns one line for every violation."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from stack.audit.books import Books, Document, alive
from stack.audit.drift import books_agree
from stack.audit.gate import let_in_once
from stack.audit.money import (
    confirmed_is_paid,
    counter_takes_its_terms,
    disputes_are_cases,
    drift_is_a_case,
    free_costs_nothing,
    money_adds_up,
    refunds_once,
    settled_is_recorded,
)
from stack.audit.policy import refunds_follow_policy
from stack.audit.reports import reports_are_sums, reports_tie_to_payment
from stack.audit.series import numbers_have_no_gap
from stack.audit.waitlists import waitlists_are_fair

_CONFIRMATION = "mail:confirmation:"
_NEWER_TICKETS = ("mail:seats_cancelled:", "mail:seats_moved:")


def violations(books: Books) -> list[str]:
    """Every violation found, in the order of the invariants."""
    checks = (
        one_owner_a_seat,
        ledger_is_bookings,
        money_adds_up,
        confirmed_is_paid,
        free_costs_nothing,
        counter_takes_its_terms,
        disputes_are_cases,
        settled_is_recorded,
        refunds_once,
        drift_is_a_case,
        books_agree,
        refunds_follow_policy,
        ticket_and_mail_once,
        let_in_once,
        numbers_have_no_gap,
        reports_tie_to_payment,
        reports_are_sums,
        maps_are_ledgers,
        moved_seats_are_owned,
        nobody_pays_for_a_blocked_seat,
        waitlists_are_fair,
    )
    return [f"{check.__name__}: {line}" for check in checks for line in check(books)]


def one_owner_a_seat(books: Books) -> Iterator[str]:
    """A seat of a showtime has at most one owner among confirmed and checked-in bookings."""
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for booking in alive(books):
        for seat in booking["seat_ids"]:
            owners[booking["showtime_id"], seat].append(booking["_id"])
    yield from (f"{show} {seat} belongs to {ids}" for (show, seat), ids in owners.items() if len(ids) > 1)


def ledger_is_bookings(books: Books) -> Iterator[str]:
    """The ledgers' sold seats are exactly those of confirmed and checked-in bookings."""
    sold = {(ledger["_id"], seat, owner) for ledger in books.ledgers for seat, owner in ledger["sold"].items()}
    owned = {(b["showtime_id"], seat, b["_id"]) for b in alive(books) for seat in b["seat_ids"]}
    yield from (f"{show} {seat} is sold to {owner}, not confirmed" for show, seat, owner in sorted(sold - owned))
    yield from (f"{show} {seat} of {owner} is not in the ledger" for show, seat, owner in sorted(owned - sold))


def ticket_and_mail_once(books: Books) -> Iterator[str]:
    """Every confirmed booking has a ticket for each version and one confirmation, which is handed over again only when
    no answer was seen, or waits for another try. A customer at the counter who gave no address has the ticket on paper.
    """
    mails: dict[str, list[Document]] = defaultdict(list)
    for delivery in books.deliveries:
        if delivery["_id"].startswith((_CONFIRMATION, *_NEWER_TICKETS)):
            mails[delivery["booking_id"]].append(delivery)
    for booking in alive(books):
        versions = _ticket_versions(booking)
        if len(booking.get("tickets") or ()) != versions:
            yield f"{booking['_id']} has not one ticket for each of its {versions} versions"
        of_booking = mails[booking["_id"]]
        if _has_address(booking):
            yield from (f"{booking['_id']} {line}" for line in _mailed_once(of_booking, books))
        elif of_booking:
            yield f"{booking['_id']} has no address, and mails {[delivery['_id'] for delivery in of_booking]}"


def _mailed_once(mails: list[Document], books: Books) -> Iterator[str]:
    """One confirmation; one that seats were cancelled or moved before it went out gave way to the mail of that."""
    confirmations = [mail for mail in mails if mail["_id"].startswith(_CONFIRMATION)]
    if [mail["status"] for mail in confirmations] == ["suppressed"]:
        newer = [mail for mail in mails if mail["_id"].startswith(_NEWER_TICKETS) and mail["status"] == "sent"]
        if not newer:
            yield f"has a suppressed confirmation, and no newer mail: {[(d['_id'], d['status']) for d in mails]}"
        return
    if [mail["status"] for mail in confirmations] not in (["sent"], ["queued"]):
        yield f"has confirmations {[(d['_id'], d['status']) for d in confirmations]}"
        return
    caught, attempts = books.mails[confirmations[0]["message_id"]], confirmations[0]["attempts"]
    is_missing = caught == 0 and confirmations[0]["status"] == "sent"
    if is_missing or (caught > 1 and caught > attempts):
        yield f"has a confirmation that was caught {caught} times in {attempts} attempts"


def _ticket_versions(booking: Document) -> int:
    """One, and one more for each time that seats were cancelled, or moved after the first was issued."""
    facts = booking.get("facts", {})
    cancelled = sum(bool(grant["seat_ids"]) for grant in facts.get("grants", ()))
    moved = sum(bool(move["is_new"] and move["ticket_version"] > 1) for move in facts.get("reseatings", ()))
    return 1 + cancelled + moved


def _has_address(booking: Document) -> bool:
    facts = booking.get("facts", {})
    is_of_counter = (facts.get("paid") or {}).get("tender") is not None
    return not is_of_counter or bool((facts.get("contact") or {}).get("email"))


def moved_seats_are_owned(books: Books) -> Iterator[str]:
    """A moved booking owns the seats where the ledger says that its own are, and no others."""
    for ledger in books.ledgers:
        for booking_id, moved in ledger.get("moved", {}).items():
            owned = {seat for seat, owner in ledger["sold"].items() if owner == booking_id}
            if owned and owned != set(moved["seats"].values()):
                yield f"{ledger['_id']} {booking_id} owns {sorted(owned)}, and is said to be at {moved['seats']}"


def nobody_pays_for_a_blocked_seat(books: Books) -> Iterator[str]:
    """No seat that is taken out is in a checkout that is not over."""
    now = datetime.now(UTC)
    for ledger in books.ledgers:
        for seat in set(ledger.get("blocked", ())) & ledger.get("checkouts", {}).keys():
            checkout = ledger["checkouts"][seat]
            if checkout["until"] > now:
                yield f"{ledger['_id']} {checkout['hold_id']} is in checkout with {seat}, which is blocked"


def maps_are_ledgers(books: Books) -> Iterator[str]:
    """What a seat map shows sold is what the ledger says is sold."""
    for ledger in books.ledgers:
        shown, sold = books.maps.get(ledger["_id"]), frozenset(ledger["sold"])
        if shown is not None and shown != sold:
            yield f"{ledger['_id']} shows {sorted(shown - sold)} sold too many, {sorted(sold - shown)} too few"
