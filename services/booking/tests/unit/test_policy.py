"""What cancelling gives back: sums hold to the minor unit, seat by seat, and terms change at their instants."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import a_quote_of

from booking.domain.policy import Return, SeatShare, Terms, seat_shares, split_refund, terms_at
from contracts.policy import CancellationPolicy, CancellationTier
from contracts.prices import Quote

START = datetime(2030, 1, 1, 20, tzinfo=UTC)
TIERS = (CancellationTier(hours_before=48, refund_percent=100), CancellationTier(hours_before=2, refund_percent=50))
POLICY = CancellationPolicy(tiers=TIERS, fees_refunded=False)
MICROSECOND = timedelta(microseconds=1)


def a_quote(seats: list[tuple[int, int]], *, fees: int = 0, fee_taxes: int = 0, currency: str = "INR") -> Quote:
    """Seats A1, A2 … as pairs of price and tax."""
    by_id = {f"A{number}": seat for number, seat in enumerate(seats, 1)}
    return a_quote_of(by_id, fees=fees, fee_taxes=fee_taxes, currency=currency)


def terms(percent: int, *, fees_refunded: bool = False) -> Terms:
    tier = CancellationTier(hours_before=0, refund_percent=percent)
    return Terms(tier=tier, fees_refunded=fees_refunded, ends_at=START)


def whole(quote: Quote, by: Terms | None, *, returned: int = 0, captured: int | None = None) -> Any:
    seat_ids = [line.seat_id for line in quote.lines]
    captured = quote.total if captured is None else captured
    return split_refund(quote, seat_ids, by, returns=[Return(returned)], captured=captured)


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    amounts = st.integers(min_value=0, max_value=10**7)
    seats = draw(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=10))
    return a_quote(seats, fees=draw(amounts), fee_taxes=draw(st.integers(min_value=0, max_value=999)))


any_terms = st.builds(lambda percent, fees: terms(percent, fees_refunded=fees), st.integers(0, 100), st.booleans())


def half_up(amount: int, percent: int) -> int:
    return int((Decimal(amount) * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@given(quotes(), any_terms)
def test_each_seat_gives_back_its_percentage_once_and_its_fees_whole_or_not(quote: Quote, by: Terms) -> None:
    fees = quote.fees + quote.taxes - sum(line.tax for line in quote.lines)
    percent = by.tier.refund_percent
    tickets = sum(half_up(line.price + line.tax, percent) for line in quote.lines)
    money = whole(quote, by)
    assert money.paid == quote.total
    assert money.refund == tickets + (fees if by.fees_refunded else 0)
    assert money.kept + money.refund == money.paid


@given(quotes())
def test_shares_of_seats_sum_up_to_the_total_and_differ_by_one_in_fees(quote: Quote) -> None:
    shares = seat_shares(quote)
    assert sum(share.ticket + share.fees for share in shares) == quote.total
    assert max(share.fees for share in shares) - min(share.fees for share in shares) <= 1


@given(quotes(), any_terms, st.data())
def test_seats_cancelled_apart_bring_what_they_bring_together(quote: Quote, by: Terms, data: st.DataObject) -> None:
    seat_ids = [line.seat_id for line in quote.lines]
    some = data.draw(st.sets(st.sampled_from(seat_ids)))
    returned = data.draw(st.integers(min_value=0, max_value=quote.total))
    parts = [
        split_refund(quote, chosen, by, returns=[Return(returned)], captured=quote.total)
        for chosen in (some, set(seat_ids) - some)
    ]
    together = whole(quote, by, returned=returned)
    assert sum(part.paid for part in parts) == together.paid
    assert sum(part.refund for part in parts) == together.refund


@given(quotes(), any_terms, st.integers(0, 2 * 10**8), st.integers(0, 2 * 10**8))
def test_no_more_goes_back_than_is_left_of_the_capture(quote: Quote, by: Terms, returned: int, captured: int) -> None:
    money = whole(quote, by, returned=returned, captured=captured)
    assert 0 <= money.refund <= money.paid <= max(0, captured - returned)
    assert money.kept + money.refund == money.paid


@given(quotes(), st.integers(0, 2 * 10**8))
def test_all_of_what_is_left_goes_back_at_full_terms_and_nothing_without_terms(quote: Quote, captured: int) -> None:
    returned = captured // 3
    full = whole(quote, terms(100, fees_refunded=True), returned=returned, captured=captured)
    assert full.refund == full.paid == min(max(0, quote.total - returned), captured - returned)
    assert whole(quote, None, returned=returned, captured=captured).refund == 0


def test_halves_are_rounded_up_for_each_seat_and_not_for_the_sum() -> None:
    quote = a_quote([(100, 5), (100, 5), (100, 5)], fees=60, fee_taxes=12, currency="CLP")
    assert whole(quote, terms(50)).refund == 3 * 53
    assert whole(quote, terms(50, fees_refunded=True)).refund == 3 * 53 + 72
    assert split_refund(quote, {"A2"}, terms(50), returns=[], captured=quote.total).paid == 105 + 24


def test_fees_that_do_not_divide_are_split_to_the_unit() -> None:
    shares = seat_shares(a_quote([(10, 1), (10, 1), (10, 1)], fees=7, fee_taxes=1))
    assert shares == (SeatShare("A1", 11, 2), SeatShare("A2", 11, 3), SeatShare("A3", 11, 3))


def test_what_went_back_before_is_taken_from_the_first_seats_first() -> None:
    quote = a_quote([(1000, 0), (1000, 0)], fees=200)
    money = split_refund(quote, {"A1"}, terms(50), returns=[Return(900)], captured=2200)
    assert (money.paid, money.refund) == (200, 200)
    assert whole(quote, terms(50), returned=900).refund == 200 + 500


def test_what_went_back_for_a_seat_is_taken_from_that_seat_and_what_it_did_not_cost_from_the_first() -> None:
    quote = a_quote([(1000, 0), (1000, 0), (1000, 0)])
    returns = [Return(300, ("A2",)), Return(1200, ("A3",))]
    paid = [split_refund(quote, {seat}, terms(100), returns=returns, captured=3000).paid for seat in ("A1", "A2", "A3")]
    assert paid == [800, 700, 0]


@pytest.mark.parametrize(("captured", "paid"), [(2180, 2180), (2251, 2200)])
def test_a_capture_that_differs_from_the_quote_caps_and_never_adds(captured: int, paid: int) -> None:
    quote = a_quote([(1000, 0), (1000, 0)], fees=200)
    money = whole(quote, terms(100, fees_refunded=True), captured=captured)
    assert (money.paid, money.refund) == (paid, paid)
    assert whole(quote, terms(50), captured=captured).refund == 1000


def test_a_free_booking_gives_back_nothing() -> None:
    money = whole(a_quote([(0, 0), (0, 0)]), terms(100, fees_refunded=True))
    assert (money.paid, money.kept, money.refund) == (0, 0, 0)


@pytest.mark.parametrize(
    ("left", "percent", "ends"),
    [
        (timedelta(hours=100), 100, timedelta(hours=48)),
        (timedelta(hours=48), 100, timedelta(hours=48)),
        (timedelta(hours=48) - MICROSECOND, 50, timedelta(hours=2)),
        (timedelta(hours=2), 50, timedelta(hours=2)),
    ],
)
def test_a_tier_counts_to_its_last_instant(left: timedelta, percent: int, ends: timedelta) -> None:
    held = terms_at(START - left, POLICY, START, None)
    assert held is not None
    assert (held.tier.refund_percent, held.fees_refunded, held.ends_at) == (percent, False, START - ends)


@pytest.mark.parametrize("left", [timedelta(hours=2) - MICROSECOND, timedelta(0), timedelta(hours=-1)])
def test_after_the_last_tier_it_is_too_late(left: timedelta) -> None:
    assert terms_at(START - left, POLICY, START, None) is None
    assert terms_at(START, CancellationPolicy(), START, None) is None
    assert terms_at(START - MICROSECOND, CancellationPolicy(), START, None) is not None


def test_until_the_start_that_a_show_was_moved_from_all_goes_back_also_when_it_begins_before() -> None:
    for start_at in (START - timedelta(hours=3), START + timedelta(hours=3)):
        held = terms_at(START - MICROSECOND, POLICY, start_at, START)
        assert held is not None
        assert (held.tier.hours_before, held.tier.refund_percent) == (0, 100)
        assert (held.fees_refunded, held.ends_at) == (True, START)
        later = terms_at(START, POLICY, start_at, START)
        assert (later and later.tier.refund_percent) == (50 if start_at > START else None)
