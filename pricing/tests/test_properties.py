"""What holds of any prices: limits, exact sums, the order of seats."""

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pricing.tests.factories import NOON_IN_PUNE, a_showtime

from contracts.catalog import ShowtimeSnapshot
from contracts.prices import Quote
from pricing import quote_of, seat_type_prices

Json = dict[str, Any]
MONEY = st.integers(0, 10**6)
ADJUSTMENTS = st.one_of(
    st.floats(-100, 1_000).map(lambda percent: {"percent": percent}),
    st.integers(-(10**6), 10**6).map(lambda amount: {"amount": amount}),
    MONEY.map(lambda price: {"set_to": price}),
)
WHENS: st.SearchStrategy[Json] = st.sampled_from(
    [{}, {"ticket_type": "child"}, {"seat_type": "sofa"}, {"format": "IMAX"}, {"occupancy": {"gte": 0.5}}]
)
LIMITS: st.SearchStrategy[Json] = st.tuples(MONEY, MONEY).map(
    lambda two: {"min_price": min(two), "max_price": max(two)}
)
RULES = st.builds(
    lambda adjust, when, limits: {"name": "a rule", "adjust": adjust, "when": when, **limits},
    ADJUSTMENTS,
    WHENS,
    st.one_of(st.just({}), LIMITS),
)
TICKETS = [{"type": "child", "label": "Child", "percent": 60}, {"type": "student", "label": "Student", "percent": 75}]
GST = [{"name": "GST", "rate": 500, "up_to": 10_000}, {"name": "GST 18", "rate": 1_800}]
LAYOUT = {"rows": 2, "cols": 5, "seat_types": [{"type": "sofa", "rows": ["B"], "price_factor": 1.7}]}
TYPES = st.lists(st.sampled_from(["adult", "child", "student"]), min_size=1, max_size=10)
FEES = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("ab"), "per_ticket": st.integers(0, 10**4), "tax_rate": st.integers(0, 10_000)}
    ),
    max_size=3,
)


def a_priced_showtime(base_price: int, rules: list[Json], fees: list[Json] | None = None) -> ShowtimeSnapshot:
    """A showtime of two types of seats and three of tickets."""
    return a_showtime(
        layout=LAYOUT, base_price=base_price, rules=rules, ticket_types=TICKETS, tax_slabs=GST, fees=fees or []
    )


def quoted(snapshot: ShowtimeSnapshot, ticket_types: list[str], places: list[int], occupancy: float = 0) -> Quote:
    """The quote of the seats at these places, each with its type of ticket."""
    seats = list(snapshot.layout.seats())
    chosen = [seats[place] for place in places]
    prices = [
        seat_type_prices(snapshot, NOON_IN_PUNE - timedelta(hours=2), occupancy, ticket)[seat.type]
        for seat, ticket in zip(chosen, ticket_types, strict=True)
    ]
    return quote_of(snapshot.prices, chosen, prices)


@given(MONEY, st.lists(RULES, max_size=5), MONEY, MONEY, st.floats(0, 1))
def test_no_price_leaves_the_limits_of_the_last_rule(
    base_price: int, rules: list[Json], one: int, other: int, occupancy: float
) -> None:
    floor, ceiling = min(one, other), max(one, other)
    last = {"name": "last", "adjust": {"percent": 0}, "min_price": floor, "max_price": ceiling}
    snapshot = a_priced_showtime(base_price, [*rules, last])
    for price in seat_type_prices(snapshot, NOON_IN_PUNE, occupancy).values():
        assert floor <= price.price <= ceiling


@given(MONEY, st.lists(RULES, max_size=5), FEES, TYPES, st.floats(0, 1))
def test_all_sums_are_exact(
    base_price: int, rules: list[Json], fees: list[Json], tickets: list[str], occupancy: float
) -> None:
    snapshot = a_priced_showtime(base_price, rules, fees)
    quote = quoted(snapshot, tickets, list(range(len(tickets))), occupancy)
    assert quote.subtotal == sum(line.price for line in quote.lines)
    assert (
        quote.fees
        == sum(fee.amount for fee in quote.fee_lines)
        == len(tickets) * sum(fee["per_ticket"] for fee in fees)
    )
    assert quote.taxes == sum(tax.amount for tax in quote.tax_lines)
    assert quote.taxes == sum(line.tax for line in quote.lines) + sum(fee.tax or 0 for fee in quote.fee_lines)
    assert quote.total == quote.subtotal + quote.fees + quote.taxes


@given(MONEY, st.lists(RULES, max_size=5), TYPES, st.floats(0, 1))
def test_each_line_explains_its_price(base_price: int, rules: list[Json], tickets: list[str], occupancy: float) -> None:
    snapshot = a_priced_showtime(base_price, rules)
    for line in quoted(snapshot, tickets, list(range(len(tickets))), occupancy).lines:
        after_rules = line.base + sum(rule.amount for rule in line.rules)
        percent = line.ticket.percent if line.ticket else 100
        assert line.price == (2 * after_rules * percent + 100) // 200 >= 0


@given(MONEY, st.lists(RULES, max_size=5), FEES, TYPES, st.randoms(use_true_random=False))
def test_the_order_of_the_seats_changes_no_price(
    base_price: int, rules: list[Json], fees: list[Json], tickets: list[str], chance: Random
) -> None:
    snapshot = a_priced_showtime(base_price, rules, fees)
    places = list(range(len(tickets)))
    order = chance.sample(places, len(places))
    one, other = quoted(snapshot, tickets, places), quoted(snapshot, [tickets[at] for at in order], order)
    assert {line.seat_id: line for line in one.lines} == {line.seat_id: line for line in other.lines}
    assert (one.total, one.fees, one.taxes, one.fee_lines) == (other.total, other.fees, other.taxes, other.fee_lines)
    assert {tax.name: tax.amount for tax in one.tax_lines} == {tax.name: tax.amount for tax in other.tax_lines}
