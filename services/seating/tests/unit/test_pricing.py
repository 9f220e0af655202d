"""What a seat costs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.seating.tests.house import a_snapshot

from contracts.prices import Quote
from seating import pricing
from seating.domain import Showtime

GST = [{"name": "GST", "rate": 500, "up_to": 10_000}, {"name": "GST 18", "rate": 1_800}]
NOON_IN_PUNE = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)  # a Friday, 12:00 at the theater
EARLIER = NOON_IN_PUNE - timedelta(hours=30)


def price(
    rules: list[dict[str, Any]],
    *,
    base: int = 10_000,
    now: datetime = EARLIER,
    occupancy: float = 0.0,
    start: datetime = NOON_IN_PUNE,
    kind: str = "standard",
    layout: dict[str, Any] | None = None,
) -> int:
    table = {
        "base_price": base,
        "currency": "INR",
        "rules": [{"name": str(at), **rule} for at, rule in enumerate(rules)],
    }
    snapshot = a_snapshot(prices=table, start_at=start, layout=layout)
    return pricing.prices(snapshot, now, occupancy)[kind].price


@pytest.mark.parametrize(
    ("base", "tax"), [(9_000, 450), (10_000, 500), (10_100, 1_818), (15_000, 2_700), (0, 0), (1, 0), (10, 1)]
)
def test_the_slab_of_a_ticket_taxes_all_of_its_price(base: int, tax: int) -> None:
    assert quoted(base=base, slabs=GST)["taxes"] == tax


def quoted(
    *, base: int, slabs: list[dict[str, Any]], fees: list[dict[str, Any]] | None = None, seats: int = 1
) -> dict[str, Any]:
    prices = {"base_price": base, "currency": "INR", "tax_slabs": slabs, "fees": fees or []}
    showtime = Showtime.of(a_snapshot(prices=prices))
    priced = pricing.prices(showtime.snapshot, EARLIER, 0)
    return pricing.quote(showtime.snapshot.prices, showtime.seats[:seats], priced)


def test_taxes_are_rounded_ticket_by_ticket_and_fees_bear_their_own() -> None:
    fees = [{"name": "Convenience", "per_ticket": 3_001, "tax_rate": 1_800}]
    found = quoted(base=10_103, slabs=GST, fees=fees, seats=3)
    assert found["subtotal"] == 30_309
    assert found["fees"] == 9_003
    assert found["taxLines"] == [
        {"name": "GST 18", "amount": 3 * 1_819},
        {"name": "Convenience tax", "amount": 3 * 540},
    ]
    assert found["total"] == 30_309 + 9_003 + 3 * 1_819 + 3 * 540


@given(st.integers(0, 10**7), st.integers(1, 10), st.integers(0, 10**5), st.integers(0, 10_000))
def test_a_quote_is_the_sum_of_its_lines(base: int, seats: int, fee: int, rate: int) -> None:
    fees = [{"name": "Fee", "per_ticket": fee, "tax_rate": rate}]
    quote = Quote.model_validate(quoted(base=base, slabs=GST, fees=fees, seats=seats))
    assert quote.subtotal == sum(line.price for line in quote.lines)
    assert quote.fees == sum(charge.amount for charge in quote.fee_lines)
    assert quote.taxes == sum(charge.amount for charge in quote.tax_lines)
    assert quote.total == quote.subtotal + quote.fees + quote.taxes


@pytest.mark.parametrize(
    ("base", "factor", "wanted"), [(101, 1.5, 152), (103, 0.5, 52), (10_000, 1.1, 11_000), (5, 0.1, 1)]
)
def test_a_seat_type_multiplies_the_base_price_rounded_half_up(base: int, factor: float, wanted: int) -> None:
    layout = {"rows": 1, "cols": 1, "seat_types": [{"type": "sofa", "price_factor": factor}]}
    assert price([], base=base, kind="sofa", layout=layout) == wanted


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
    found = price([{"when": when, "adjust": {"set_to": 1}}], occupancy=0.5)
    assert found == (1 if fires else 10_000)


def test_the_day_is_the_one_at_the_theater() -> None:
    late = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)  # 00:30 on Friday in Pune
    assert price([{"when": {"days_of_week": ["fri"], "to": "01:00"}, "adjust": {"set_to": 1}}], start=late) == 1


def test_prices_are_kept_only_until_the_clock_may_change_them() -> None:
    rules = [{"name": "early", "when": {"hours_before": {"gte": 24}}, "adjust": {"set_to": 1}}]
    snapshot = a_snapshot(prices={"base_price": 2, "currency": "INR", "rules": rules}, start_at=NOON_IN_PUNE)
    assert pricing.valid_until(snapshot, EARLIER) == NOON_IN_PUNE - timedelta(hours=24)
    assert pricing.valid_until(snapshot, NOON_IN_PUNE - timedelta(hours=23)) is None
