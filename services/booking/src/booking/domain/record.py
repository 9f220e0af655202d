"""All that is recorded of a booking, and the one step that records a further fact with all that follows from it."""

from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from secrets import token_urlsafe
from typing import Self

from booking.domain.advance import BookingState, EventKind, advance, refund_keys
from booking.domain.announcements import announcements, event_of
from booking.domain.booking import Booking, IssuedTicket
from booking.domain.facts import Facts
from booking.domain.numbering import Paper, papers_needed
from booking.domain.timeline import Entry, detail_of, entry_of_scan
from contracts.event import Event
from contracts.sale import Sale
from tickets.code import Ticket

Sign = Callable[[Ticket], str]
Refer = Callable[[str], str]
_LINK_BYTES = 24


@dataclass(frozen=True, slots=True)
class Step:
    """What a step that records facts comes with: the time and the trace, how a ticket is signed, which reference
    follows from a booking's id, the provider's orders that pay for the booking, and the events from which the facts
    are."""

    now: datetime
    sign: Sign
    refer: Refer
    order_ids: Collection[str] = ()
    heard: Collection[Entry] = ()
    trace_id: str | None = None


@dataclass(frozen=True)
class Record:
    """The facts of a booking and what was chosen once; with version 0 it is not stored yet.

    `order_ids` are the provider's. `refund_since` is when the refund became due, or first showed. `event_versions` has
    the key of each event that was said, with the booking's version of that time. `timeline` has what was heard and
    said, in the order in which it was recorded.
    """

    id: str
    version: int = 0
    facts: Facts = field(default_factory=Facts)
    order_ids: frozenset[str] = frozenset()
    reference: str | None = None
    created_at: datetime | None = None
    confirmed_at: datetime | None = None
    tickets: tuple[IssuedTicket, ...] = ()
    papers: tuple[Paper, ...] = ()
    refund_since: datetime | None = None
    event_versions: Mapping[str, int] = field(default_factory=dict)
    timeline: tuple[Entry, ...] = ()

    @cached_property
    def booking(self) -> Booking | None:
        """The booking; None until its sale is known. Made once: a step asks for it a dozen times."""
        if self.facts.ordered is None or self.reference is None or self.created_at is None:
            return None
        return Booking(
            id=self.id,
            version=self.version,
            reference=self.reference,
            sale=self.facts.ordered,
            facts=self.facts,
            state=advance(self.facts),
            created_at=self.created_at,
            confirmed_at=self.confirmed_at,
            tickets=self.tickets,
            papers=self.papers,
            order_ids=self.order_ids,
        )

    def with_news(self, news: Facts, *, step: "Step") -> Self | None:
        """The record with `news` and with what follows: reference, tickets and times, chosen when they are first
        needed, and the events that this step says. None when there is nothing new."""
        facts = self.facts.with_news(news)
        order_ids = self.order_ids.union(step.order_ids)
        known = {entry.key for entry in self.timeline}
        heard = tuple(entry for entry in step.heard if entry.key not in known)
        if facts == self.facts and order_ids == self.order_ids and not heard:
            return None
        timeline = (*self.timeline, *heard)
        record = replace(self, version=self.version + 1, facts=facts, order_ids=order_ids, timeline=timeline)
        if facts.ordered is None:
            return record
        return record._with_choices(facts.ordered, step)._with_event_versions(step)

    def _with_choices(self, sale: Sale, step: Step) -> Self:
        state, now = advance(self.facts), step.now
        is_confirmed = EventKind.CONFIRMED in state.events
        return replace(
            self,
            reference=self.reference or step.refer(self.id),
            created_at=self.created_at or now,
            confirmed_at=self.confirmed_at or (now if is_confirmed else None),
            tickets=self._signed(sale, step.sign) if is_confirmed else self.tickets,
            papers=(*self.papers, *papers_needed(self.facts, state, now, self.papers)),
            refund_since=self._refund_since(state, now),
        )

    def _signed(self, sale: Sale, sign: Sign) -> tuple[IssuedTicket, ...]:
        """The tickets, with one for each version that has none yet: of the seats where they are by then."""
        facts, new = self.facts, range(len(self.tickets) + 1, self.facts.ticket_version + 1)
        tickets = (
            Ticket(sale.booking_id, sale.showtime_id, tuple(map(facts.places_at(version).seat_id, seats)), version)
            for version, seats in ((version, facts.seats_at(version)) for version in new)
        )
        return (*self.tickets, *(IssuedTicket(sign(ticket), token_urlsafe(_LINK_BYTES)) for ticket in tickets))

    def _refund_since(self, state: BookingState, now: datetime) -> datetime | None:
        """Due since the step that last saw a further one due, whatever had gone back by hand before."""
        if state.refund_status is None:
            return None
        keys = refund_keys(self.facts, state.refund_due)
        is_newly_due = len(keys) > sum(key.partition(":")[0] == EventKind.REFUND_DUE for key in self.event_versions)
        return now if is_newly_due else self.refund_since or now

    def _with_event_versions(self, step: "Step") -> Self:
        said = (announcement.key for announcement in announcements(self.booking)) if self.booking else ()
        versions = dict.fromkeys(said, self.version) | dict(self.event_versions)
        entries = (
            Entry(f"booking:{key}", step.now, "booking", key.partition(":")[0], trace_id=step.trace_id)
            for key in versions
            if key not in self.event_versions and not key.startswith(EventKind.AUDIT_RECORDED)
        )
        return replace(self, event_versions=versions, timeline=(*self.timeline, *entries))

    @property
    def detailed_timeline(self) -> list[Entry]:
        """All that was heard and said, each with its detail, and all scans."""
        own = {f"booking:{event_id.removeprefix(f'{self.id}:')}": detail_of(event) for event_id, event in self.events()}
        entries = [replace(entry, detail=own.get(entry.key, entry.detail)) for entry in self.timeline]
        return [*entries, *map(entry_of_scan, self.facts.scans)]

    def events(self, *, without: Container[str] = ()) -> Iterator[tuple[str, Event]]:
        """The events that were said, by id, in the order in which they go out; but not those with the keys `without`.
        Each has the booking's version of the time when it was said."""
        booking = self.booking
        for announcement in announcements(booking) if booking else ():
            key = announcement.key
            if booking and key in self.event_versions and key not in without:
                yield f"{self.id}:{key}", event_of(announcement, replace(booking, version=self.event_versions[key]))
