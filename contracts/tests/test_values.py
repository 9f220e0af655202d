"""Money, layouts and prices: the values every service reads alike."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.currencies import EXPONENTS, exponent
from contracts.event import UtcTime, Value
from contracts.layout import Layout, SeatType, row_index, row_letters
from contracts.money import Currency, MinorUnits, share
from contracts.policy import CancellationPolicy
from contracts.prices import Adjust, PricingRule, Span


@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_a_share_is_rounded_half_up(amount: int, basis_points: int) -> None:
    exact = Decimal(amount) * basis_points / 10_000
    assert share(amount, basis_points) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize("amount", [2.5, "250", -1, 10**13, True])
def test_money_is_a_bounded_whole_number(amount: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(MinorUnits).validate_python(amount)


@pytest.mark.parametrize("currency", ["inr", "IN", "INRS", "", "IN\n"])
def test_a_currency_is_three_capitals(currency: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Currency).validate_python(currency)


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (99, "CV")])
def test_rows_are_lettered_like_columns_of_a_sheet(index: int, letters: str) -> None:
    assert row_letters(index) == letters


@given(st.integers(1, 30), st.integers(1, 30), st.sets(st.integers(1, 9), max_size=5))
def test_a_layout_gives_every_seat_but_its_gaps_once_row_by_row(rows: int, cols: int, gaps: set[int]) -> None:
    missing = {f"A{number}" for number in gaps if number <= cols}
    seats = list(Layout(rows=rows, cols=cols, gaps=tuple(missing)).seats())
    expected = [f"{row_letters(row)}{number}" for row in range(rows) for number in range(1, cols + 1)]
    assert [seat.seat_id for seat in seats] == [seat_id for seat_id in expected if seat_id not in missing]


def test_a_row_has_the_type_that_names_it_else_the_type_without_rows_else_standard() -> None:
    types = (SeatType(type="premium", rows=("B",), price_factor=1.5), SeatType(type="plain", price_factor=0.8))
    layout = Layout(rows=3, cols=1, seat_types=types, blocked=("A1",), accessible=("C1",))
    assert [seat.type for seat in layout.seats()] == ["plain", "premium", "plain"]
    assert [(seat.blocked, seat.accessible) for seat in layout.seats()] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert (layout.factor_of("premium"), layout.factor_of("unknown")) == (1.5, 1.0)
    assert Layout(rows=1, cols=1).type_of("A") == "standard"


@pytest.mark.parametrize("adjust", [{}, {"percent": 1, "amount": 1}, {"percent": 1, "setTo": 1, "amount": 1}])
def test_a_rule_adjusts_in_exactly_one_way(adjust: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        PricingRule.model_validate({"name": "late", "adjust": adjust})
    assert PricingRule(name="late", adjust=Adjust(amount=0)).adjust.amount == 0


@pytest.mark.parametrize(
    ("span", "inside"),
    [(Span(), True), (Span(gte=2), True), (Span(gte=2.5), False), (Span(lte=2), True), (Span(gte=1, lte=1.5), False)],
)
def test_a_span_is_closed_and_may_be_open_ended(span: Span, inside: bool) -> None:
    assert span.holds(2) is inside


class Moment(Value):
    at: UtcTime


def test_times_on_the_wire_are_in_utc() -> None:
    assert Moment(at=datetime(2026, 1, 1, tzinfo=UTC)).at.utcoffset() == timedelta(0)
    for wrong in (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5)))):  # noqa: DTZ001  naive on purpose
        with pytest.raises(ValidationError):
            Moment(at=wrong)


def test_an_unknown_field_of_a_newer_version_is_passed_over_and_names_are_snake_case_on_the_bus() -> None:
    span = SeatType.model_validate({"type": "premium", "price_factor": 1.5, "recliner": True})
    assert span.model_dump() == {"type": "premium", "rows": (), "price_factor": 1.5}
    assert span == SeatType.model_validate({"type": "premium", "priceFactor": 1.5})


def labels(**layout: Any) -> dict[str, str]:
    seats = Layout.model_validate({"rows": 2, "cols": 4, **layout}).seats()
    return {seat.seat_id: seat.label.row + seat.label.number for seat in seats}


def test_a_seat_is_labelled_by_its_place_unless_the_layout_says_otherwise() -> None:
    assert labels(gaps=["A1"]) == {
        "A2": "A2",
        "A3": "A3",
        "A4": "A4",
        "B1": "B1",
        "B2": "B2",
        "B3": "B3",
        "B4": "B4",
    }


def test_seats_are_numbered_from_either_wall_by_columns_or_by_seats() -> None:
    gaps = ["A1", "B3"]
    counted = {
        (side, what): list(labels(gaps=gaps, numbering={"from": side, "count": what}).values())
        for side in ("left", "right")
        for what in ("columns", "seats")
    }
    assert counted == {
        ("left", "columns"): ["A2", "A3", "A4", "B1", "B2", "B4"],
        ("left", "seats"): ["A1", "A2", "A3", "B1", "B2", "B3"],
        ("right", "columns"): ["A3", "A2", "A1", "B4", "B3", "B1"],
        ("right", "seats"): ["A3", "A2", "A1", "B3", "B2", "B1"],
    }


def test_a_row_without_a_label_has_no_seats_and_a_seats_own_label_wins() -> None:
    own = {"C1": {"row": "Box", "number": "1a"}}
    shown = labels(rows=3, cols=2, rowLabels=["H", None, "J"], seatLabels=own)
    assert shown == {"A1": "H1", "A2": "H2", "C1": "Box1a", "C2": "J2"}


def test_an_aisle_lies_in_all_rows_or_in_those_it_names() -> None:
    layout = Layout.model_validate({"rows": 2, "cols": 4, "aisles": [1, {"after": 3, "rows": ["B"]}]})
    shown = {(row, column) for row in "AB" for column in range(1, 5) if layout.aisle_after(row, column)}
    assert shown == {("A", 1), ("B", 1), ("B", 3)}


def test_seats_name_the_other_of_their_pair_and_whose_companion_they_are_for() -> None:
    layout = Layout.model_validate({"rows": 1, "cols": 4, "pairs": [["A1", "A2"]], "companions": {"A3": "A4"}})
    seats = {seat.seat_id: (seat.paired_with, seat.companion_of) for seat in layout.seats()}
    assert seats == {"A1": ("A2", None), "A2": ("A1", None), "A3": (None, "A4"), "A4": (None, None)}


def test_letters_of_rows_are_counted_back() -> None:
    assert [row_index(row_letters(index)) for index in range(800)] == list(range(800))


@pytest.mark.parametrize(
    ("hours", "microseconds", "percent"),
    [(100, 0, 100), (48, 0, 100), (48, -1, 50), (0.7, 0, 50), (0.7, -1, 10), (0, 1, 10), (0, 0, None), (-1, 0, None)],
)
def test_a_tier_holds_while_so_many_hours_are_left(hours: float, microseconds: int, percent: int | None) -> None:
    tiers = [
        {"hoursBefore": 48, "refundPercent": 100},
        {"hoursBefore": 0.7, "refundPercent": 50},
        {"hoursBefore": 0, "refundPercent": 10},
    ]
    start_at = datetime(2030, 1, 1, 20, tzinfo=UTC)
    left = timedelta(hours=hours, microseconds=microseconds)
    tier = CancellationPolicy.model_validate({"tiers": tiers}).tier_at(start_at - left, start_at)
    assert (tier.refund_percent if tier else None) == percent


def test_after_the_last_tier_nothing_holds() -> None:
    start_at = datetime(2030, 1, 1, 20, tzinfo=UTC)
    policy = CancellationPolicy.model_validate({"tiers": [{"hoursBefore": 2, "refundPercent": 100}]})
    assert policy.tier_at(start_at - timedelta(hours=2, microseconds=-1), start_at) is None


def test_currencies_have_the_digits_of_iso_4217() -> None:
    digits = [(code, exponent(code)) for code in ("INR", "CLP", "ISK", "JOD", "KWD", "IQD", "JPY", "HUF", "COP")]
    assert [digit for _, digit in digits] == [2, 0, 0, 3, 3, 3, 0, 2, 2]
    assert EXPONENTS.keys().isdisjoint({"XAU", "XTS", "BGN", "CLF", "USN"})
