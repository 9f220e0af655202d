"""A booking whose sale is known, with what follows from its facts. Pure; the clock is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from booking.domain.advance import BookingState
from booking.domain.facts import Facts, Show, shown_at
from booking.domain.numbering import INVOICE, Paper
from contracts.ids import UserId, counter_customer_of
from contracts.layout import SeatLabel
from contracts.prices import Quote
from contracts.sale import Sale

GRACE = timedelta(seconds=30)  # money on its way when the hold ended usually comes within it


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """One version of a booking's ticket: its signed text, and the token of the link that opens the booking while this
    is the newest version."""

    code: str
    link_token: str


@dataclass(frozen=True, slots=True)
class Booking:
    """`version` counts its writes. `reference`, `confirmed_at` and `tickets` were chosen once: one ticket for
    each version, from 1; `papers` when they were first needed. `order_ids` are the provider's orders that pay for it.
    """

    id: str
    version: int
    reference: str
    sale: Sale
    facts: Facts
    state: BookingState
    created_at: datetime
    confirmed_at: datetime | None
    tickets: tuple[IssuedTicket, ...]
    papers: tuple[Paper, ...]
    order_ids: frozenset[str]

    @property
    def user_id(self) -> UserId:
        """Whose it is. What was sold at the counter is nobody's, whoever had held the seats."""
        return counter_customer_of(self.sale.booking_id) if self.facts.is_of_counter else self.sale.user_id

    @property
    def is_complimentary(self) -> bool:
        """Whether it was given away: its lines have prices, and nothing was paid."""
        return self.facts.paid is not None and self.facts.paid.tender == "complimentary"

    @property
    def amount(self) -> int:
        """The quote's total, in minor units; 0 where it was given away."""
        return 0 if self.is_complimentary else self.sale.quote.total

    @property
    def seat_ids(self) -> tuple[str, ...]:
        """Where the seats that are still booked are now, in the order of the sale."""
        return tuple(map(self.facts.places.seat_id, self.facts.booked_seats))

    @property
    def seat_labels(self) -> tuple[SeatLabel, ...]:
        """What is painted on these seats."""
        labels = {line.seat_id: line.label for line in self.quote.lines}
        return tuple(labels[seat_id] for seat_id in self.facts.booked_seats)

    @property
    def show(self) -> Show | None:
        """The show as the booking knows it, on the screen where its seats are."""
        return shown_at(self.facts.places, self.facts.show) if self.facts.show else None

    @property
    def quote(self) -> Quote:
        """The quote of the sale, with what is painted on its seats where they are now."""
        return self.facts.places.quote(self.sale.quote)

    @property
    def valid_ticket(self) -> str | None:
        """The newest ticket's text while it lets the guest in."""
        return self.tickets[-1].code if self.tickets and self.state.status in {"confirmed", "checked_in"} else None

    def number_of(self, paper: Paper) -> str | None:
        """The paper's number as it is printed; None until its series has given one."""
        numbers = {number.key: number.number for number in self.facts.numbers}
        return paper.text(numbers[paper.key]) if paper.key in numbers else None

    @property
    def unnumbered(self) -> tuple[Paper, ...]:
        """The papers that still need a number."""
        return tuple(paper for paper in self.papers if self.number_of(paper) is None)

    @property
    def invoice(self) -> Paper | None:
        """Its invoice, numbered or not yet."""
        return next((paper for paper in self.papers if paper.key == INVOICE), None)

    def is_opened_by(self, link_token: str) -> bool:
        """Whether it is the token of the newest ticket's link: those before were revoked by it."""
        return bool(self.tickets) and compare_digest(self.tickets[-1].link_token.encode(), link_token.encode())

    def has_lapsed(self, now: datetime) -> bool:
        """Whether its hold is over and nobody has paid."""
        lapses = lapses_at(self.facts)
        return lapses is not None and lapses <= now


def lapses_at(facts: Facts) -> datetime | None:
    """When a booking lapses unless it is paid: 30 s after its hold ends. None before its sale is known, and once it is
    paid or has lapsed."""
    if facts.hold_ends is None or facts.paid or facts.lapsed:
        return None
    return facts.hold_ends + GRACE
