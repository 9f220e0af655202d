"""What the account shows of itself: its balance with every line of it, and the events of the last thirty days."""

from __future__ import annotations

from collections import defaultdict
from fnmatch import fnmatchcase

from simulators.journal import JsonObject
from simulators.stripe.books import Books
from simulators.stripe.events import Events
from simulators.stripe.forms import Params

_KEPT_SECONDS = 30 * 24 * 3600


def balance(books: Books, params: Params) -> JsonObject:
    """What is there to be paid out, and what has not settled, by currency."""
    params.refuse_unknown({"expand"})
    sums: dict[str, dict[str, int]] = {"available": defaultdict(int), "pending": defaultdict(int)}
    for line in books.journal.all("balance_transaction"):
        sums[_status(books, line)][line["currency"]] += line["net"]
    parts = {
        name: [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in amounts.items()
        ]
        for name, amounts in sums.items()
    }
    return {"object": "balance", "livemode": books.livemode, "refund_and_dispute_prefunding": None, **parts}


def transactions(books: Books, params: Params) -> JsonObject:
    source, kind, currency = params.text("source"), params.text("type"), params.text("currency")

    def fits(line: JsonObject) -> bool:
        return all(
            wanted in (None, value)
            for wanted, value in ((source, line["source"]), (kind, line["type"]), (currency, line["currency"]))
        )

    page = books.page("balance_transaction", params, fits, ("source", "type", "currency", "payout"))
    return page | {"data": [line | {"status": _status(books, line)} for line in page["data"]]}


def events(books: Books, events: Events, params: Params) -> JsonObject:
    kinds = params.listed("types") or [kind for kind in (params.text("type"),) if kind is not None]
    delivered, since = params.boolean("delivery_success"), books.now() - _KEPT_SECONDS

    def fits(event: JsonObject) -> bool:
        if event["created"] < since or not (not kinds or any(fnmatchcase(event["type"], kind) for kind in kinds)):
            return False
        return delivered is None or events.was_delivered(event) == delivered

    page = books.page("event", params, fits, ("type", "types", "delivery_success"))
    return page | {"data": [events.listed(event) for event in page["data"]]}


def _status(books: Books, line: JsonObject) -> str:
    return "available" if line["available_on"] <= books.now() else "pending"
