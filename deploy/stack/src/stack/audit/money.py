"""Money: the provider's books against payments and bookings. What explains a difference is proved there too."""

from collections import Counter
from collections.abc import Iterator

from stack.audit.books import ALIVE, Books, Document, alive
from stack.audit.provider_books import COUNTER

FREE = "free"
_ENDING_IN_ZERO = frozenset({"BHD", "KWD", "OMR"})
_STEP = 10
IN_DOUBT = frozenset({"refund_failed", "no_verdict", "dispute", "refund_disputed", "drift"})
"""Cases that say of a capture that somebody has to look at its money."""


def money_adds_up(books: Books) -> Iterator[str]:
    """captured = kept + refunded + refund due, for every capture in the provider's books without an open case."""
    refunded, due = refunded_by_capture(books), refunds_due(books)
    bought, explained = _bookings(books), _differences(books)
    in_doubt = in_open_cases(books) | books.strangers
    for capture in books.captures:
        which, amount = capture["id"], capture["amount"]
        if which in in_doubt:
            continue
        retained = _kept(bought.get(which), explained[which])
        left = amount - refunded[which] - due[which]
        if not retained <= left <= retained + lost_to_rounding(capture, refunded[which]):
            yield f"{which}: captured {amount}, retained {retained}, refunded {refunded[which]}, due {due[which]}"


def confirmed_is_paid(books: Books) -> Iterator[str]:
    """No booking is confirmed without a captured payment of its amount and currency, or of one whose difference the
    provider's books explain; one of amount 0 has a free one, or was given away at the counter."""
    captures = {capture["id"]: capture for capture in books.captures}
    explained, free = _differences(books), {capture["capture_id"]: capture for capture in _free_captures(books)}
    for booking in alive(books):
        which, wanted = booking.get("capture_id", ""), (booking["amount"], booking["currency"])
        paid = captures.get(which) or (free.get(which, {}) if booking["amount"] == 0 else {})
        if (paid.get("amount", 0) - explained[which], paid.get("currency")) != wanted:
            yield f"{booking['_id']} of {booking['amount']} {booking['currency']} was paid by {paid or 'nothing'}"


def free_costs_nothing(books: Books) -> Iterator[str]:
    """What was booked without a payment has a total of 0, and nobody was ever asked for money or given any back."""
    for payment in books.payments:
        free = [capture for capture in payment.get("captures", ()) if capture.get("provider") == FREE]
        total = payment.get("sale", {}).get("quote", {}).get("total")
        if free and (total != 0 or any(capture["amount"] for capture in free)):
            yield f"{payment['_id']}: free, although its total is {total}"
        if free and (payment.get("orders") or any(refund["amount"] for refund in payment.get("refunds", ()))):
            yield f"{payment['_id']}: free, and money was asked for or given back"


def settled_is_recorded(books: Books) -> Iterator[str]:
    """A webhook of a capture is settled when the capture is in our books, by whatever it got there."""
    recorded = {capture["capture_id"] for payment in books.payments for capture in payment.get("captures", ())}
    yield from (f"{which} is settled and in no payment" for which in sorted(books.settled - recorded))


def refunds_once(books: Books) -> Iterator[str]:
    """Every refund is made once: no receipt twice at a provider, and never more back than came."""
    made = [refund["receipt"] for refund in books.refunds if refund.get("receipt") and refund["status"] != "failed"]
    yield from (f"{receipt} was refunded {times} times" for receipt, times in Counter(made).items() if times > 1)
    came = {capture["id"]: capture["amount"] for capture in books.captures}
    for which, total in refunded_by_capture(books).items():
        if total > came.get(which, 0):
            yield f"{which}: {total} went back of {came.get(which, 0)}"


def drift_is_a_case(books: Books) -> Iterator[str]:
    """Every refund in the provider's books is known here, and each by hand has a case, open or closed with a note."""
    known = {made["provider_refund_id"] for payment in books.payments for made in payment.get("refunds_seen", ())}
    for refund in books.refunds:
        if refund["id"] not in known and refund["payment_id"] not in books.strangers:
            yield f"{refund['payment_id']}: {refund['id']} at the provider is not known here"
    for payment in books.payments:
        cases = {case["about"]: case for case in payment.get("cases", ()) if case["kind"] == "refund_by_hand"}
        for refund in payment.get("refunds", ()):
            case = cases.get(refund["key"])
            if refund["by_hand"] and (case is None or not (case["open"] or case.get("note"))):
                yield f"{payment['_id']}: {refund['key']} was made by hand, and nobody is told"


def disputes_are_cases(books: Books) -> Iterator[str]:
    """Whatever a payer disputes at a provider is known here as a case, open or closed."""
    cases = (case for payment in books.payments for case in payment.get("cases", ()))
    known = {case["about"] for case in cases if case["kind"] == "dispute"}
    for dispute in books.disputes:
        if dispute["id"] not in known and dispute["payment_id"] not in books.strangers:
            yield f"{dispute['payment_id']}: its dispute {dispute['id']} is not known here"


def counter_takes_its_terms(books: Books) -> Iterator[str]:
    """What is given away at the counter costs nothing, cash covers its price, a card's payment has its reference; and
    no provider was asked for money that the counter took."""
    for payment in books.payments:
        for capture in payment.get("captures", ()):
            if capture.get("provider") == COUNTER:
                yield from (f"{payment['_id']}: {line}" for line in _against_terms(capture))


def _against_terms(capture: Document) -> Iterator[str]:
    terms = capture.get("counter") or {}
    match terms.get("tender"):
        case "complimentary":
            if capture["amount"]:
                yield f"given away, and {capture['amount']} was taken"
        case "cash":
            if terms.get("received") is not None and terms["received"] < capture["amount"]:
                yield f"{terms['received']} in cash for {capture['amount']}"
        case "card_terminal":
            if not terms.get("reference"):
                yield "paid by card without the terminal's reference"
        case None:
            yield "sold at the counter, and nobody knows how"


def _bookings(books: Books) -> dict[str, Document]:
    return {booking["capture_id"]: booking for booking in books.bookings if booking.get("capture_id")}


def refunded_by_capture(books: Books) -> Counter[str]:
    """What went back, by capture, in the provider's books."""
    back: Counter[str] = Counter()
    for refund in books.refunds:
        if refund["status"] != "failed":
            back[refund["payment_id"]] += refund["amount"]
    return back


def _kept(booking: Document | None, difference: int) -> int:
    """What we may keep: all of a confirmed booking's money but what was granted or went back by hand, nothing of
    others'."""
    if booking is None or booking["status"] not in ALIVE | {"cancelled"}:
        return 0
    granted = booking.get("refund") or {}
    return int(booking["amount"]) + difference - int(granted.get("amount", 0))


def refunds_due(books: Books) -> Counter[str]:
    """What we still owe; a refund by hand that failed is owed, if at all, as one of ours."""
    due: Counter[str] = Counter()
    for payment in books.payments:
        for refund in payment.get("refunds", ()):
            if refund["status"] in {"due", "failed"} and not refund["by_hand"]:
                due[refund["capture_id"]] += refund["amount"]
    return due


def lost_to_rounding(capture: Document, refunded: int) -> int:
    """What of a refund no provider can give back: amounts in these currencies end in 0."""
    return _STEP - 1 if refunded and capture.get("currency") in _ENDING_IN_ZERO else 0


def in_open_cases(books: Books) -> frozenset[str]:
    cases = (case for payment in books.payments for case in payment.get("cases", ()) if case["open"])
    return frozenset(case["capture_id"] for case in cases if case["kind"] in IN_DOUBT)


def _free_captures(books: Books) -> Iterator[Document]:
    for payment in books.payments:
        yield from (capture for capture in payment.get("captures", ()) if capture.get("provider") == FREE)


def _differences(books: Books) -> Counter[str]:
    """By how much each capture that won differs from its sale, as far as the provider's own books explain it."""
    captures, differences = {capture["id"]: capture for capture in books.captures}, Counter[str]()
    for payment in books.payments:
        total = payment.get("sale", {}).get("quote", {}).get("total")
        orders = {order["order_id"]: order for order in payment.get("orders", ())}
        for capture in payment.get("captures", ()):
            order, at_provider = orders.get(capture.get("order_id")), captures.get(capture["capture_id"])
            if capture["match"] == "winner" and order and at_provider and total is not None:
                differences[capture["capture_id"]] = _rounding(order, total) + _explained(capture, order, at_provider)
    return differences


def _rounding(order: Document, total: int) -> int:
    less = total - order["amount"]
    fits = order["currency"] in _ENDING_IN_ZERO and 0 < less < _STEP and order["amount"] % _STEP == 0
    return -less if fits else 0


def _explained(capture: Document, order: Document, at_provider: Document) -> int:
    """What payment accepted as explained, where the provider's entry says so too."""
    difference = capture.get("difference") or {}
    more = at_provider["amount"] - order["amount"]
    if not difference.get("accepted") or difference["amount"] != more:
        return 0
    if difference["reason"] == "offer":
        return more if more < 0 and at_provider.get("offer_id") else 0
    return more if 0 < more <= (at_provider.get("fee") or 0) else 0
