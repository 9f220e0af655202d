"""The ports of the use cases in memory. `contract/` holds each of them to what its adapter does."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from contracts.event import Event
from contracts.ids import PaymentId
from contracts.sale import Sale
from payment.cases import Kind
from payment.domain import Facts, ProviderName
from payment.errors import HoldNotFound
from payment.payment import Change, Payment
from payment.usecases.calls import Call, Calls, ids_in
from payment.usecases.ports import CasePage, EntryStatus, Foreign, InboxEntry, ProviderList, Watermark
from payment.usecases.provider import Hint, Webhook


@dataclass
class FakePayments:
    """The port `Payments`. `said` are the events with their ids, in the order of their writing. `reads` counts
    those of payments by id; with `forgets` nothing is remembered, as in a process that has just begun."""

    stored: dict[str, Payment] = field(default_factory=dict)
    said: list[tuple[str, Event]] = field(default_factory=list)
    leases: dict[str, datetime] = field(default_factory=dict)
    noted: Calls = field(default_factory=Calls)
    stored_calls: dict[str, list[Call]] = field(default_factory=dict)
    reads: int = 0
    forgets: bool = False

    async def calls(self, payment_id: str) -> list[Call]:
        return self.stored_calls.get(payment_id, [])

    async def store_calls(self, age: timedelta) -> None:
        waiting = self.noted.older_than(age)
        for payment_id, payment in self.stored.items():
            self._store_calls(payment_id, [call for call in waiting if call.about in ids_in(payment.facts)])
        self.noted.remove(waiting)

    def _store_calls(self, payment_id: str, calls: list[Call]) -> None:
        self.stored_calls.setdefault(payment_id, []).extend(calls)
        self.noted.remove(calls)

    async def find(self, payment_id: str) -> Payment | None:
        self.reads += 1
        return self.stored.get(payment_id)

    def remembered(self, order_id: str) -> Payment | None:
        payments = () if self.forgets else self.stored.values()
        return next((payment for payment in payments if payment.facts.order(order_id)), None)

    async def of_order(self, order_id: str) -> Payment | None:
        return (await self.of_orders([order_id])).get(order_id)

    async def of_orders(self, order_ids: Iterable[str]) -> dict[str, Payment]:
        self.reads += 1
        wanted = set(order_ids)
        return {
            order.order_id: payment
            for payment in self.stored.values()
            if wanted & {order.order_id for order in payment.facts.orders}
            for order in payment.facts.orders
        }

    async def of_capture(self, capture_id: str) -> Payment | None:
        return (await self.of_captures([capture_id])).get(capture_id)

    async def of_captures(self, capture_ids: Iterable[str]) -> dict[str, Payment]:
        wanted = set(capture_ids)
        return {
            capture.capture_id: payment
            for payment in self.stored.values()
            if wanted & {capture.capture_id for capture in payment.facts.captures}
            for capture in payment.facts.captures
        }

    async def books_of(self, capture_ids: Iterable[str]) -> dict[str, Facts]:
        return {capture_id: payment.facts for capture_id, payment in (await self.of_captures(capture_ids)).items()}

    async def of_case(self, case_id: str) -> Payment | None:
        payments = self.stored.values()
        return next((payment for payment in payments if case_id in [case.id for case in payment.cases]), None)

    async def cases(
        self, *, theater_ids: frozenset[str] | None, is_open: bool | None, skip: int, limit: int
    ) -> CasePage:
        cases = [
            (payment.facts.payment_id, case)
            for payment in self.stored.values()
            if theater_ids is None or (payment.facts.sale and payment.facts.sale.theater_id in theater_ids)
            for case in payment.cases
            if is_open is None or case.open is is_open
        ]
        cases.sort(key=lambda pair: pair[1].id)
        cases.sort(key=lambda pair: pair[1].opened_at, reverse=True)
        return cases[skip : skip + limit], len(cases)

    async def amend(
        self, payment_id: str, decide: Callable[[Payment], Change | None], *, is_new: bool = False
    ) -> Payment:
        present = self.stored.get(payment_id) or Payment(Facts(payment_id=PaymentId(payment_id)))
        change = decide(present)
        if change is None:
            return present
        if change.events or replace(change.payment, version=present.version) != present or not present.version:
            said = present.said | change.events.keys()
            self.stored[payment_id] = replace(change.payment, said=said, version=present.version + 1)
            self.said += change.events.items()
            self._store_calls(payment_id, self.noted.about(ids_in(change.payment.facts)))
        return self.stored[payment_id]

    async def amend_remembered(self, decisions: Mapping[str, Callable[[Payment], Change | None]]) -> frozenset[str]:
        known = {key: decide for key, decide in decisions.items() if key in self.stored}
        quiet = {key for key, decide in known.items() if (change := decide(self.stored[key])) and not change.events}
        for key in quiet:
            await self.amend(key, known[key])
        return frozenset(quiet)

    async def run_due(self, work: Callable[[Payment], Awaitable[None]], *, lease: timedelta) -> None:
        while (payment := self._most_overdue()) is not None:
            payment_id = payment.facts.payment_id
            self.leases[payment_id] = datetime.now(UTC) + lease
            await work(payment)
            del self.leases[payment_id]

    async def count_waiting(self, since: datetime) -> int:
        return sum(bool(payment.waiting_since and payment.waiting_since < since) for payment in self.stored.values())

    async def open_cases(self) -> dict[tuple[Kind, str], tuple[int, int]]:
        counted: dict[tuple[Kind, str], tuple[int, int]] = {}
        for case in (case for payment in self.stored.values() for case in payment.cases if case.open):
            number, amount = counted.get((case.kind, case.currency), (0, 0))
            counted[case.kind, case.currency] = number + 1, amount + case.amount
        return counted

    def _most_overdue(self) -> Payment | None:
        now = datetime.now(UTC)
        due = {
            due_at: payment
            for payment_id, payment in self.stored.items()
            if (due_at := self.leases.get(payment_id) or payment.due_at()) and due_at <= now
        }
        return due[min(due)] if due else None


@dataclass
class FakeInbox:
    """The port `Inbox`. `due` says when each entry is to be settled."""

    stored: dict[str, InboxEntry] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)
    head_start: timedelta = timedelta(seconds=3)

    async def add(self, provider: ProviderName, webhook: Webhook, raw: bytes, status: EntryStatus) -> InboxEntry | None:
        now, entry_id = datetime.now(UTC), f"{provider}:{webhook.event_id}"
        if entry_id in self.stored:
            return None
        self.stored[entry_id] = InboxEntry(entry_id, provider, webhook.hint or Hint(""), now, status, 0)
        if status == "stored":
            self.due[entry_id] = now + self.head_start
        return self.stored[entry_id]

    async def finish(self, entry: InboxEntry, status: EntryStatus) -> None:
        if self.due.pop(entry.id, None) is not None:
            self.stored[entry.id] = replace(entry, status=status)

    async def postpone(self, entry: InboxEntry, status: EntryStatus, maximum: timedelta) -> None:
        if entry.id in self.due:
            interval = min(maximum, timedelta(seconds=2 ** min(entry.tries, 20)))
            self.due[entry.id] = datetime.now(UTC) + interval
            self.stored[entry.id] = replace(entry, status=status, tries=entry.tries + 1)

    async def run_due(self, work: Callable[[InboxEntry], Awaitable[None]], *, lease: timedelta) -> None:
        now = datetime.now(UTC)
        for entry_id in [entry_id for entry_id, due_at in self.due.items() if due_at <= now]:
            self.due[entry_id] = now + lease
            await work(self.stored[entry_id])

    async def count_unmatched(self) -> int:
        return sum(self.stored[entry_id].status == "unmatched" for entry_id in self.due)


@dataclass
class FakeForeignOrders:
    """The port `ForeignOrders`."""

    stored: dict[tuple[ProviderName, str], Foreign] = field(default_factory=dict)

    async def add(self, provider: ProviderName, provider_id: str, kind: Foreign) -> None:
        self.stored.setdefault((provider, provider_id), kind)

    async def among(self, provider: ProviderName, provider_ids: Iterable[str]) -> dict[str, Foreign]:
        wanted = set(provider_ids)
        return {key: kind for (whose, key), kind in self.stored.items() if whose == provider and key in wanted}


@dataclass
class FakeWatermarks:
    """The port `Watermarks`."""

    stored: dict[ProviderList, Watermark] = field(default_factory=dict)

    async def begin(self, lists: Mapping[ProviderList, Watermark]) -> None:
        self.stored = {**lists, **self.stored}

    async def run_due(self, read: Callable[[ProviderList, datetime], Awaitable[Watermark]]) -> None:
        now = datetime.now(UTC)
        for which in [which for which, watermark in self.stored.items() if watermark.due_at <= now]:
            self.stored[which] = await read(which, self.stored[which].until)


@dataclass
class FakeHolds:
    """The port `Holds`; sales by the hold and the token of its owner."""

    sales: dict[tuple[str, str], Sale] = field(default_factory=dict)

    async def checkout(self, hold_id: str, token: str) -> Sale:
        if (hold_id, token) not in self.sales:
            raise HoldNotFound("no such hold")
        return self.sales[hold_id, token]


@dataclass
class FakeContacts:
    """The port `Contacts`; tokens of those who have said where a ticket goes."""

    tokens: set[str] = field(default_factory=set)

    async def has_contact(self, token: str) -> bool:
        return token in self.tokens
