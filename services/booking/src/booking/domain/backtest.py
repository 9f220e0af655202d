"""What past sales would have brought by other rules: each ticket at the price that the rules make of its base price at
the time of its hold, quantities unchanged. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from contracts.catalog import ShowtimeSnapshot
from contracts.prices import ADULT, PricingRule, QuoteLine
from pricing import Moment, price_by_rules


@dataclass(frozen=True, slots=True)
class SoldTickets:
    """The tickets of one booking that were not cancelled. `held_at` is when its seats were quoted, `start_at` the
    show's start as it was then; `sold_on` the business day."""

    booking_id: str
    showtime_id: str
    sold_on: date
    held_at: datetime
    start_at: datetime
    lines: Sequence[QuoteLine]


@dataclass(slots=True)
class RuleOutcome:
    """On how many tickets a rule fired, and by how much it moved their prices in all: before the ticket types' shares
    of them."""

    tickets: int = 0
    amount: int = 0


@dataclass(slots=True)
class Takings:
    """Of some tickets: what they brought before fees and taxes, and what they would have by the proposed rules."""

    tickets: int = 0
    revenue: int = 0
    proposed: int = 0

    def add(self, revenue: int, proposed: int) -> None:
        """One ticket more."""
        self.tickets += 1
        self.revenue += revenue
        self.proposed += proposed


@dataclass(slots=True)
class Backtest:
    """Sums over the sales that were `add`ed; `by_rule` has every rule, in their order."""

    rules: Sequence[PricingRule]
    total: Takings = field(default_factory=Takings)
    by_day: dict[date, Takings] = field(default_factory=dict)
    by_rule: dict[str, RuleOutcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_rule = {rule.name: RuleOutcome() for rule in self.rules}

    def add(self, sold: SoldTickets, snapshot: ShowtimeSnapshot, occupancy: float) -> None:
        """One booking; `occupancy` is the part of the seats that were sold before it."""
        show = snapshot.model_copy(update={"start_at": sold.start_at})
        day = self.by_day.setdefault(sold.sold_on, Takings())
        for line in sold.lines:
            ticket = line.ticket or ADULT
            moment = Moment(show, line.ticket_type, sold.held_at, occupancy)
            priced = price_by_rules(self.rules, line.base, moment, line.type, ticket)
            for takings in (self.total, day):
                takings.add(line.price, priced.price)
            for applied in priced.rules:
                self.by_rule[applied.name].tickets += 1
                self.by_rule[applied.name].amount += applied.amount


def occupancies(seats: int, sales: Iterable[tuple[str, int]]) -> Iterator[tuple[str, float]]:
    """For each booking of a showtime which part of its `seats` was sold before it was held. `sales` are the bookings
    with how many seats each bought; their ids sort by the time of the hold."""
    before = 0
    for booking_id, bought in sorted(sales):
        yield booking_id, min(1.0, before / seats) if seats else 0.0
        before += bought
