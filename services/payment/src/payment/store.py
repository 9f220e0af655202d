"""The port to Mongo: one document per payment, changed only by recording facts, with the events that follow."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel

from chassis import due as due_work
from chassis import outbox as outboxes
from chassis.envelope import Envelope, seal
from chassis.mongo import Collection, Document, amend
from chassis.outbox import Outbox, push
from contracts.ids import PaymentId
from contracts.sale import Sale
from payment.advance import REFUND, Consequences, advance, announced_id, succeeded
from payment.cases import Case
from payment.domain import FREE, Fact, Facts, record
from payment.schedule import RetryIntervals, ScheduledTask, rescheduled

INDEXES = (
    outboxes.INDEX,
    due_work.INDEX,
    IndexModel([("orders.order_id", 1)]),
    IndexModel([("captures.capture_id", 1)]),
    IndexModel([("waiting_since", 1)], partialFilterExpression={"waiting_since": {"$exists": True}}),
    IndexModel([("cases.open", 1)], partialFilterExpression={"cases.open": True}),
    IndexModel([("cases.id", 1)], unique=True, partialFilterExpression={"cases.id": {"$exists": True}}),
)


class OpenedCase(Case):
    """A case as stored: `opened_at` is when it was first seen, and one that closed by itself has its time too."""

    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """An order is being opened by `by` until `until`. `doubt`: one of an earlier try may exist at the provider."""

    by: str
    until: datetime
    doubt: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as stored: its facts, what follows, and when its work is due. `before` are the facts that the write
    which gave it was made on."""

    facts: Facts
    consequences: Consequences
    schedule: tuple[ScheduledTask, ...]
    opening: Opening | None
    waiting_since: datetime | None
    cases: tuple[OpenedCase, ...]
    version: int
    before: Facts | None = None

    @property
    def is_free(self) -> bool:
        """Whether the sale costs nothing, and is booked."""
        winner = self.facts.winner
        return winner is not None and winner.provider == FREE

    @staticmethod
    def of(document: Document) -> "Payment":
        """Read a document."""
        facts = facts_of(document)
        opening = document.get("opening")
        return Payment(
            facts=facts,
            consequences=advance(facts),
            schedule=tuple(ScheduledTask.model_validate(entry) for entry in document.get("schedule", ())),
            opening=Opening(opening["by"], opening["until"], opening["doubt"]) if opening else None,
            waiting_since=document.get("waiting_since"),
            cases=tuple(OpenedCase.model_validate(case) for case in document.get("cases", ())),
            version=document.get("version", 0),
        )


def facts_of(document: Document) -> Facts:
    """The facts a document holds."""
    names = Facts.model_fields.keys() - {"payment_id"}
    return Facts(payment_id=document["_id"], **{name: document[name] for name in names if document.get(name)})


class Payments:
    """The payments of this service."""

    def __init__(self, collection: Collection, outbox: Outbox, intervals: RetryIntervals) -> None:
        self.collection, self._outbox, self._intervals = collection, outbox, intervals

    async def find(self, payment_id: str) -> Payment | None:
        """One payment."""
        return _read(await self.collection.find_one({"_id": payment_id}))

    async def of_order(self, order_id: str) -> Payment | None:
        """The payment an order belongs to."""
        return _read(await self.collection.find_one({"orders.order_id": order_id}))

    async def of_orders(self, order_ids: Iterable[str]) -> dict[str, Payment]:
        """Payments by the orders among these that are theirs."""
        found = map(Payment.of, await self.collection.find({"orders.order_id": {"$in": list(order_ids)}}))
        return {order.order_id: payment for payment in found for order in payment.facts.orders}

    async def of_captures(self, capture_ids: Iterable[str]) -> dict[str, Payment]:
        """Payments by the captures among these that are theirs."""
        found = map(Payment.of, await self.collection.find({"captures.capture_id": {"$in": list(capture_ids)}}))
        return {capture.capture_id: payment for payment in found for capture in payment.facts.captures}

    async def of_capture(self, capture_id: str) -> Payment | None:
        """The payment a capture belongs to."""
        return _read(await self.collection.find_one({"captures.capture_id": capture_id}))

    async def of_case(self, case_id: str) -> Payment | None:
        """The payment that a case is about."""
        return _read(await self.collection.find_one({"cases.id": case_id}))

    async def cases(
        self, *, theater_ids: frozenset[str] | None, is_open: bool | None, skip: int, limit: int
    ) -> tuple[list[tuple[PaymentId, OpenedCase]], int]:
        """A page of all cases, newest first, each with its payment's id, and how many there are. With `theater_ids`
        only those of sales there."""
        of_theaters = {} if theater_ids is None else {"sale.theater_id": {"$in": sorted(theater_ids)}}
        candidates = {"cases.open": True} if is_open else {"cases.id": {"$exists": True}}
        wanted = {} if is_open is None else {"cases.open": is_open}
        page = [{"$sort": {"cases.opened_at": -1, "cases.id": 1}}, {"$skip": skip}, {"$limit": limit}]
        (found,) = await self.collection.aggregate(
            [
                {"$match": {**candidates, **of_theaters}},
                {"$project": {"cases": 1}},
                {"$unwind": "$cases"},
                {"$match": wanted},
                {"$facet": {"page": page, "count": [{"$count": "total"}]}},
            ]
        )
        items = [(PaymentId(one["_id"]), OpenedCase.model_validate(one["cases"])) for one in found["page"]]
        return items, found["count"][0]["total"] if found["count"] else 0

    async def record(self, payment_id: str, *new: Fact, moved: Mapping[str, datetime] | None = None) -> Payment:
        """Record facts and what follows from them in one write. `moved` sets when tasks are due."""
        before: Facts | None = None

        def change(present: Document | None) -> Mapping[str, Any] | None:
            nonlocal before
            before = facts_of(present) if present else None
            return self._recorded(payment_id, present, new, moved or {})

        payment = await self._change(payment_id, change)
        return replace(payment, before=before)

    async def begin(self, payment_id: str, task: str, until: datetime) -> ScheduledTask | None:
        """Take a task whose time has come: nobody else will before `until`. None when it is not due (any more)."""
        taken: ScheduledTask | None = None

        def change(document: Document | None) -> Mapping[str, Any] | None:
            nonlocal taken
            payment, now = _read(document), datetime.now(UTC)
            entries = payment.schedule if payment else ()
            taken = next((entry for entry in entries if entry.task == task and entry.at <= now), None)
            if taken is None:
                return None
            started = ScheduledTask(task=task, at=until, tries=taken.tries + 1)
            return _schedule_update([started if entry.task == task else entry for entry in entries])

        await amend(self.collection, payment_id, change)
        return taken

    async def set_due_time(self, payment_id: str) -> None:
        """Set `due_at` to what the schedule says: whoever took the document has moved it."""
        await amend(
            self.collection,
            payment_id,
            lambda document: _schedule_update(Payment.of(document).schedule) if document else None,
        )

    async def claim_opening(self, sale: Sale, by: str, lease: timedelta) -> Payment:
        """Record the sale and become the one who opens its order, unless there is one or another is at it.

        Written before the provider is asked; a claim that is never ended leaves the next one in doubt.
        """

        def change(document: Document | None) -> Mapping[str, Any] | None:
            payment, now = _read(document), datetime.now(UTC)
            if payment and (payment.facts.orders or (payment.opening and payment.opening.until > now)):
                return None
            update = dict(self._recorded(sale.payment_id, document, (sale,), {}) or {"$set": {}})
            doubt = document is not None and document.get("opening", {}).get("asked", False)
            opening = {"by": by, "until": now + lease, "asked": True, "doubt": doubt}
            return {**update, "$set": {**update["$set"], "opening": opening}}

        return await self._change(sale.payment_id, change)

    async def end_opening(self, payment_id: str, by: str, *, asked: bool) -> None:
        """Let another try. `asked`: it is unknown whether the provider opened an order."""
        await self.collection.update(
            {"_id": payment_id, "opening.by": by},
            {"$set": {"opening.asked": asked, "opening.until": datetime.now(UTC)}, "$inc": {"version": 1}},
        )

    async def announce(self, payment_id: str, task: str, again_at: datetime) -> None:
        """Say the winner again under its id, and write down when to do so next."""

        def change(document: Document | None) -> Mapping[str, Any] | None:
            payment = _read(document)
            event = succeeded(payment.facts) if payment else None
            if payment is None or event is None or not payment.consequences.awaiting:
                return None
            moved = [
                entry.model_copy(update={"at": again_at}) if entry.task == task else entry for entry in payment.schedule
            ]
            return {**_schedule_update(moved), "$push": push([seal(event, key=announced_id(payment.facts))])}

        await self._change(payment_id, change)

    async def without_verdict(self, since: datetime) -> int:
        """How many captures have waited for booking since before `since`."""
        return await self.collection.count({"waiting_since": {"$lt": since}})

    async def with_open_cases(self) -> int:
        """How many payments have an open case."""
        return await self.collection.count({"cases.open": True})

    async def _change(self, payment_id: str, change: Callable[[Document | None], Mapping[str, Any] | None]) -> Payment:
        """The payment after the change, whose events are published."""
        return Payment.of(await self._outbox.amend(payment_id, change) or {"_id": payment_id})

    def _recorded(
        self, payment_id: str, document: Document | None, new: tuple[Fact, ...], moved: Mapping[str, datetime]
    ) -> Mapping[str, Any] | None:
        before = facts_of(document) if document else Facts(payment_id=PaymentId(payment_id))
        facts = record(before, *new)
        schedule = [ScheduledTask.model_validate(entry) for entry in (document or {}).get("schedule", ())]
        if document is not None and facts == before and not moved:
            return None
        update = _update(facts, document or {}, schedule, moved, self._intervals)
        if facts != before:
            update["$set"]["changed_at"] = datetime.now(UTC)
        return update


def all_said(document: Document) -> list[Envelope]:
    """All that was ever said of a payment, under the same ids: whatever follows from its facts was said with them."""
    return [seal(event, key=key) for key, event in advance(facts_of(document)).events.items()]


def _read(document: Document | None) -> Payment | None:
    return None if document is None else Payment.of(document)


def _update(
    facts: Facts,
    document: Document,
    schedule: list[ScheduledTask],
    moved: Mapping[str, datetime],
    intervals: RetryIntervals,
) -> dict[str, Any]:
    """The whole write: facts, what follows from them, when work is due, and the events that were never said."""
    now, found = datetime.now(UTC), advance(facts)
    failures = {f"{REFUND}{refund.key}": refund.failures for refund in found.refunds}
    said = set(document.get("said", ()))
    fresh = [seal(event, key=key) for key, event in found.events.items() if key not in said]
    entries = [
        entry.model_copy(update={"at": moved[entry.task]}) if entry.task in moved else entry
        for entry in rescheduled(schedule, found.tasks, now, intervals, failures)
    ]
    update = _schedule_update(entries)
    update["$set"] |= _stored_facts(facts, document) | {
        "status": found.status,
        "refunds": [refund.model_dump() for refund in found.refunds],
        "cases": [_stored_case(case, document, now) for case in found.cases],
    }
    _keep_waiting(update, document, now, awaiting=found.awaiting)
    return _saying(update, fresh)


def _stored_case(case: Case, document: Document, now: datetime) -> Document:
    """With the time when it was first seen, and when it closed, by whatever."""
    known: Document = next((one for one in document.get("cases", ()) if one["id"] == case.id), {})
    closed_at = case.closed_at or (None if case.open else known.get("closed_at") or now)
    return {**case.model_dump(), "opened_at": known.get("opened_at", now), "closed_at": closed_at}


def _stored_facts(facts: Facts, document: Document) -> dict[str, Any]:
    dumped = facts.model_dump(exclude={"payment_id", "sale"})
    if facts.sale is not None and not document.get("sale"):
        dumped["sale"] = facts.sale.model_dump(mode="json")
    return dumped if document else {**dumped, "created_at": datetime.now(UTC)}


def _keep_waiting(update: dict[str, Any], document: Document, now: datetime, *, awaiting: bool) -> None:
    if not awaiting:
        update.setdefault("$unset", {})["waiting_since"] = ""
    elif "waiting_since" not in document:
        update["$set"]["waiting_since"] = now


def _saying(update: dict[str, Any], fresh: list[Envelope]) -> dict[str, Any]:
    if fresh:
        said = {"said": {"$each": [envelope.id for envelope in fresh]}}
        update |= {"$push": push(fresh), "$addToSet": said}
    return update


def _schedule_update(entries: list[ScheduledTask] | tuple[ScheduledTask, ...]) -> dict[str, Any]:
    update: dict[str, Any] = {"$set": {"schedule": [entry.model_dump() for entry in entries]}}
    if entries:
        update["$set"]["due_at"] = min(entry.at for entry in entries)
    else:
        update["$unset"] = {"due_at": ""}
    return update
