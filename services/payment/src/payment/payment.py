"""A payment with all that is stored of it, and every way in which it changes. Pure: the time is an argument."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from contracts.event import Event
from contracts.sale import Sale
from payment.advance import ANNOUNCE, REFUND, Consequences, advance, announced_id, succeeded
from payment.cases import Case
from payment.counter import contact_event, with_refunds_made
from payment.domain import FREE, Fact, Facts, ProviderName
from payment.record import changed_facts, record
from payment.schedule import RetryIntervals, ScheduledTask, rescheduled


class OpenedCase(Case):
    """A case as stored: `opened_at` is when it was first seen, and one that closed by itself has its time too."""

    opened_at: datetime


@dataclass(frozen=True, slots=True)
class OrderOpening:
    """Who opens the payment's order of this number at a provider: `by`, and nobody else before `until`.

    `provider_asked`: the provider may have been asked. `in_doubt`: one that was asked for earlier may exist there.
    """

    provider: ProviderName
    by: str
    until: datetime
    provider_asked: bool
    in_doubt: bool
    number: int = 1


@dataclass(frozen=True)
class Payment:
    """A payment as stored: its facts, when its work is due, the cases it ever had, and the ids of the events it said.

    `waiting_since`: booking has owed an answer on the winner since then. `traceparent`: of the newest call or event
    that changed it; what its provider tells later belongs to that trace. `version` is 0 until it is stored.
    """

    facts: Facts
    schedule: tuple[ScheduledTask, ...] = ()
    openings: tuple[OrderOpening, ...] = ()
    cases: tuple[OpenedCase, ...] = ()
    waiting_since: datetime | None = None
    said: frozenset[str] = frozenset()
    traceparent: str | None = None
    version: int = 0

    @cached_property
    def consequences(self) -> Consequences:
        """What follows from the facts."""
        return advance(self.facts)

    @property
    def is_free(self) -> bool:
        """Whether the sale costs nothing, and is booked."""
        winner = self.facts.winner
        return winner is not None and winner.provider == FREE

    def sale_of(self, owns: Callable[[str], bool]) -> Sale | None:
        """The sale, where it is of a user whom the caller `owns`."""
        sale = self.facts.sale
        return sale if sale is not None and owns(sale.user_id) else None

    def opening_at(self, provider: ProviderName) -> OrderOpening | None:
        """Who opens its order at the provider, or did."""
        return next((opening for opening in self.openings if opening.provider == provider), None)

    def due_at(self) -> datetime | None:
        """When the first of its tasks is due."""
        return min((entry.at for entry in self.schedule), default=None)


@dataclass(frozen=True, slots=True)
class Change:
    """The payment as it is to be stored, and the events, by their ids, that the same write says."""

    payment: Payment
    events: Mapping[str, Event] = field(default_factory=dict)


def with_facts(
    payment: Payment, new: tuple[Fact, ...], now: datetime, intervals: RetryIntervals, moved: Mapping[str, datetime]
) -> Change | None:
    """Record facts: what follows from them changes with them, and what is due at the counter is given back. `moved`
    says when tasks are due. None: nothing is new."""
    facts = with_refunds_made(record(payment.facts, *new), now)
    if payment.version and not changed_facts(payment.facts, facts) and not moved:
        return None
    changed = replace(payment, facts=facts)
    consequences = changed.consequences
    unsaid = consequences.events_beside(payment.said)
    failures = {f"{REFUND}{refund.key}": refund.failures for refund in consequences.refunds}
    schedule = rescheduled(
        payment.schedule, consequences.tasks, now, intervals, failures=failures, due_at=consequences.due_at
    )
    changed = replace(
        changed,
        schedule=tuple(_moved(entry, moved) for entry in schedule),
        cases=tuple(_opened(case, payment.cases, now) for case in consequences.cases),
        waiting_since=(payment.waiting_since or now) if consequences.awaits_answer else None,
        said=payment.said | unsaid.keys(),
    )
    return Change(changed, unsaid)


def _moved(entry: ScheduledTask, moved: Mapping[str, datetime]) -> ScheduledTask:
    return entry.model_copy(update={"at": moved[entry.task]}) if entry.task in moved else entry


def reviewed(payment: Payment, now: datetime) -> Change:
    """The cases as they follow from the facts now: somebody may have corrected these by hand."""
    return Change(
        replace(payment, cases=tuple(_opened(case, payment.cases, now) for case in payment.consequences.cases))
    )


def _opened(case: Case, known: tuple[OpenedCase, ...], now: datetime) -> OpenedCase:
    """The case with the time when it was first seen, and when it closed, by whatever."""
    before = next((each for each in known if each.id == case.id), None)
    closed_at = case.closed_at or (None if case.open else (before and before.closed_at) or now)
    opened_at = before.opened_at if before else now
    return OpenedCase.model_validate({**case.model_dump(), "opened_at": opened_at, "closed_at": closed_at})


def with_task_begun(payment: Payment, task: str, now: datetime, until: datetime) -> tuple[Change, ScheduledTask] | None:
    """Begin a task whose time has come: it is due again at `until`. With it the task as it was; None: it is not due."""
    entry = next((entry for entry in payment.schedule if entry.task == task and entry.at <= now), None)
    if entry is None:
        return None
    begun = ScheduledTask(task=task, at=until, tries=entry.tries + 1)
    schedule = tuple(begun if each.task == task else each for each in payment.schedule)
    return Change(replace(payment, schedule=schedule)), entry


def with_opening(payment: Payment, provider: ProviderName, by: str, now: datetime, until: datetime) -> Payment | None:
    """Let `by` open the order at the provider, unless it is open or paid, or another is at it. One that asked and never
    came back leaves the next in doubt."""
    number = 1 + len(payment.facts.orders_at(provider))
    opening = payment.opening_at(provider)
    earlier = opening if opening and opening.number == number else None  # else its order is there, and closed by now
    if payment.facts.winner or payment.facts.order_at(provider) or (earlier and earlier.until > now):
        return None
    in_doubt = earlier is not None and earlier.provider_asked
    return _replaced(payment, OrderOpening(provider, by, until, provider_asked=True, in_doubt=in_doubt, number=number))


def with_opening_ended(
    payment: Payment, provider: ProviderName, by: str, now: datetime, *, provider_asked: bool
) -> Payment | None:
    """Let others try. `provider_asked`: it is unknown whether the provider opened an order. None if it is another's."""
    opening = payment.opening_at(provider)
    if opening is None or opening.by != by:
        return None
    return _replaced(payment, replace(opening, provider_asked=provider_asked, until=now))


def _replaced(payment: Payment, opening: OrderOpening) -> Payment:
    others = tuple(each for each in payment.openings if each.provider != opening.provider)
    return replace(payment, openings=(*others, opening))


def announced_again(payment: Payment, again_at: datetime) -> Change | None:
    """Say the winner again under its id, with what belongs to it, and once more at `again_at`. None: booking has
    decided."""
    event = succeeded(payment.facts)
    if event is None or not payment.consequences.awaits_answer:
        return None
    schedule = tuple(_moved(entry, {ANNOUNCE: again_at}) for entry in payment.schedule)
    contact = {event_id: make() for event_id, make in contact_event(payment.facts)}
    return Change(replace(payment, schedule=schedule), {announced_id(payment.facts): event, **contact})
