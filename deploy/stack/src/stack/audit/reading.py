"""Read everybody's books from a running stack: Mongo, the provider, the mail catcher and the public seat maps."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.database import Database
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from stack.audit import provider_books
from stack.audit.books import Books, Document
from stack.audit.later import mails_under_way, set_for_later
from stack.audit.provider_books import ProviderBooks
from stack.calls import call
from stack.servers.rabbitmq import COUNT_MILLISECONDS
from stack.table import PAYMENT_PROVIDERS

StackInfo = dict[str, Any]
_SETTLED = {"status": "settled", "payment_status": "captured", "payment_id": {"$ne": None}}
DATABASES = ("identity", "catalog", "seating", "booking", "payment", "notify")
DRAIN_SECONDS = 60
QUIET_SECONDS = COUNT_MILLISECONDS / 1000 + 1.5  # the broker's totals of a queue are that old
TOTALS = "?disable_stats=true&enable_queue_totals=true"


def read(stack_info: StackInfo) -> Books:
    """Everything the checks compare."""
    with MongoClient[Document](stack_info["servers"]["mongo"]["uri"], tz_aware=True) as mongo:
        ledgers = list(mongo["seating"]["ledgers"].find({}, {"sold": 1, "moved": 1, "blocked": 1, "checkouts": 1}))
        payments = list(mongo["payment"]["payments"].find({}))
        provided = _provider_books(stack_info) + provider_books.counter(payments)
        booking = mongo["booking"]
        build = (booking["report_builds"].find_one() or {"current": 1})["current"]
        return Books(
            bookings=list(booking["bookings"].find({})),
            payments=payments,
            ledgers=ledgers,
            deliveries=list(mongo["notify"]["deliveries"].find({})),
            waitlist=list(mongo["seating"]["waitlist"].find({}, {"outbox": 0})),
            series=list(booking["series"].find({})),
            captures=provided.captures,
            refunds=provided.refunds,
            disputes=provided.disputes,
            maps=dict(_maps(stack_info, [ledger["_id"] for ledger in ledgers])),
            mails=_mails(stack_info),
            strangers=frozenset(_strangers(mongo["payment"], provided.captures)),
            settled=frozenset(mongo["payment"]["inbox"].distinct("payment_id", _SETTLED)),
            report_bookings=list(booking[f"report_bookings_{build}"].find({})),
            report_sales=list(booking[f"report_sales_{build}"].find({})),
            report_attendance=list(booking[f"report_attendance_{build}"].find({})),
        )


def _provider_books(stack_info: StackInfo) -> ProviderBooks:
    simulators = {name: stack_info["simulators"][name] for name in PAYMENT_PROVIDERS}
    return provider_books.of_ledgers(
        {name: call("GET", f"{url}/_sim/ledger", seconds=30).json for name, url in simulators.items()}
    )


def _strangers(payment: Database[Document], at_provider: Iterable[Document]) -> Iterator[str]:
    """Payments at the provider that are known not to be ours, or that it told of and does not know itself."""
    known = {document["provider_id"] for document in payment["foreign_orders"].find({}, {"provider_id": 1})}
    known.update(
        document["payment_id"] for document in payment["inbox"].find({"status": "unmatched"}, {"payment_id": 1})
    )
    yield from (capture["id"] for capture in at_provider if capture["id"] in known or capture["order_id"] in known)


def _maps(stack_info: StackInfo, showtimes: list[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for showtime in showtimes:
        answer = call("GET", f"{stack_info['gateway']}/api/seats/availability?showtimeId={quote(showtime)}", seconds=30)
        if answer.status == 200:
            yield showtime, frozenset(seat["seatId"] for seat in answer.json["seats"] if seat["status"] == "sold")


def _mails(stack_info: StackInfo) -> Counter[str]:
    """From the catcher's books: its box may have been emptied."""
    taken = call("GET", f"{stack_info['mail']['http']}/_sim/ledger", seconds=60).json["messages"]
    return Counter(message["messageId"] for message in taken)


def drained(stack_info: StackInfo) -> list[str]:
    """Wait until nothing is left to do and nothing has been under way for a while, 60 s at most; what is left then, a
    line each."""
    now = time.monotonic()
    deadline, quiet_since = now + DRAIN_SECONDS, now
    while True:
        waiting, due = _under_way(stack_info) or _to_come(stack_info), _due(stack_info)
        now = time.monotonic()
        quiet_since = now if waiting else quiet_since
        if now > deadline or (not due and now - quiet_since > QUIET_SECONDS):
            return waiting + due
        time.sleep(0.25)


def later(stack_info: StackInfo) -> list[str]:
    """What is set for later in the services' stores, a line for each collection."""
    with MongoClient[Document](stack_info["servers"]["mongo"]["uri"], tz_aware=True) as mongo:
        return list(set_for_later(mongo[name] for name in DATABASES))


def _under_way(stack_info: StackInfo) -> list[str]:
    """Events that have not been handled yet, wherever they are."""
    unsent = _matching(stack_info, {"outbox.0": {"$exists": True}}, "with unsent events")
    return [*unsent, *_queues(stack_info), *_streams(stack_info)]


def _to_come(stack_info: StackInfo) -> list[str]:
    """What comes by itself: money that payment has not seen yet, and mails that are to be sent now."""
    provided = _provider_books(stack_info)
    with MongoClient[Document](stack_info["servers"]["mongo"]["uri"], tz_aware=True) as mongo:
        ids = {"captures.capture_id": 1, "refunds_seen.provider_refund_id": 1}
        payments = list(mongo["payment"]["payments"].find({}, ids))
        strangers = set(_strangers(mongo["payment"], provided.captures))
        mails = mails_under_way(mongo["notify"]["deliveries"])
    captures = {capture["capture_id"] for document in payments for capture in document.get("captures", ())} | strangers
    refunds = {refund["provider_refund_id"] for document in payments for refund in document.get("refunds_seen", ())}
    unseen = [capture["id"] for capture in provided.captures if capture["id"] not in captures]
    refunded = [refund for refund in provided.refunds if refund["payment_id"] not in strangers]
    unseen += [refund["id"] for refund in refunded if refund["id"] not in refunds]
    return [*(f"{which} is unseen" for which in unseen), *([f"{mails} mails are to be sent"] if mails else ())]


def _due(stack_info: StackInfo) -> list[str]:
    due = {"$or": [{"due_at": {"$lte": datetime.now(UTC)}}, {"unreported": {"$exists": True}}]}
    return list(_matching(stack_info, due, "with due work"))


def _matching(stack_info: StackInfo, query: Document, what: str) -> Iterator[str]:
    with MongoClient[Document](stack_info["servers"]["mongo"]["uri"], tz_aware=True) as mongo:
        for database in DATABASES:
            for name in mongo[database].list_collection_names():
                if count := mongo[database][name].count_documents(query):
                    yield f"{database}.{name}: {count} {what}"


def _queues(stack_info: StackInfo) -> Iterator[str]:
    """Messages that wait or are in hand, retries included; dead letters are left over for ever and said as such."""
    for queue in call("GET", f"{stack_info['servers']['rabbitmq']['management']}/api/queues{TOTALS}", seconds=30).json:
        if queue.get("messages"):
            yield f"queue {queue['name']}: {queue['messages']}"


def _streams(stack_info: StackInfo) -> Iterator[str]:
    with Redis.from_url(stack_info["servers"]["redis"]["url"]) as redis:
        try:
            streams = list(redis.scan_iter(match="{s:*}*", count=1000, _type="stream"))
            for key in streams:
                if length := redis.xlen(key):
                    yield f"stream {key.decode()}: {length}"
        except RedisAway as error:
            yield f"redis: {error}"
