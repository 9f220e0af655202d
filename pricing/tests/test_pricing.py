"""What a seat costs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pricing.tests.factories import NOON_IN_PUNE, a_showtime

from contracts.prices import Charge, Quote
from pricing import prices_change_at, quote_of, seat_type_prices, uses_occupancy

Json = dict[str, Any]
GST: list[Json] = [{"name": "GST", "rate": 500, "up_to": 10_000}, {"name": "GST 18", "rate": 1_800}]
EARLIER = NOON_IN_PUNE - timedelta(hours=30)


def price(
    rules: list[Json],
    *,
    base_price: int = 10_000,
    now: datetime = EARLIER,
    occupancy: float = 0.0,
    start_at: datetime = NOON_IN_PUNE,
    seat_type: str = "standard",
    layout: Json | None = None,
) -> int:
    """What a seat of this type costs by these rules."""
    named = [{"name": str(number), **rule} for number, rule in enumerate(rules)]
    snapshot = a_showtime(start_at=start_at, layout=layout, base_price=base_price, rules=named)
    return seat_type_prices(snapshot, now, occupancy)[seat_type].price


def quoted(*, base_price: int, tax_slabs: list[Json], fees: list[Json] | None = None, seats: int = 1) -> Quote:
    """What so many seats cost together."""
    snapshot = a_showtime(base_price=base_price, tax_slabs=tax_slabs, fees=fees or [])
    chosen, prices = list(snapshot.layout.seats())[:seats], seat_type_prices(snapshot, EARLIER, 0)
    return quote_of(snapshot.prices, chosen, [prices[seat.type] for seat in chosen])


@pytest.mark.parametrize(
    ("base_price", "tax"), [(9_000, 450), (10_000, 500), (10_100, 1_818), (15_000, 2_700), (0, 0), (1, 0), (10, 1)]
)
def test_the_slab_of_a_ticket_taxes_all_of_its_price(base_price: int, tax: int) -> None:
    assert quoted(base_price=base_price, tax_slabs=GST).taxes == tax


def test_taxes_are_rounded_ticket_by_ticket_and_fees_bear_their_own() -> None:
    fees = [{"name": "Convenience", "per_ticket": 3_001, "tax_rate": 1_800}]
    quote = quoted(base_price=10_103, tax_slabs=GST, fees=fees, seats=3)
    assert quote.subtotal == 30_309
    assert quote.fees == 9_003
    assert quote.tax_lines == (
        Charge(name="GST 18", amount=3 * 1_819),
        Charge(name="Convenience tax", amount=3 * 540),
    )
    assert quote.total == 30_309 + 9_003 + 3 * 1_819 + 3 * 540
    assert {line.tax_rate for line in quote.lines} == {1_800}
    assert quote.fee_lines == (Charge(name="Convenience", amount=9_003, tax=3 * 540, tax_rate=1_800),)


def test_fees_of_one_name_with_several_rates_have_their_taxes_together_and_no_rate() -> None:
    fees = [{"name": "B", "per_ticket": 100, "tax_rate": rate} for rate in (500, 1_800)]
    quote = quoted(base_price=10_000, tax_slabs=[], fees=fees, seats=2)
    assert quote.fee_lines == (Charge(name="B", amount=400, tax=2 * (5 + 18), tax_rate=None),)
    assert quote.taxes == 2 * (5 + 18)


def test_fees_and_taxes_of_one_name_are_one_line_in_the_order_of_the_table() -> None:
    fees = [{"name": name, "per_ticket": 100} for name in ("B", "A", "B")]
    quote = quoted(base_price=10_000, tax_slabs=[], fees=fees, seats=2)
    assert [(fee.name, fee.amount, fee.tax, fee.tax_rate) for fee in quote.fee_lines] == [
        ("B", 400, 0, 0),
        ("A", 200, 0, 0),
    ]
    assert quote.tax_lines == ()


def test_a_line_tells_its_seat_its_base_the_rules_that_moved_it_and_its_tax() -> None:
    layout = {"rows": 1, "cols": 1, "seat_types": [{"type": "sofa", "price_factor": 2}], "row_labels": ["H"]}
    rules = [{"name": "more", "adjust": {"amount": 500}}, {"name": "less", "adjust": {"percent": -10}}]
    snapshot = a_showtime(layout=layout, rules=rules, tax_slabs=GST)
    prices = [seat_type_prices(snapshot, EARLIER, 0)["sofa"]]
    (line,) = quote_of(snapshot.prices, list(snapshot.layout.seats()), prices).lines
    assert (line.seat_id, str(line.label), line.type) == ("A1", "H1", "sofa")
    assert (line.base, line.price, line.tax) == (20_000, 18_450, 3_321)
    assert [(rule.name, rule.amount) for rule in line.rules] == [("more", 500), ("less", -2_050)]


@given(st.integers(0, 10**7), st.integers(1, 10), st.integers(0, 10**5), st.integers(0, 10_000))
def test_a_quote_is_the_sum_of_its_lines(base_price: int, seats: int, fee: int, rate: int) -> None:
    fees = [{"name": "Fee", "per_ticket": fee, "tax_rate": rate}]
    quote = quoted(base_price=base_price, tax_slabs=GST, fees=fees, seats=seats)
    assert quote.subtotal == sum(line.price for line in quote.lines)
    assert quote.fees == sum(charge.amount for charge in quote.fee_lines)
    assert quote.taxes == sum(charge.amount for charge in quote.tax_lines)
    assert quote.total == quote.subtotal + quote.fees + quote.taxes


@pytest.mark.parametrize(
    ("base", "factor", "wanted"), [(101, 1.5, 152), (103, 0.5, 52), (10_000, 1.1, 11_000), (5, 0.1, 1)]
)
def test_a_seat_type_multiplies_the_base_price_rounded_half_up(base: int, factor: float, wanted: int) -> None:
    layout = {"rows": 1, "cols": 1, "seat_types": [{"type": "sofa", "price_factor": factor}]}
    assert price([], base_price=base, seat_type="sofa", layout=layout) == wanted


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ({"adjust": {"percent": 12.5}}, 11_250),
        ({"adjust": {"percent": -33.333}}, 6_667),
        ({"adjust": {"amount": -2_500}}, 7_500),
        ({"adjust": {"amount": -20_000}}, 0),
        ({"adjust": {"set_to": 4_242}}, 4_242),
        ({"adjust": {"percent": 100}, "max_price": 15_000}, 15_000),
        ({"adjust": {"percent": -90}, "min_price": 5_000}, 5_000),
    ],
)
def test_a_rule_adjusts_and_clamps(rule: dict[str, Any], wanted: int) -> None:
    assert price([rule]) == wanted


def test_rules_apply_in_order_each_on_the_price_so_far() -> None:
    up, more = {"adjust": {"percent": 10}}, {"adjust": {"amount": 1_000}}
    assert price([up, more]) == 12_000
    assert price([more, up]) == 12_100


@pytest.mark.parametrize(
    ("when", "fires"),
    [
        ({"days_of_week": ["fri"]}, True),
        ({"days_of_week": ["thu", "sat"]}, False),
        ({"from": "12:00", "to": "12:00"}, True),
        ({"from": "12:01"}, False),
        ({"to": "11:59"}, False),
        ({"from": "22:00", "to": "12:30"}, True),
        ({"from": "22:00", "to": "06:30"}, False),
        ({"dates": ["2026-11-27"]}, True),
        ({"dates": ["2026-11-26"]}, False),
        ({"hours_before": {"gte": 30}}, True),
        ({"hours_before": {"gte": 30.01}}, False),
        ({"hours_before": {"lte": 30}}, True),
        ({"hours_before": {"lte": 29.99}}, False),
        ({"occupancy": {"gte": 0.5}}, True),
        ({"occupancy": {"gte": 0.51}}, False),
        ({"occupancy": {"lte": 0.5}}, True),
        ({"format": "2D"}, True),
        ({"format": "IMAX"}, False),
        ({"seat_type": "standard"}, True),
        ({"seat_type": "sofa"}, False),
        ({"days_of_week": ["fri"], "format": "IMAX"}, False),
        ({}, True),
    ],
)
def test_a_rule_fires_when_all_it_asks_for_holds(when: dict[str, Any], *, fires: bool) -> None:
    wanted = 1 if fires else 10_000
    assert price([{"when": when, "adjust": {"set_to": 1}}], occupancy=0.5) == wanted


def test_the_day_is_the_one_at_the_theater() -> None:
    late = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)  # 00:30 on Friday in Pune
    assert price([{"when": {"days_of_week": ["fri"], "to": "01:00"}, "adjust": {"set_to": 1}}], start_at=late) == 1


def test_prices_change_by_the_clock_where_a_rule_counts_the_hours_before() -> None:
    rules = [{"name": "early", "when": {"hours_before": {"gte": 24}}, "adjust": {"set_to": 1}}]
    snapshot = a_showtime(rules=rules)
    turn = NOON_IN_PUNE - timedelta(hours=24)
    assert prices_change_at(snapshot, EARLIER) == turn
    assert prices_change_at(snapshot, turn + timedelta(hours=1)) is None
    assert price(rules, now=turn) != price(rules, now=turn + timedelta(milliseconds=1))


def test_only_a_rule_that_asks_for_the_occupancy_makes_prices_depend_on_it() -> None:
    rule = {"name": "full", "when": {"occupancy": {"gte": 0.8}}, "adjust": {"amount": 100}}
    assert uses_occupancy(a_showtime(rules=[rule]).prices)
    assert not uses_occupancy(a_showtime(rules=[{**rule, "when": {}}]).prices)
