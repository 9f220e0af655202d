"""Past sales at other rules: each ticket by itself, at its own base price, time and occupancy."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import START, a_snapshot

from booking.domain.backtest import Backtest, RuleOutcome, SoldTickets, Takings, occupancies
from booking.reports.backtesting import Backtesting, Scope
from booking.reports.reading import Span
from contracts.ids import booking_of, new_hold_id
from contracts.layout import SeatLabel
from contracts.prices import PricingRule, QuoteLine, TicketType

SHOW = a_snapshot()
DAY = date(2026, 12, 1)
CHILD = TicketType(type="child", label="Child", percent=60)


def a_line(seat: str, base: int, price: int, **fields: Any) -> QuoteLine:
    label = SeatLabel(row=seat[0], number=seat[1:])
    return QuoteLine(seat_id=seat, label=label, type="standard", base=base, price=price, tax=0, **fields)


def tickets(*lines: QuoteLine, hours_before: float = 24, day: date = DAY) -> SoldTickets:
    held_at: datetime = START - timedelta(hours=hours_before)
    return SoldTickets("bkg_1", SHOW.showtime_id, day, held_at, START, lines)


def a_rule(name: str, *, when: dict[str, Any] | None = None, **adjust: int) -> PricingRule:
    return PricingRule.model_validate({"name": name, "when": when or {}, "adjust": adjust})


def test_each_ticket_is_priced_anew_from_its_base() -> None:
    test = Backtest([a_rule("Dearer", percent=10)])
    test.add(tickets(a_line("A1", 10_000, 12_000), a_line("A2", 20_000, 20_000)), SHOW, 0)
    assert test.total == Takings(tickets=2, revenue=32_000, proposed=33_000)
    assert test.by_rule == {"Dearer": RuleOutcome(tickets=2, amount=3_000)}
    assert test.by_day == {DAY: test.total}


def test_without_rules_the_base_prices_are_taken() -> None:
    test = Backtest([])
    test.add(tickets(a_line("A1", 10_000, 12_000)), SHOW, 0)
    assert (test.total.revenue, test.total.proposed) == (12_000, 10_000)


def test_a_ticket_type_pays_its_share_of_the_proposed_price() -> None:
    test = Backtest([a_rule("Dearer", amount=1_000), a_rule("Children", when={"ticket_type": "child"}, amount=-500)])
    test.add(tickets(a_line("A1", 10_000, 6_000, ticket_type="child", ticket=CHILD)), SHOW, 0)
    assert test.total.proposed == 6_300
    assert test.by_rule["Children"] == RuleOutcome(tickets=1, amount=-500)


@pytest.mark.parametrize(("hours_before", "proposed"), [(1, 5_000), (3, 10_000)])
def test_hours_are_counted_from_the_hold_to_the_start_known_then(hours_before: float, proposed: int) -> None:
    test = Backtest([a_rule("Late", when={"hours_before": {"lte": 2.0}}, percent=-50)])
    moved = SHOW.model_copy(update={"start_at": START + timedelta(days=3)})
    test.add(tickets(a_line("A1", 10_000, 10_000), hours_before=hours_before), moved, 0)
    assert test.total.proposed == proposed


def test_a_rule_that_never_fires_is_named_with_nothing() -> None:
    test = Backtest([a_rule("Full", when={"occupancy": {"gte": 0.5}}, percent=10)])
    test.add(tickets(a_line("A1", 10_000, 10_000)), SHOW, 0.49)
    assert test.by_rule == {"Full": RuleOutcome()}
    test.add(tickets(a_line("A2", 10_000, 10_000)), SHOW, 0.5)
    assert test.by_rule == {"Full": RuleOutcome(tickets=1, amount=1_000)}


def test_a_screen_is_as_full_as_the_holds_before_made_it() -> None:
    assert dict(occupancies(10, [("bkg_3", 1), ("bkg_1", 4), ("bkg_2", 2)])) == {
        "bkg_1": 0.0,
        "bkg_2": 0.4,
        "bkg_3": 0.6,
    }


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 3)), max_size=20), st.integers(-100, 100))
def test_days_add_up_to_the_whole(sales: list[tuple[int, int]], percent: int) -> None:
    test = Backtest([a_rule("Any", percent=percent)])
    for base, day in sales:
        test.add(tickets(a_line("A1", base, base), day=date(2026, 12, day)), SHOW, 0)
    for name in ("tickets", "revenue", "proposed"):
        assert sum(getattr(each, name) for each in test.by_day.values()) == getattr(test.total, name)
    assert test.total.proposed - test.total.revenue == test.by_rule["Any"].amount


class Stored:
    """What is stored of some bookings of one show, at hand without waiting."""

    def __init__(self, count: int) -> None:
        self.bookings = self
        lines = [a_line("A1", 10_000, 10_000).model_dump()]
        facts = {"ordered": {"start_at": START, "quote": {"lines": lines}}}
        ids = [booking_of(new_hold_id(SHOW.showtime_id)) for _ in range(count)]
        self.documents: list[Any] = [
            {"_id": each, "showtime_id": SHOW.showtime_id, "currency": "INR", "date": str(DAY), "facts": facts}
            for each in ids
        ]

    async def current(self) -> "Stored":
        return self

    async def batches(self, *_query: object, **_how: object) -> AsyncIterator[list[Any]]:
        yield self.documents

    async def find(self, *_query: object, **_how: object) -> list[Any]:
        return self.documents

    async def find_all(self, showtime_ids: list[str]) -> dict[str, Any]:
        return dict.fromkeys(showtime_ids, SHOW)


async def test_sales_go_on_while_many_bookings_are_priced_anew() -> None:
    stored: Any = Stored(100)
    turns = 0

    async def sell() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    selling = asyncio.create_task(sell())
    span = Span(DAY, DAY, frozenset({SHOW.theater.theater_id}))
    scope = Scope("theater", SHOW.theater.theater_id)
    _, test = await Backtesting(stored, stored, stored).run(scope, span, [a_rule("Dearer", percent=10)])
    selling.cancel()
    assert test.total == Takings(tickets=100, revenue=1_000_000, proposed=1_100_000)
    assert turns >= 100
