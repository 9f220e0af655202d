"""Payments in Mongo: one document each, changed only on condition of its version, with the events that follow."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import CodecOptions, decode, encode
from cachetools import LRUCache
from pymongo import IndexModel

from chassis import due as due_work
from chassis import telemetry
from chassis.envelope import Envelope, seal
from chassis.flat import fields_of
from chassis.mongo import UNREAD, Document
from chassis.outbox import Outbox, push
from contracts.ids import PaymentId, is_id
from payment.advance import advance
from payment.cases import Kind
from payment.domain import Facts
from payment.payment import Change, OpenedCase, OrderOpening, Payment
from payment.record import FACT_NAMES, changed_facts
from payment.schedule import ScheduledTask
from payment.usecases.calls import Call, Calls, ids_in
from payment.usecases.ports import CasePage
from payment.waits import waiting

INDEXES = (
    due_work.INDEX,
    IndexModel([("orders.order_id", 1)]),
    IndexModel([("captures.capture_id", 1)]),
    IndexModel([("waiting_since", 1)], partialFilterExpression={"waiting_since": {"$exists": True}}),
    IndexModel([("cases.open", 1)], partialFilterExpression={"cases.open": True}),
    IndexModel([("cases.id", 1)], unique=True, partialFilterExpression={"cases.id": {"$exists": True}}),
)
_AS_READ: CodecOptions[Document] = CodecOptions(tz_aware=True)
_CONCURRENCY = 8
_REMEMBERED = 2_000
_MOST_CALLS = 200  # of one payment: those before are forgotten


@dataclass(frozen=True, slots=True)
class _Remembered:
    document: Document
    payment: Payment


class MongoPayments:
    """The port `Payments`. The newest are remembered as this process has last seen them: a change begins with what is
    remembered, and the store refuses it where that is old."""

    def __init__(self, outbox: Outbox, calls: Calls | None = None) -> None:
        """`calls` to providers are stored with the writes of the payments that they are about."""
        self._collection, self._outbox, self._calls = outbox.collection, outbox, calls or Calls()
        self._remembered: LRUCache[str, _Remembered] = LRUCache(_REMEMBERED)
        self._payment_ids: LRUCache[str, str] = LRUCache(_REMEMBERED)

    async def ensure_indexes(self) -> None:
        """Idempotent; the outbox makes its own."""
        await self._collection.ensure_indexes(*INDEXES)

    async def find(self, payment_id: str) -> Payment | None:
        """By `_id`."""
        return await self._find_one({"_id": payment_id})

    def remembered(self, order_id: str) -> Payment | None:
        """No call."""
        known = self._remembered.get(self._payment_ids.get(order_id, ""))
        return known.payment if known else None

    async def of_order(self, order_id: str) -> Payment | None:
        """By an index of orders."""
        return await self._find_one({"orders.order_id": order_id})

    async def of_orders(self, order_ids: Iterable[str]) -> dict[str, Payment]:
        """By an index of orders."""
        payments = await self._find_all({"orders.order_id": {"$in": list(order_ids)}})
        return {order.order_id: payment for payment in payments for order in payment.facts.orders}

    async def of_capture(self, capture_id: str) -> Payment | None:
        """By an index of captures."""
        return await self._find_one({"captures.capture_id": capture_id})

    async def of_captures(self, capture_ids: Iterable[str]) -> dict[str, Payment]:
        """By an index of captures."""
        payments = await self._find_all({"captures.capture_id": {"$in": list(capture_ids)}})
        return {capture.capture_id: payment for payment in payments for capture in payment.facts.captures}

    async def books_of(self, capture_ids: Iterable[str]) -> dict[str, Facts]:
        """By an index of captures."""
        query = {"captures.capture_id": {"$in": list(capture_ids)}}
        documents = await self._collection.find(
            query, projection=dict.fromkeys(("orders", "captures", "refunds_seen", "drifts"), 1)
        )
        books = [_facts(document) for document in documents]
        return {capture.capture_id: facts for facts in books for capture in facts.captures}

    async def of_case(self, case_id: str) -> Payment | None:
        """By an index of cases."""
        return await self._find_one({"cases.id": case_id})

    async def cases(
        self, *, theater_ids: frozenset[str] | None, is_open: bool | None, skip: int, limit: int
    ) -> CasePage:
        """Cases lie within payments: one pipeline unwinds, filters, pages and counts them."""
        of_theaters = {} if theater_ids is None else {"sale.theater_id": {"$in": sorted(theater_ids)}}
        candidates = {"cases.open": True} if is_open else {"cases.id": {"$exists": True}}
        wanted = {} if is_open is None else {"cases.open": is_open}
        page = [{"$sort": {"cases.opened_at": -1, "cases.id": 1}}, {"$skip": skip}, {"$limit": limit}]
        (result,) = await self._collection.aggregate(
            [
                {"$match": {**candidates, **of_theaters}},
                {"$project": {"cases": 1}},
                {"$unwind": "$cases"},
                {"$match": wanted},
                {"$facet": {"page": page, "count": [{"$count": "total"}]}},
            ]
        )
        items = [(PaymentId(row["_id"]), OpenedCase.model_validate(row["cases"])) for row in result["page"]]
        return items, result["count"][0]["total"] if result["count"] else 0

    async def amend(
        self, payment_id: str, decide: Callable[[Payment], Change | None], *, is_new: bool = False
    ) -> Payment:
        """The events go out beside the caller, as soon as they are stored. One write, without a read, where the payment
        is remembered as it is, or new."""
        known = self._remembered.get(payment_id)
        taken: list[Call] = []

        def update(document: Document | None) -> Mapping[str, Any] | None:
            is_known = known is not None and document is known.document
            before = known.payment if known and is_known else _payment(document or {"_id": payment_id})
            change = decide(before)
            written = _update(document, before, change, telemetry.traceparent()) if change else None
            taken[:] = self._calls.about(ids_in(change.payment.facts)) if change and written else ()
            return _with_calls(written, taken)

        unread = None if is_new else UNREAD
        document = await self._outbox.amend(payment_id, update, known=known.document if known else unread)
        self._calls.remove(taken)
        return self._seen(document) if document else _payment({"_id": payment_id})

    async def amend_remembered(self, decisions: Mapping[str, Callable[[Payment], Change | None]]) -> frozenset[str]:
        """One command; changes that say something are left out."""
        changes, calls = list[tuple[Document, Mapping[str, Any]]](), list[Call]()
        for payment_id, decide in decisions.items():
            known = self._remembered.get(payment_id)
            change = decide(known.payment) if known else None
            update = _update(known.document, known.payment, change) if known and change and not change.events else None
            if known and change and update:
                about = self._calls.about(ids_in(change.payment.facts))
                changes.append(({**known.document}, _with_calls(update, about) or update))
                calls += about
        if not await self._outbox.amend_known(changes):
            return frozenset()
        self._calls.remove(calls)
        for document, update in changes:
            self._seen(_after(document, update))
        return frozenset(document["_id"] for document, _ in changes)

    async def calls(self, payment_id: str) -> list[Call]:
        """By `_id`."""
        document = await self._collection.find_one({"_id": payment_id}, projection={"calls": 1})
        return [Call(**call) for call in (document or {}).get("calls", ())]

    async def store_calls(self, age: timedelta) -> None:
        """By indexes of ids. What is about no payment of ours goes."""
        calls = self._calls.older_than(age)
        if calls:
            await self._collection.update_each((_of(call.about), {"$push": _pushed([call])}) for call in calls)
            self._calls.remove(calls)

    async def run_due(self, work: Callable[[Payment], Awaitable[None]], *, lease: timedelta) -> None:
        """Taking a document moved its `due_at`: afterwards that is set to what its schedule says."""

        async def work_on(document: Document) -> None:
            await work(self._seen(document))
            await self.amend(document["_id"], Change)

        await due_work.run_due(self._collection, work_on, lease=lease, concurrency=_CONCURRENCY)

    async def count_waiting(self, since: datetime) -> int:
        """By a partial index."""
        return await self._collection.count(waiting(since))

    async def open_cases(self) -> dict[tuple[Kind, str], tuple[int, int]]:
        """By a partial index."""
        group = {
            "_id": {"kind": "$cases.kind", "currency": "$cases.currency"},
            "number": {"$sum": 1},
            "amount": {"$sum": "$cases.amount"},
        }
        rows = await self._collection.aggregate(
            [
                {"$match": {"cases.open": True}},
                {"$project": {"cases": 1}},
                {"$unwind": "$cases"},
                {"$match": {"cases.open": True}},
                {"$group": group},
            ]
        )
        return {(row["_id"]["kind"], row["_id"]["currency"]): (row["number"], row["amount"]) for row in rows}

    async def _find_one(self, query: Mapping[str, Any]) -> Payment | None:
        document = await self._collection.find_one(query)
        return self._seen(document) if document else None

    def _seen(self, document: Document) -> Payment:
        """The payment of a document, which is remembered unless a newer one is."""
        payment = _payment(document)
        known = self._remembered.get(document["_id"])
        if known is None or known.payment.version <= payment.version:
            self._remembered[document["_id"]] = _Remembered(document, payment)
            self._payment_ids.update({order.order_id: document["_id"] for order in payment.facts.orders})
        return payment

    async def _find_all(self, query: Mapping[str, Any]) -> list[Payment]:
        return [_payment(document) for document in await self._collection.find(query)]


def _of(about: str) -> Document:
    """The query for the payment that a call was about."""
    if is_id("pay", about):
        return {"_id": about}
    return {"$or": [{"orders.order_id": about}, {"captures.capture_id": about}]}


def _with_calls(update: Mapping[str, Any] | None, calls: Sequence[Call]) -> Mapping[str, Any] | None:
    if not update or not calls:
        return update
    return {**update, "$push": {**update.get("$push", {}), **_pushed(calls)}}


def _pushed(calls: Sequence[Call]) -> Document:
    return {"calls": {"$each": [fields_of(call) for call in calls], "$slice": -_MOST_CALLS}}


def _after(document: Document, update: Mapping[str, Any]) -> Document:
    """The document as an update has left it, but for its calls: as it would be read."""
    rest = {name: value for name, value in document.items() if name not in update.get("$unset", {})}
    after = {**rest, **update.get("$set", {}), "version": document["version"] + 1}
    return decode(encode(after), _AS_READ)


def past_events(document: Document) -> list[Envelope]:
    """All that was ever said of a payment, under the same ids: whatever follows from its facts was said with them."""
    return [seal(event, key=event_id) for event_id, event in advance(_facts(document)).events.items()]


def _facts(document: Document) -> Facts:
    return Facts(payment_id=document["_id"], **{name: document[name] for name in FACT_NAMES if document.get(name)})


def _payment(document: Document) -> Payment:
    return Payment(
        facts=_facts(document),
        schedule=tuple(ScheduledTask.model_validate(entry) for entry in document.get("schedule", ())),
        openings=tuple(OrderOpening(**opening) for opening in document.get("openings", ())),
        cases=tuple(OpenedCase.model_validate(case) for case in document.get("cases", ())),
        waiting_since=document.get("waiting_since"),
        said=frozenset(document.get("said", ())),
        traceparent=document.get("traceparent"),
        version=document.get("version", 0),
    )


def _update(
    document: Document | None, before: Payment, change: Change, trace: str | None = None
) -> Mapping[str, Any] | None:
    """Only what differs from the document, and the events; None where that is nothing. `before` is the payment as the
    document has it: of a fact that stays nothing is written, so that what a newer version wrote beside it stays too.
    `trace` is the traceparent of what changes it, where that is one call or event."""
    present, now, after = document or {}, datetime.now(UTC), change.payment
    new = changed_facts(before.facts, after.facts) if document else FACT_NAMES
    facts = after.facts.model_dump(include=set(new) - {"sale"})
    if "sale" in new and after.facts.sale is not None:
        facts["sale"] = after.facts.sale.model_dump(mode="json")
    openings = after.openings if document is None or after.openings is not before.openings else None
    opened = {} if openings is None else {"openings": [fields_of(opening) for opening in openings]}
    fields = {name: _as_read(value) for name, value in {**facts, **opened, **_derived(after)}.items()}
    changed = {name: value for name, value in fields.items() if value is not None and present.get(name) != value}
    if facts:
        changed["changed_at"] = now
        if trace and telemetry.trace_id_of(trace) != telemetry.trace_id_of(before.traceparent):
            changed["traceparent"] = trace
    if document is None:
        changed["created_at"] = now
    update: dict[str, Any] = {
        "$set": changed,
        "$unset": {name: "" for name, value in fields.items() if value is None and name in present},
    }
    if change.events:
        update["$push"] = push(
            seal(event, key=event_id, trace=before.traceparent) for event_id, event in change.events.items()
        )
        update["$addToSet"] = {"said": {"$each": sorted(change.events)}}
    return {operator: operand for operator, operand in update.items() if operand} or None


def _derived(payment: Payment) -> dict[str, Any]:
    """What the document holds beside the facts, for us and for those who read it in the shell; None is not stored."""
    return {
        "status": payment.consequences.status,
        "refunds": [refund.model_dump() for refund in payment.consequences.refunds],
        "cases": [case.model_dump() for case in payment.cases],
        "schedule": [entry.model_dump() for entry in payment.schedule],
        "waiting_since": payment.waiting_since,
        "due_at": payment.due_at(),
    }


def _as_read(value: Any) -> Any:
    """A value as Mongo gives it back, so that the two can be compared: arrays are lists."""
    if isinstance(value, dict):
        return {name: _as_read(part) for name, part in value.items()}
    return [_as_read(part) for part in value] if isinstance(value, list | tuple) else value
