"""The invariants, as pure functions over what was read: each returns one line for every violation."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
ALIVE = frozenset({"confirmed", "checked_in"})


@dataclass(frozen=True)
class Books:
    """All that is compared. `maps` holds, for each showtime, the seat ids shown sold; `mails` counts by Message-ID;
    `strangers` are captures that webhooks told of and that fit no payment of ours: `make status` shows them."""

    bookings: list[Document] = field(default_factory=list)
    payments: list[Document] = field(default_factory=list)
    ledgers: list[Document] = field(default_factory=list)
    deliveries: list[Document] = field(default_factory=list)
    captures: list[Document] = field(default_factory=list)
    refunds: list[Document] = field(default_factory=list)
    maps: dict[str, frozenset[str]] = field(default_factory=dict)
    mails: Counter[str] = field(default_factory=Counter)
    strangers: frozenset[str] = frozenset()


def violations(books: Books) -> list[str]:
    """Every violation found, in the order of the invariants."""
    checks = (one_owner_a_seat, ledger_is_bookings, money_adds_up, confirmed_is_paid, refunds_once,
              ticket_and_mail_once, maps_are_ledgers)  # fmt: skip
    return [f"{check.__name__}: {line}" for check in checks for line in check(books)]


def one_owner_a_seat(books: Books) -> Iterator[str]:
    """A seat of a showtime has at most one owner among confirmed and checked-in bookings."""
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for booking in _alive(books):
        for seat in booking["seat_ids"]:
            owners[booking["showtime_id"], seat].append(booking["_id"])
    yield from (f"{show} {seat} belongs to {ids}" for (show, seat), ids in owners.items() if len(ids) > 1)


def ledger_is_bookings(books: Books) -> Iterator[str]:
    """The ledgers' sold seats are exactly those of confirmed and checked-in bookings."""
    sold = {(ledger["_id"], seat, owner) for ledger in books.ledgers for seat, owner in ledger["sold"].items()}
    owned = {(b["showtime_id"], seat, b["_id"]) for b in _alive(books) for seat in b["seat_ids"]}
    yield from (f"{show} {seat} is sold to {owner}, not confirmed" for show, seat, owner in sorted(sold - owned))
    yield from (f"{show} {seat} of {owner} is not in the ledger" for show, seat, owner in sorted(owned - sold))


def _alive(books: Books) -> list[Document]:
    return [booking for booking in books.bookings if booking["status"] in ALIVE]


def money_adds_up(books: Books) -> Iterator[str]:
    """captured = kept + refunded + refund due, for every capture in the provider's books without an open case."""
    refunded, due = _refunded(books), _refunds_due(books)
    kept_by = {booking["capture_id"]: booking for booking in books.bookings if booking.get("capture_id")}
    kept_of = {capture["id"]: _kept(kept_by.get(capture["id"])) for capture in books.captures}
    cases = _in_open_cases(books, kept_of) | books.strangers
    for capture in books.captures:
        which, amount = capture["id"], capture["amount"]
        kept = kept_of[which]
        if amount != kept + refunded[which] + due[which] and which not in cases:
            yield f"{which}: captured {amount}, kept {kept}, refunded {refunded[which]}, due {due[which]}"


def _refunded(books: Books) -> Counter[str]:
    """What went back, by capture, in the provider's books."""
    back: Counter[str] = Counter()
    for refund in books.refunds:
        if refund["status"] != "failed":
            back[refund["payment_id"]] += refund["amount"]
    return back


def _kept(booking: Document | None) -> int:
    """What we may keep: all of a confirmed booking's money but what was granted back, nothing of others'."""
    if booking is None or booking["status"] not in ALIVE | {"cancelled"}:
        return 0
    granted = booking.get("refund") or {}
    return int(booking["amount"]) - int(granted.get("amount", 0))


def _refunds_due(books: Books) -> Counter[str]:
    """What we still owe; a refund by hand that failed is owed, if at all, as one of ours."""
    due: Counter[str] = Counter()
    for payment in books.payments:
        for refund in payment.get("refunds", ()):
            if refund["status"] in {"due", "failed"} and not refund["by_hand"]:
                due[refund["capture_id"]] += refund["amount"]
    return due


def _in_open_cases(books: Books, kept: Mapping[str, int]) -> frozenset[str]:
    """A refund by hand explains why less is kept than may be, and nothing where nothing may be kept."""
    cases = (case for payment in books.payments for case in payment.get("cases", ()) if case["open"])
    return frozenset(
        case["capture_id"] for case in cases if case["kind"] != "refund_by_hand" or kept.get(case["capture_id"])
    )


def confirmed_is_paid(books: Books) -> Iterator[str]:
    """No booking is confirmed without a captured payment of its amount and currency."""
    captures = {capture["id"]: capture for capture in books.captures}
    for booking in _alive(books):
        paid = captures.get(booking.get("capture_id", ""), {})
        if (paid.get("amount"), paid.get("currency")) != (booking["amount"], booking["currency"]):
            yield f"{booking['_id']} of {booking['amount']} {booking['currency']} was paid by {paid or 'nothing'}"


def refunds_once(books: Books) -> Iterator[str]:
    """Every refund is made once: no receipt twice at the provider, and never more back than came."""
    made = [refund["receipt"] for refund in books.refunds if refund.get("receipt") and refund["status"] != "failed"]
    yield from (f"{receipt} was refunded {times} times" for receipt, times in Counter(made).items() if times > 1)
    came = {capture["id"]: capture["amount"] for capture in books.captures}
    for which, total in _refunded(books).items():
        if total > came.get(which, 0):
            yield f"{which}: {total} went back of {came.get(which, 0)}"


def ticket_and_mail_once(books: Books) -> Iterator[str]:
    """Every confirmed booking has one ticket and one confirmation; handed over again only when no answer was seen."""
    confirmations: dict[str, list[Document]] = defaultdict(list)
    for delivery in books.deliveries:
        if delivery["_id"].startswith("confirmation:"):
            confirmations[delivery["booking_id"]].append(delivery)
    for booking in _alive(books):
        if not booking.get("ticket"):
            yield f"{booking['_id']} has no ticket"
        found = confirmations[booking["_id"]]
        if len(found) != 1 or found[0]["status"] != "delivered":
            yield f"{booking['_id']} has confirmations {[(d['_id'], d['status']) for d in found]}"
            continue
        caught = books.mails[found[0]["message_id"]]
        if caught == 0 or (caught > 1 and caught > found[0]["attempts"]):
            yield f"{booking['_id']}: its confirmation was caught {caught} times in {found[0]['attempts']} attempts"


def maps_are_ledgers(books: Books) -> Iterator[str]:
    """What a seat map shows sold is what the ledger says is sold."""
    for ledger in books.ledgers:
        shown, sold = books.maps.get(ledger["_id"]), frozenset(ledger["sold"])
        if shown is not None and shown != sold:
            yield f"{ledger['_id']} shows {sorted(shown - sold)} sold too many, {sorted(sold - shown)} too few"
